// Brings what an expiry table or an issuer tells into the text of an inventory. Pure.
//
// Lines are only ever added. What a person wrote stays as it is, comments and layout too: where the
// source says something else, that is told and left to people.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rotation/expiry/expiry_table.h"
#include "rotation/inventory.h"

namespace rekey::rotation {

struct AddedLines {
  std::size_t before =
      0;  // the index of the file's line that they go before; its end at the latest
  std::vector<std::string> lines;  // without line ends
};

struct InventoryImport {
  std::string text;               // the whole file, with the additions
  std::vector<AddedLines> added;  // in the file's order
  std::vector<std::string> done;  // one sentence an integration that was added or completed
  std::vector<std::string> left;  // one sentence for what differs, or cannot be added here
};

// One secret in use, or that of one integration of which no secret is known.
struct ImportRow {
  std::string package;
  std::string client_id{};  // empty where the source does not tell it
  std::string slot = "-";
  std::string owner{};
  std::vector<std::string> contacts{};
  std::string documentation{};
  std::optional<base::Instant> generated_at{};
  std::optional<base::Instant> expires_at{};
};

// Without those of staged secrets, which end nothing yet, and those without a package.
[[nodiscard]] std::vector<ImportRow> import_rows_of(std::span<const ExpiryRow> rows);

struct ImportTask {
  std::string_view text;  // of the inventory
  const std::string& path;
  std::span<const ImportRow> rows;
  std::string issuer{};       // of integrations that are added; needed where several could be it
  std::string issuer_kind{};  // only such a one can be it; empty where any can
  std::string_view source = "the table";  // in messages
};

// A row belongs to the integration with its client id and slot; where one of them has no client id,
// to the one with its package's name. The result is read again and holds what the file held, or it
// is an error. kInvalidArgument as of parse_inventory_file, and where the issuer of an added
// integration is open.
[[nodiscard]] base::Result<InventoryImport> import_into_inventory(const ImportTask& task,
                                                                  const DriverRegistry& registry);

// The additions as a unified diff, with three lines around each. Empty where there are none.
[[nodiscard]] std::string diff_of(const ImportTask& task, const InventoryImport& import);

}  // namespace rekey::rotation
