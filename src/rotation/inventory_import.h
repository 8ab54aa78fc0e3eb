// Brings what an expiry table tells into the text of an inventory. Pure.
//
// Lines are only ever added. What a person wrote stays as it is, comments and layout too: where the
// table says something else, that is told and left to people.
#pragma once

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

struct ImportTask {
  std::string_view text;  // of the inventory
  const std::string& path;
  std::span<const ExpiryRow> rows;
  std::string issuer{};  // of integrations that are added; needed where the file has several
};

// A row belongs to the integration with its client id; where one of them has none, to the one with
// its package's name. The result is read again and holds what the file held, or it is an error.
// kInvalidArgument as of parse_inventory_file, and where the issuer of an added integration is
// open.
[[nodiscard]] base::Result<InventoryImport> import_expiry_rows(const ImportTask& task,
                                                               const DriverRegistry& registry);

// The additions as a unified diff, with three lines around each. Empty where there are none.
[[nodiscard]] std::string diff_of(const ImportTask& task, const InventoryImport& import);

}  // namespace rekey::rotation
