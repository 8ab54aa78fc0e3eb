// rekey inventory init|check|schema: a first rekey.yaml, what it still lacks, its schema.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/inventory_example.h"
#include "cli/output.h"
#include "rotation/engine/engine.h"
#include "rotation/inventory/due.h"
#include "rotation/inventory/inventory_gaps.h"
#include "rotation/inventory/inventory_schema.h"

namespace rekey::cli {
namespace {

using base::Result;
using rotation::Inventory;

constexpr mode_t kInventoryMode = 0644;
constexpr std::string_view kSchemaName = "rekey.schema.json";

std::optional<std::string> end_of(const Inventory& one) {
  if (!one.expires_at) return std::nullopt;
  return base::format_instant(*one.expires_at);
}

void write_missing(net::JsonWriter& json, const std::vector<std::string>& gaps) {
  json.key("missing").begin_array();
  for (const std::string& gap : gaps) json.value(gap);
  json.end_array();
}

// What is no gap of the inventory, and yet keeps a rotation from here or now.
std::vector<std::string> warnings_of(const Context& context, const Inventory& one) {
  std::vector<std::string> warnings;
  std::string freeze = rotation::warn_of_freeze(one, context.clock.now());
  if (!freeze.empty()) warnings.push_back(std::move(freeze));
  const std::string credential = one.issuer.text("credential");
  if (credential.empty()) return warnings;
  const auto facts = context.files.facts(credential);
  if (!facts && facts.error().code == base::Code::kNotFound) {
    warnings.push_back(
        fmt::format("its issuer's credential file {} is not there: a plan or a rotation on this "
                    "machine needs it; put it there, or mend its path",
                    credential));
  }
  return warnings;
}

void print_checked_json(const Context& context, const rotation::InventoryFile& file) {
  net::JsonWriter json;
  json.begin_object().key("issuers").begin_array();
  for (const auto& [name, issuer] : file.issuers) {
    json.begin_object().member("name", name);
    write_missing(json, rotation::find_issuer_gaps(issuer));
    json.end_object();
  }
  json.end_array().key("integrations").begin_array();
  for (const Inventory& one : file.integrations) {
    json.begin_object()
        .member("name", one.name)
        .member("client_id", one.client_id)
        .member("slot", one.slot)
        .member("expires_at", end_of(one));
    write_missing(json, rotation::find_gaps(one));
    json.key("warnings").begin_array();
    for (const std::string& warning : warnings_of(context, one)) json.value(warning);
    json.end_array();
    json.end_object();
  }
  json.end_array().end_object();
  print_json(context, json.release());
}

// One line for each issuer, integration or file that lacks something, or that is complete.
std::vector<std::string> check_lines(const Context& context, const rotation::InventoryFile& file) {
  std::vector<std::string> lines;
  for (const auto& [name, issuer] : file.issuers) {
    const auto gaps = rotation::find_issuer_gaps(issuer);
    if (gaps.empty()) continue;
    lines.push_back(
        fmt::format("issuer {}: missing: {}; Setup shows yours as the Authentication "
                    "Base URI of any API integration",
                    name, fmt::join(gaps, ", ")));
  }
  for (const Inventory& one : file.integrations) {
    const auto gaps = rotation::find_gaps(one);
    lines.push_back(gaps.empty() ? fmt::format("{}: complete", one.name)
                                 : fmt::format("{}: missing: {}", one.name, fmt::join(gaps, ", ")));
    for (const std::string& warning : warnings_of(context, one)) {
      lines.push_back(fmt::format("{}: warning: {}", one.name, warning));
    }
  }
  if (file.integrations.empty()) {
    lines.push_back(fmt::format(
        "{}: missing: integrations; `rekey inventory import` brings them in", file.path));
  }
  return lines;
}

bool is_complete(const rotation::InventoryFile& file) {
  return !file.integrations.empty() &&
         std::all_of(file.integrations.begin(), file.integrations.end(),
                     [](const Inventory& one) { return rotation::find_gaps(one).empty(); }) &&
         std::all_of(file.issuers.begin(), file.issuers.end(), [](const auto& issuer) {
           return rotation::find_issuer_gaps(issuer.second).empty();
         });
}

}  // namespace

Result<int> run_inventory_check(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  rotation::SystemDrivers drivers(context.clock, context.files);
  rotation::EngineParts parts{context.clock, context.files, drivers};
  REKEY_TRY(const auto file, rotation::load_inventories(path, parts));
  if (arguments.wants_json()) {
    print_checked_json(context, file);
  } else {
    for (const std::string& line : check_lines(context, file)) print_line(context, line);
  }
  return is_complete(file) ? kExitOk : kExitNeedsPerson;
}

Result<int> run_inventory_schema(Context& context, const Arguments&) {
  const std::string schema = rotation::inventory_schema(rotation::builtin_drivers());
  print_line(context, std::string_view(schema).substr(0, schema.size() - 1));
  return kExitOk;
}

Result<int> run_inventory_init(Context& context, const Arguments& arguments) {
  const auto path = arguments.get_or("--file", "rekey.yaml");
  const std::string text =
      fmt::format("# yaml-language-server: $schema={}\n{}", kSchemaName, first_inventory());
  const auto made = context.files.create(path, text, kInventoryMode);
  if (!made && made.error().code == base::Code::kAlreadyExists) {
    return base::fail(base::Code::kAlreadyExists,
                      fmt::format("{} is there already, and is left as it is; name another file "
                                  "with -f FILE",
                                  path));
  }
  if (!made) return tl::unexpected(as_file_away(made.error()));
  const std::string schema_path =
      (std::filesystem::path(path).parent_path() / kSchemaName).string();
  const auto schema = context.files.create(
      schema_path, rotation::inventory_schema(rotation::builtin_drivers()), kInventoryMode);
  if (!schema && schema.error().code != base::Code::kAlreadyExists) {
    return tl::unexpected(as_file_away(schema.error()));
  }
  print_line(context,
             fmt::format("{} is written: put your auth_url and your packages into it, then "
                         "run `rekey inventory check -f {}`",
                         path, path));
  return kExitOk;
}

}  // namespace rekey::cli
