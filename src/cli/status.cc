// rekey status: every secret, days left, worst first; those of others too, where inventories know
// them.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/show.h"
#include "cli/watch_subjects.h"
#include "notice/ical.h"
#include "rotation/inventory_gaps.h"

namespace rekey::cli {
namespace {

constexpr std::int64_t kDefaultWarnDays = 30;

using SlotKey = std::pair<std::string, std::string>;

SlotKey slot_of(const net::JsonValue& secret) {
  return {text_or_dash(secret, "client_id"), text_or_dash(secret, "slot")};
}

// A slot needs a person when it has no active secret (what was staged works, and has to be
// activated; what is superseded lapses), or when the active one ends soon.
std::set<SlotKey> slots_that_need_a_person(const net::JsonValue& secrets, std::int64_t warn_days,
                                           base::Instant now) {
  std::set<SlotKey> needing;
  std::set<SlotKey> well;
  for (const auto& secret : secrets.items()) {
    const bool is_enabled = secret.boolean_member_or("enabled", true).value_or(true);
    const bool is_well =
        text_or_dash(secret, "state") == "active" && days_until_end(secret, now) >= warn_days;
    (is_well || !is_enabled ? well : needing).insert(slot_of(secret));
  }
  for (const auto& slot : well) needing.erase(slot);
  return needing;
}

// A secret as the list has it, whoever issues it.
struct StatusRow {
  std::optional<std::int64_t> days_left;  // absent: over, or its end is unknown
  bool needs_person = false;
  std::string state;
  std::string package;
  std::string client_id;
  std::string slot;
  std::string secret_id;
  std::optional<std::string> ends_at;
  std::string ends;  // in words
  std::string last_used_at;
  std::string last_used;  // in words
  std::string owner;
  std::vector<std::string> missing;
};

struct StatusList {
  std::vector<StatusRow> rows;
  std::size_t needing = 0;  // slots that need a person
};

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

void add_own(const net::JsonValue& secrets, std::int64_t warn_days, base::Instant now,
             StatusList& list) {
  const auto needing = slots_that_need_a_person(secrets, warn_days, now);
  for (const auto& secret : secrets.items()) {
    StatusRow row;
    row.state = text_or_dash(secret, "state");
    if (is_live(row.state)) row.days_left = secret.integer_member_or("days_left", 0).value_or(0);
    row.needs_person = needing.contains(slot_of(secret));
    row.package = text_or_dash(secret, "package");
    std::tie(row.client_id, row.slot) = slot_of(secret);
    row.secret_id = text_or_dash(secret, "secret_id");
    row.ends_at = secret.string_member_or("ends_at", "").value_or("");
    row.ends = describe_end(secret, now);
    row.last_used_at = secret.string_member_or("last_used_at", "").value_or("");
    row.last_used = describe_instant(secret.find("last_used_at"), now);
    list.rows.push_back(std::move(row));
  }
  list.needing += needing.size();
}

// What the authority does not tell of itself.
void add_foreign(const std::vector<rotation::Inventory>& integrations, std::int64_t warn_days,
                 base::Instant now, StatusList& list) {
  std::set<SlotKey> own;
  for (const StatusRow& row : list.rows) own.emplace(row.client_id, row.slot);
  for (const rotation::Inventory& one : integrations) {
    if (own.contains({one.client_id, one.slot})) continue;
    StatusRow row;
    row.package = one.name;
    row.client_id = or_dash(one.client_id);
    row.slot = one.slot;
    row.secret_id = row.last_used = row.ends = "-";
    row.owner = one.owner;
    row.missing = rotation::find_gaps(one);
    row.state = "unknown";
    if (one.expires_at) {
      const bool is_over = *one.expires_at <= now;
      row.state = is_over ? "expired" : "active";
      row.days_left = is_over ? 0 : std::chrono::floor<base::Days>(*one.expires_at - now).count();
      row.ends_at = base::format_instant(*one.expires_at);
      row.ends =
          fmt::format("{} ({})", *row.ends_at, base::describe_relative(*one.expires_at, now));
    }
    row.needs_person = !row.days_left || *row.days_left < warn_days;
    if (row.needs_person) ++list.needing;
    list.rows.push_back(std::move(row));
  }
}

// Worst first: what needs somebody, an unknown end before all others; what is over comes last.
void sort_rows(std::vector<StatusRow>& rows) {
  const auto rank = [](const StatusRow& row) {
    const auto none = row.needs_person ? std::numeric_limits<std::int64_t>::min()
                                       : std::numeric_limits<std::int64_t>::max();
    return std::pair(!row.needs_person, row.days_left.value_or(none));
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const StatusRow& a, const StatusRow& b) { return rank(a) < rank(b); });
}

Tone tone_of_days(const StatusRow& row) {
  if (!row.needs_person) return Tone::kPlain;
  return row.days_left.value_or(0) < 7 ? Tone::kBad : Tone::kWarning;
}

void print_rows(const Context& context, const StatusList& list, bool has_missing) {
  std::vector<std::string> headings{"DAYS", "STATE",  "PACKAGE", "CLIENT ID",
                                    "SLOT", "SECRET", "ENDS",    "LAST USED"};
  if (has_missing) headings.emplace_back("MISSING");
  Table table(std::move(headings));
  for (const StatusRow& row : list.rows) {
    std::vector<Cell> cells{
        {row.days_left ? std::to_string(*row.days_left) : "-", tone_of_days(row)},
        {row.state, tone_of_state(row.state)},
        {printable(row.package)},
        {row.client_id},
        {row.slot},
        {row.secret_id},
        {row.ends},
        {row.last_used}};
    if (has_missing) cells.push_back({or_dash(fmt::format("{}", fmt::join(row.missing, ", ")))});
    table.add(std::move(cells));
  }
  table.print(context);
}

std::optional<std::string> as_member(const std::string& text) {
  if (text.empty() || text == "-") return std::nullopt;
  return text;
}

void print_rows_as_json(const Context& context, const StatusList& list) {
  net::JsonWriter json;
  json.begin_object().key("secrets").begin_array();
  for (const StatusRow& row : list.rows) {
    json.begin_object()
        .member("package", row.package)
        .member("client_id", as_member(row.client_id))
        .member("slot", row.slot)
        .member("secret_id", as_member(row.secret_id))
        .member("state", row.state)
        .member("ends_at", as_member(row.ends_at.value_or("")))
        .member("days_left", row.days_left)
        .member("needs_person", row.needs_person)
        .member("last_used_at", as_member(row.last_used_at))
        .member("owner", as_member(row.owner));
    json.key("missing").begin_array();
    for (const std::string& gap : row.missing) json.value(gap);
    json.end_array().end_object();
  }
  json.end_array().end_object();
  print_json(context, json.release());
}

base::Status write_ends(Context& context, const Arguments& arguments, Api* api,
                        const std::vector<rotation::Inventory>& integrations) {
  const auto path = arguments.get("--ics");
  if (!path) return {};
  std::vector<notice::Subject> subjects;
  if (api != nullptr) {
    REKEY_TRY(subjects, read_secret_subjects(*api));
  }
  std::set<std::string> known_clients;
  for (const notice::Subject& subject : subjects) known_clients.insert(subject.client_id);
  for (auto& subject : foreign_subjects_of(integrations, known_clients)) {
    subjects.push_back(std::move(subject));
  }
  const auto now = context.clock.now();
  return notice::write_calendar(context.files, *path, notice::to_calendar(subjects, {}, now));
}

}  // namespace

base::Result<int> run_status(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto warn_days, arguments.number_or("--within", kDefaultWarnDays, 0, 400));
  REKEY_TRY(const auto integrations, read_integrations(context, arguments.all("--file")));
  const bool has_inventory = arguments.has("--file");
  const auto now = context.clock.now();
  StatusList list;
  if (!has_inventory || Api::is_named(context, arguments)) {
    REKEY_TRY(auto api, Api::connect(context, arguments));
    REKEY_TRY(const auto reply, api.get("/status"));
    if (const auto* secrets = reply.json.find("secrets")) {
      add_own(*secrets, warn_days, now, list);
    }
    REKEY_CHECK(write_ends(context, arguments, &api, integrations));
    const int code = list.needing == 0 ? kExitOk : kExitNeedsPerson;
    if (!has_inventory && printed_as_json(context, arguments, reply)) return code;
  } else {
    REKEY_CHECK(write_ends(context, arguments, nullptr, integrations));
  }
  add_foreign(integrations, warn_days, now, list);
  if (has_inventory) sort_rows(list.rows);
  const int code = list.needing == 0 ? kExitOk : kExitNeedsPerson;
  if (arguments.wants_json()) {
    print_rows_as_json(context, list);
    return code;
  }
  print_rows(context, list, has_inventory);
  if (list.needing > 0) {
    print_line(context,
               fmt::format("{} slot{} need{} somebody: no active secret, {}one that ends within {} "
                           "days.",
                           list.needing, list.needing == 1 ? "" : "s", list.needing == 1 ? "s" : "",
                           has_inventory ? "an unknown end, or " : "or ", warn_days));
  }
  return code;
}

}  // namespace rekey::cli
