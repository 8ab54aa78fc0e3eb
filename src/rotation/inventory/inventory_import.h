// Brings what an expiry table or an issuer tells into the text of an inventory. Pure.
//
// Lines are added, and nothing else is changed but dates, where that is asked for. What a person
// wrote stays as it is, comments and layout too: where the source says something else, that is told
// and left to people.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rotation/expiry/expiry_table.h"
#include "rotation/inventory/inventory.h"
#include "rotation/inventory/line_changes.h"

namespace rekey::rotation {

struct InventoryImport {
  std::string text;                 // the whole file, with the changes
  std::vector<LineChange> changes;  // in the file's order
  std::vector<std::string> done;    // one sentence for what was added or replaced
  std::vector<std::string> left;    // one sentence for what differs, or cannot be added here
  std::vector<std::string> notes;   // what else is to be looked at
};

// One secret in use, or that of one integration of which no secret is known.
struct ImportRow {
  std::string package;      // empty where the source knows the client id alone
  std::string client_id{};  // empty where the source does not tell it
  std::string slot = "-";
  std::string owner{};
  std::vector<std::string> contacts{};
  std::string documentation{};
  std::optional<base::Instant> generated_at{};
  std::optional<base::Instant> expires_at{};
};

// Without those of staged secrets, which end nothing yet.
[[nodiscard]] std::vector<ImportRow> import_rows_of(std::span<const ExpiryRow> rows);

// What the last rotation that closed here has put in place: known even where the file says nothing
// of it.
struct RotatedDates {
  base::Instant staged_at{};
  base::Instant expires_at{};
};

struct ImportTask {
  std::string_view text;  // of the inventory
  const std::string& path;
  std::span<const ImportRow> rows;
  std::string issuer{};       // of integrations that are added; needed where several could be it
  std::string issuer_kind{};  // only such a one can be it; empty where any can
  std::string_view source = "the table";  // in messages
  bool updates_dates = false;             // the source's dates replace those of the file
  // For each integration of the file, in its order; empty where nobody looked.
  std::span<const std::optional<RotatedDates>> rotated{};
};

// A row belongs to the integration with its client id and slot; where one of them has no client id,
// to the one with its package's name. A day that the last
// rotation here tells too is no difference. The result is read again and holds what the file held,
// or it is an error. kInvalidArgument as of parse_inventory_file, and where the issuer of an added
// integration is open.
[[nodiscard]] base::Result<InventoryImport> import_into_inventory(const ImportTask& task,
                                                                  const DriverRegistry& registry);

// The changes as a unified diff, with three lines around each. Empty where there are none.
[[nodiscard]] std::string diff_of(const ImportTask& task, const InventoryImport& import);

}  // namespace rekey::rotation
