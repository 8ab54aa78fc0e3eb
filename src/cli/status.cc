// rekey status: every secret, days left, worst first; those of others too, where inventories know
// them.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "authority/clock_watch.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/run_choice.h"
#include "cli/show.h"
#include "cli/watch_subjects.h"
#include "notice/ical.h"
#include "rotation/engine/task.h"
#include "rotation/inventory/due.h"
#include "rotation/inventory/inventory_gaps.h"
#include "rotation/journal/journal.h"

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
  const rotation::OpenRun* run = nullptr;
  std::string warning{};     // of a freeze in the way of its end
  std::string expires_at{};  // as the server tells it: not moved by use
};

// What the inventories know: each integration, and its open run where it has one.
struct Known {
  std::vector<rotation::Inventory> integrations;
  std::vector<std::optional<rotation::OpenRun>> runs;
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
    row.expires_at = secret.string_member_or("expires_at", "").value_or("");
    row.ends = describe_end(secret, now);
    row.last_used_at = secret.string_member_or("last_used_at", "").value_or("");
    row.last_used = describe_instant(secret.find("last_used_at"), now);
    list.rows.push_back(std::move(row));
  }
  list.needing += needing.size();
}

// The end of what works: where the open run has activated its secret, that one's.
base::Result<Known> read_known(Context& context, const std::vector<std::string>& paths) {
  Known known;
  REKEY_TRY(known.integrations, read_integrations(context, paths));
  for (rotation::Inventory& one : known.integrations) {
    auto& run = known.runs.emplace_back();
    if (one.client_id.empty()) continue;
    REKEY_TRY(run,
              rotation::peek_open_run(context.files, one.state_folder, one.client_id, one.slot));
    if (!run || !run->state.is_activated) continue;
    one.generated_at = run->state.staged_at;
    one.expires_at = run->state.expires_at;
  }
  return known;
}

// A run is parked until somebody starts it again.
void add_run(const rotation::OpenRun& run, StatusRow& row, StatusList& list) {
  row.run = &run;
  if (!run.state.parked || row.needs_person) return;
  row.needs_person = true;
  ++list.needing;
}

// By the end that the server tells, which is the true one.
std::string warn_of_freeze(rotation::Inventory one, const StatusRow& row, base::Instant now) {
  const auto ends_at = base::parse_instant(row.expires_at);
  if (ends_at) one.expires_at = *ends_at;
  return rotation::warn_of_freeze(one, now);
}

// The server tells of every slot of a client that it has: only its runs and its freezes are told by
// inventories.
void add_runs_of_own(const Known& known, base::Instant now, StatusList& list) {
  for (std::size_t i = 0; i < known.integrations.size(); ++i) {
    const rotation::Inventory& one = known.integrations[i];
    for (StatusRow& row : list.rows) {
      const bool is_it = row.client_id == one.client_id && row.slot == one.slot;
      if (!is_it || (row.state != "active" && row.state != "expired")) continue;
      if (known.runs[i]) add_run(*known.runs[i], row, list);
      row.warning = warn_of_freeze(one, row, now);
      break;
    }
  }
}

// Without those that the server lists itself: it knows every slot of its clients.
Known foreign_to(const StatusList& own, const Known& known) {
  std::set<std::string> clients;
  for (const StatusRow& row : own.rows) clients.insert(row.client_id);
  Known foreign;
  for (std::size_t i = 0; i < known.integrations.size(); ++i) {
    if (clients.contains(known.integrations[i].client_id)) continue;
    foreign.integrations.push_back(known.integrations[i]);
    foreign.runs.push_back(known.runs[i]);
  }
  return foreign;
}

StatusRow row_of(const rotation::Inventory& one, std::int64_t warn_days, base::Instant now) {
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
    row.ends = fmt::format("{} ({})", *row.ends_at, base::describe_relative(*one.expires_at, now));
  }
  row.needs_person = !row.days_left || *row.days_left < warn_days;
  row.warning = rotation::warn_of_freeze(one, now);
  return row;
}

// What the authority does not tell of itself.
void add_foreign(const Known& foreign, std::int64_t warn_days, base::Instant now,
                 StatusList& list) {
  for (std::size_t i = 0; i < foreign.integrations.size(); ++i) {
    StatusRow row = row_of(foreign.integrations[i], warn_days, now);
    if (row.needs_person) ++list.needing;
    if (foreign.runs[i]) add_run(*foreign.runs[i], row, list);
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

// "Parked" where it has stopped, as `rekey run list` has it.
std::string phase_of(const rotation::OpenRun& run) {
  return std::string(rotation::name_of(rotation::shown_phase(run.state)));
}

void print_rows(const Context& context, const StatusList& list, base::Instant now,
                bool has_inventory) {
  std::vector<std::string> headings{"DAYS", "STATE",  "PACKAGE", "CLIENT ID",
                                    "SLOT", "SECRET", "ENDS",    "LAST USED"};
  if (has_inventory) headings.insert(headings.end(), {"RUN", "WAITS FOR", "MISSING"});
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
    if (has_inventory) {
      cells.push_back({row.run == nullptr ? "-" : phase_of(*row.run)});
      cells.push_back({row.run == nullptr
                           ? "-"
                           : or_dash(printable(rotation::waits_for(row.run->state, now)))});
      cells.push_back({or_dash(fmt::format("{}", fmt::join(row.missing, ", ")))});
    }
    table.add(std::move(cells));
  }
  table.print(context);
}

std::optional<std::string> as_member(const std::string& text) {
  if (text.empty() || text == "-") return std::nullopt;
  return text;
}

void write_run(net::JsonWriter& json, const rotation::OpenRun* run, base::Instant now) {
  json.key("run");
  if (run == nullptr) {
    json.null();
    return;
  }
  json.begin_object()
      .member("id", run->run_id)
      .member("phase", phase_of(*run))
      .member("waits_for", as_member(rotation::waits_for(run->state, now)))
      .end_object();
}

void print_rows_as_json(const Context& context, const StatusList& list, base::Instant now) {
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
    write_run(json, row.run, now);
    json.member("warning", as_member(row.warning));
    json.key("missing").begin_array();
    for (const std::string& gap : row.missing) json.value(gap);
    json.end_array().end_object();
  }
  json.end_array().end_object();
  print_json(context, json.release());
}

base::Status write_ends(Context& context, const Arguments& arguments, Api* api,
                        const Known& foreign) {
  const auto path = arguments.get("--ics");
  if (!path) return {};
  std::vector<notice::Subject> subjects;
  if (api != nullptr) {
    REKEY_TRY(subjects, read_secret_subjects(*api));
  }
  for (auto& subject : foreign_subjects_of(foreign.integrations, {})) {
    subjects.push_back(std::move(subject));
  }
  const auto now = context.clock.now();
  const auto written =
      notice::write_calendar(context.files, *path, notice::to_calendar(subjects, {}, now));
  if (!written) return tl::unexpected(as_file_away(written.error()));
  return {};
}

void print_warnings(const Context& context, const StatusList& list) {
  for (const StatusRow& row : list.rows) {
    if (row.warning.empty()) continue;
    print_line(context, fmt::format("{}: warning: {}", printable(row.package), row.warning));
  }
}

// This call has told the server what this machine's clock says.
void print_clock(const Context& context, const net::JsonValue& status) {
  const auto* clock = status.find("clock");
  if (clock == nullptr) return;
  const auto seconds = clock->integer_member_or("ahead_of_callers_seconds", 0).value_or(0);
  const base::Duration ahead = std::chrono::seconds{seconds};
  if (std::chrono::abs(ahead) <= authority::kClockAheadTolerance) return;
  print_line(context,
             in_tone(context,
                     fmt::format("On the server: {}.", authority::describe_ahead_of_callers(ahead)),
                     Tone::kWarning));
}

void print_needing(const Context& context, const StatusList& list, std::int64_t warn_days,
                   bool has_inventory) {
  if (list.needing == 0) return;
  print_line(
      context,
      fmt::format("{} slot{} need{} somebody: no active secret, {}one that ends within {} "
                  "days.",
                  list.needing, list.needing == 1 ? "" : "s", list.needing == 1 ? "s" : "",
                  has_inventory ? "an unknown end, a run that waits, or " : "or ", warn_days));
}

}  // namespace

base::Result<int> run_status(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto warn_days, arguments.number_or("--within", kDefaultWarnDays, 0, 400));
  REKEY_TRY(const Known known, read_known(context, arguments.all("--file")));
  const bool has_inventory = arguments.has("--file");
  const auto now = context.clock.now();
  StatusList list;
  std::optional<net::JsonValue> told;  // by the server
  REKEY_TRY(const auto unclaimed, tell_unclaimed_runs(context, known.integrations));
  list.needing = unclaimed.size();
  Known foreign;
  if (!has_inventory || Api::is_named(context, arguments)) {
    REKEY_TRY(auto api, Api::connect(context, arguments));
    REKEY_TRY(const auto reply, api.get("/status"));
    if (const auto* secrets = reply.json.find("secrets")) {
      add_own(*secrets, warn_days, now, list);
    }
    foreign = foreign_to(list, known);
    REKEY_CHECK(write_ends(context, arguments, &api, foreign));
    const int code = list.needing == 0 ? kExitOk : kExitNeedsPerson;
    if (!has_inventory && printed_as_json(context, arguments, reply)) return code;
    add_runs_of_own(known, now, list);
    told = reply.json;
  } else {
    foreign = foreign_to(list, known);
    REKEY_CHECK(write_ends(context, arguments, nullptr, foreign));
  }
  add_foreign(foreign, warn_days, now, list);
  if (has_inventory) sort_rows(list.rows);
  const int code = list.needing == 0 ? kExitOk : kExitNeedsPerson;
  if (arguments.wants_json()) {
    print_rows_as_json(context, list, now);
    return code;
  }
  print_rows(context, list, now, has_inventory);
  print_warnings(context, list);
  print_needing(context, list, warn_days, has_inventory);
  if (told) print_clock(context, *told);
  return code;
}

}  // namespace rekey::cli
