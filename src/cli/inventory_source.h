// Where `rekey inventory import` takes from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "rotation/inventory/inventory_import.h"

namespace rekey::cli {

// What is to be brought in, and what else is to be said of it.
struct ImportSource {
  std::vector<rotation::ImportRow> rows;
  std::string issuer_kind{};  // that new integrations have; empty: any
  std::string_view name = "the table";
  std::vector<std::string> left{};     // what a person has to see to
  std::vector<std::string> remarks{};  // what this source cannot tell
};

// --soap: the packages that Marketing Cloud's SOAP API has service users of. The token is given by
// --token-fd, or asked for with --client-id and a secret from --secret-fd, the terminal or standard
// input. Neither is ever an argument, and no error holds one. `file` is the inventory that is
// filled: its issuer's auth_url is where the token is asked for.
[[nodiscard]] base::Result<ImportSource> ask_marketing_cloud(const Context& context,
                                                             const Arguments& arguments,
                                                             const rotation::InventoryFile& file);

}  // namespace rekey::cli
