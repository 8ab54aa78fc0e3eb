// rekey inventory …: a first rekey.yaml, its schema, what it still lacks, and what an expiry table
// tells of it.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/inventory_example.h"
#include "cli/output.h"
#include "rotation/engine.h"
#include "rotation/inventory_gaps.h"
#include "rotation/inventory_import.h"
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

constexpr std::int64_t kTableLimitBytes = 8 * 1024 * 1024;

Result<rotation::DateOrder> date_order_of(const Arguments& arguments) {
  const auto word = arguments.get("--date-order");
  if (!word) return rotation::DateOrder::kUnknown;
  if (*word == "mdy") return rotation::DateOrder::kMonthFirst;
  if (*word == "dmy") return rotation::DateOrder::kDayFirst;
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("--date-order is mdy or dmy, not {}", *word));
}

Result<base::Secret> read_standard_input(std::size_t limit) {
  std::string content;
  std::array<char, 16384> part{};
  while (const auto size = std::fread(part.data(), 1, part.size(), stdin)) {
    content.append(part.data(), size);
    if (content.size() <= limit) continue;
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("standard input is longer than {} bytes", limit));
  }
  return base::Secret::take(std::move(content));
}

Result<base::Secret> read_named(Context& context, const std::string& path, std::int64_t limit) {
  if (path == "-") return read_standard_input(static_cast<std::size_t>(limit));
  auto content = context.files.read(path, limit);
  if (!content) return tl::unexpected(as_file_away(content.error()));
  return content;
}

void print_import(const Context& context, const Arguments& arguments, const std::string& diff,
                  const rotation::InventoryImport& import) {
  if (!arguments.wants_json()) {
    if (!diff.empty()) print_line(context, diff);
    for (const std::string& line : import.done) print_line(context, line);
    for (const std::string& line : import.left) print_line(context, "left as it is: " + line);
    return;
  }
  net::JsonWriter json;
  json.begin_object().member("diff", diff).key("added").begin_array();
  for (const std::string& line : import.done) json.value(line);
  json.end_array().key("left").begin_array();
  for (const std::string& line : import.left) json.value(line);
  json.end_array().end_object();
  print_json(context, json.release());
}

}  // namespace

Result<int> run_inventory_import(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(const auto order, date_order_of(arguments));
  REKEY_TRY(const auto table, read_named(context, arguments.argument("TABLE"), kTableLimitBytes));
  REKEY_TRY(const auto text, read_named(context, path, rotation::kInventoryLimitBytes));
  REKEY_TRY(const auto rows, rotation::read_expiry_table(table.reveal(), order));
  const rotation::ImportTask task{text.reveal(), path, rows, arguments.get_or("--issuer", "")};
  REKEY_TRY(const auto import, rotation::import_expiry_rows(task, rotation::builtin_drivers()));
  print_import(context, arguments, rotation::diff_of(task, import), import);
  if (arguments.has("--write") && !import.added.empty()) {
    REKEY_CHECK(context.files.exchange(path, text.reveal(), import.text));
  }
  if (!arguments.wants_json()) {
    print_line(context, import.added.empty()       ? fmt::format("{}: nothing to add", path)
                        : arguments.has("--write") ? fmt::format("{} is written", path)
                                                   : "nothing is written; --write does it");
  }
  return import.left.empty() ? kExitOk : kExitNeedsPerson;
}

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
      fmt::format("# yaml-language-server: $schema={}\n{}", kSchemaName, kInventoryExample);
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
  print_line(context, fmt::format("{} is written: put your own packages into it, then run `rekey "
                                  "inventory check -f {}`",
                                  path, path));
  return kExitOk;
}

}  // namespace rekey::cli
