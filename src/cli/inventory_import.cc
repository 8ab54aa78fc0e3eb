// rekey inventory import: what an expiry table, an authority or Marketing Cloud itself tells of the
// integrations, brought into rekey.yaml.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/inventory_source.h"
#include "cli/output.h"
#include "cli/show.h"
#include "rotation/engine/engine.h"
#include "rotation/inventory/inventory_import.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using rotation::ImportRow;

constexpr std::int64_t kTableLimitBytes = 8 * 1024 * 1024;

Result<rotation::DateOrder> date_order_of(const Arguments& arguments) {
  const auto word = arguments.get("--date-order");
  if (!word) return rotation::DateOrder::kUnknown;
  if (*word == "mdy") return rotation::DateOrder::kMonthFirst;
  if (*word == "dmy") return rotation::DateOrder::kDayFirst;
  return fail(Code::kInvalidArgument, fmt::format("--date-order is mdy or dmy, not {}", *word));
}

Result<base::Secret> read_standard_input(std::size_t limit) {
  std::string content;
  std::array<char, 16384> part{};
  while (const auto size = std::fread(part.data(), 1, part.size(), stdin)) {
    content.append(part.data(), size);
    if (content.size() <= limit) continue;
    return fail(Code::kInvalidArgument,
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
    for (const std::string& line : import.notes) print_line(context, "note: " + line);
    return;
  }
  net::JsonWriter json;
  const auto add_list = [&json](std::string_view name, const std::vector<std::string>& lines) {
    json.key(name).begin_array();
    for (const std::string& line : lines) json.value(line);
    json.end_array();
  };
  json.begin_object().member("diff", diff);
  add_list("added", import.done);
  add_list("left", import.left);
  add_list("notes", import.notes);
  json.end_object();
  print_json(context, json.release());
}

Result<ImportSource> read_table(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto order, date_order_of(arguments));
  std::optional<rotation::WantedColumns> columns;
  if (const auto told = arguments.get("--columns")) {
    REKEY_TRY(columns, rotation::parse_wanted_columns(*told));
  }
  REKEY_TRY(const auto text, read_named(context, arguments.argument("TABLE"), kTableLimitBytes));
  REKEY_TRY(auto table, rotation::read_expiry_table(text.reveal(), order, columns));
  return ImportSource{.rows = rotation::import_rows_of(table.rows),
                      .left = std::move(table.left),
                      .remarks = std::move(table.notes)};
}

std::optional<base::Instant> instant_of(const net::JsonValue& object, std::string_view name) {
  const auto at = base::parse_instant(text_or_dash(object, name));
  return at ? std::optional(*at) : std::nullopt;
}

std::vector<std::string> texts_of(const net::JsonValue& object, std::string_view name) {
  std::vector<std::string> texts;
  const auto* list = object.find(name);
  if (list == nullptr) return texts;
  for (const auto& item : list->items()) {
    if (const auto text = item.as_string()) texts.emplace_back(*text);
  }
  return texts;
}

// One row for each active secret of a package; one without an end where it has none.
void add_package(const net::JsonValue& shown, std::vector<ImportRow>& rows) {
  const auto* package = shown.find("package");
  const auto* integration = shown.find("integration");
  const auto* secrets = shown.find("secrets");
  if (package == nullptr || integration == nullptr || secrets == nullptr) return;
  ImportRow row{.package = package->string_member_or("name", "").value_or("")};
  row.client_id = integration->string_member_or("client_id", "").value_or("");
  row.documentation = package->string_member_or("documentation_link", "").value_or("");
  row.contacts = texts_of(*package, "contacts");
  auto owners = texts_of(*package, "owners");
  if (!owners.empty()) {
    row.owner = owners.front();
    row.contacts.insert(row.contacts.begin(), owners.begin() + 1, owners.end());
  }
  bool has_active = false;
  for (const auto& secret : secrets->items()) {
    if (text_or_dash(secret, "state") != "active") continue;
    has_active = true;
    row.slot = text_or_dash(secret, "slot");
    row.generated_at = instant_of(secret, "generated_at");
    row.expires_at = instant_of(secret, "expires_at");
    rows.push_back(row);
  }
  if (!has_active) rows.push_back(row);
}

Result<ImportSource> ask_authority(Context& context, Arguments arguments) {
  if (const auto url = arguments.get("--authority")) arguments.options["--server"] = {*url};
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto listed, api.get("/packages"));
  ImportSource source{.rows = {}, .issuer_kind = "rekey", .name = "the authority"};
  const auto* packages = listed.json.find("packages");
  if (packages == nullptr) return source;
  for (const auto& item : packages->items()) {
    const auto* integration = item.find("integration");
    if (integration == nullptr) continue;
    const auto client_id = text_or_dash(*integration, "client_id");
    // The engine's own credential is `rekey admin rotate`'s.
    if (client_id == api.credential().client_id) continue;
    REKEY_TRY(const auto shown, api.get("/packages/" + base::percent_encode(client_id)));
    add_package(shown.json, source.rows);
  }
  return source;
}

Result<ImportSource> read_source(Context& context, const Arguments& arguments,
                                 std::string_view text, const std::string& path) {
  const bool has_table = !arguments.argument("TABLE").empty();
  const bool has_authority = arguments.has("--authority") || arguments.has("--data");
  const bool has_soap = arguments.has("--soap");
  if (has_table + has_authority + has_soap != 1) {
    return fail(Code::kInvalidArgument,
                "say where from: a file with the table, --authority URL or --soap; one of them");
  }
  if (has_table) return read_table(context, arguments);
  if (has_authority) return ask_authority(context, arguments);
  REKEY_TRY(const auto file,
            rotation::parse_inventory_file(text, path, rotation::builtin_drivers()));
  return ask_marketing_cloud(context, arguments, file);
}

Result<std::vector<std::optional<rotation::RotatedDates>>> read_rotated(Context& context,
                                                                        std::string_view text,
                                                                        const std::string& path) {
  REKEY_TRY(const auto file,
            rotation::parse_inventory_file(text, path, rotation::builtin_drivers()));
  std::vector<std::optional<rotation::RotatedDates>> dates;
  for (const rotation::Inventory& one : file.integrations) {
    auto& place = dates.emplace_back();
    if (one.client_id.empty()) continue;
    REKEY_TRY(const auto last, rotation::peek_last_rotation(context.files, one.state_folder,
                                                            one.client_id, one.slot));
    if (last && last->expires_at != base::kFarFuture)
      place = rotation::RotatedDates{last->staged_at, last->expires_at};
  }
  return dates;
}

}  // namespace

Result<int> run_inventory_import(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(const auto text, read_named(context, path, rotation::kInventoryLimitBytes));
  REKEY_TRY(const auto source, read_source(context, arguments, text.reveal(), path));
  REKEY_TRY(const auto rotated, read_rotated(context, text.reveal(), path));
  const rotation::ImportTask task{text.reveal(),
                                  path,
                                  source.rows,
                                  arguments.get_or("--issuer", ""),
                                  source.issuer_kind,
                                  source.name,
                                  arguments.has("--update-dates"),
                                  rotated};
  REKEY_TRY(auto import, rotation::import_into_inventory(task, rotation::builtin_drivers()));
  import.left.insert(import.left.end(), source.left.begin(), source.left.end());
  import.notes.insert(import.notes.end(), source.remarks.begin(), source.remarks.end());
  print_import(context, arguments, rotation::diff_of(task, import), import);
  if (arguments.has("--write") && !import.changes.empty()) {
    REKEY_CHECK(context.files.exchange(path, text.reveal(), import.text));
  }
  if (!arguments.wants_json()) {
    print_line(context, import.changes.empty()     ? fmt::format("{}: nothing to add", path)
                        : arguments.has("--write") ? fmt::format("{} is written", path)
                                                   : "nothing is written; --write does it");
  }
  return import.left.empty() ? kExitOk : kExitNeedsPerson;
}

}  // namespace rekey::cli
