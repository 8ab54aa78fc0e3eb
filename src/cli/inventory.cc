// rekey inventory init|check|schema: a first rekey.yaml, what it still lacks, its schema.
#include <fmt/format.h>

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
#include "rotation/engine.h"
#include "rotation/inventory_gaps.h"
#include "rotation/inventory_schema.h"

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

void print_checked_json(const Context& context, const std::vector<Inventory>& integrations) {
  net::JsonWriter json;
  json.begin_object().key("integrations").begin_array();
  for (const Inventory& one : integrations) {
    json.begin_object()
        .member("name", one.name)
        .member("client_id", one.client_id)
        .member("slot", one.slot)
        .member("expires_at", end_of(one));
    json.key("missing").begin_array();
    for (const std::string& gap : rotation::find_gaps(one)) json.value(gap);
    json.end_array().end_object();
  }
  json.end_array().end_object();
  print_json(context, json.release());
}

}  // namespace

Result<int> run_inventory_check(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  rotation::SystemDrivers drivers(context.clock, context.files);
  rotation::EngineParts parts{context.clock, context.files, drivers};
  REKEY_TRY(const auto file, rotation::load_inventories(path, parts));
  int code = kExitOk;
  for (const Inventory& one : file.integrations) {
    const auto gaps = rotation::find_gaps(one);
    if (!gaps.empty()) code = kExitNeedsPerson;
    if (arguments.wants_json()) continue;
    print_line(context, gaps.empty()
                            ? fmt::format("{}: complete", one.name)
                            : fmt::format("{}: missing: {}", one.name, fmt::join(gaps, ", ")));
  }
  if (file.integrations.empty()) {
    code = kExitNeedsPerson;
    if (!arguments.wants_json()) {
      print_line(context, fmt::format("{}: missing: integrations; `rekey inventory import` brings "
                                      "them in",
                                      path));
    }
  }
  if (arguments.wants_json()) print_checked_json(context, file.integrations);
  return code;
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
