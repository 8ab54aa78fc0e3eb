// rekey run show: where a run stands, consumer by consumer, and on what evidence.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/run_choice.h"
#include "net/json.h"
#include "rotation/engine/waiting.h"
#include "rotation/machine/action_text.h"
#include "rotation/machine/workflow_rules.h"
#include "rotation/plan/reconcile.h"
#include "rotation/report/evidence_table.h"
#include "rotation/report/explain.h"

namespace rekey::cli {
namespace {

using base::Instant;
using rotation::EvidenceRow;
using rotation::EvidenceSource;
using rotation::EvidenceTable;
using rotation::VerdictKind;

struct Shown {
  ChosenRun run;
  EvidenceTable table;
  std::string unread;  // why usage could not be asked for, where it should have been
  Instant now{};
  [[nodiscard]] bool needs_somebody() const noexcept {
    return !run.is_closed() && !run.is_worked_on;
  }
};

// Where somebody tells usage, and the run is open: as it is now.
base::Result<rotation::Evidence> ask_usage(Desk& desk, const ChosenRun& run) {
  REKEY_TRY(const auto issuer, desk.drivers.issuer_reader(run.inventory));
  REKEY_TRY(const auto usage, rotation::read_usage(run.inventory, *issuer, desk.drivers));
  return rotation::evaluate(usage, rotation::question_of(run.state, run.inventory.waivers));
}

Shown look_at(Context& context, Desk& desk, ChosenRun run) {
  Shown shown{std::move(run), {}, {}, context.clock.now()};
  std::optional<rotation::Evidence> evidence;
  const bool is_told =
      !shown.run.state.plan.is_by_hand || !shown.run.inventory.usage_sources.empty();
  if (!shown.run.is_closed() && is_told) {
    auto asked = ask_usage(desk, shown.run);
    if (asked) {
      evidence = *std::move(asked);
    } else {
      shown.unread = asked.error().detail;
    }
  }
  shown.table = rotation::evidence_table(shown.run.events, evidence);
  return shown;
}

// "09:00:05" on the day of `now`, else "2026-11-24 09:00"; UTC.
std::string brief(const std::optional<Instant>& at, Instant now) {
  if (!at) return "-";
  const std::string text = base::format_instant(*at);
  const bool is_today = text.substr(0, 10) == base::format_instant(now).substr(0, 10);
  return is_today ? text.substr(11, 8) : text.substr(0, 10) + " " + text.substr(11, 5);
}

// When it was done for the last of several sinks; until then, for how many.
std::string done_cell(int count, int sinks, const std::optional<Instant>& at, Instant now) {
  if (count > 0 && count < sinks) return fmt::format("{} of {}", count, sinks);
  return brief(at, now);
}

Cell verdict_cell(const EvidenceRow& row) {
  std::string text(rotation::name_of(row.verdict.kind));
  std::replace(text.begin(), text.end(), '_', ' ');
  if (row.verdict.kind == VerdictKind::kAttested) text += " by " + row.attested_by.value_or("-");
  if (row.waiver && row.verdict.kind == VerdictKind::kWaived) text += " by " + row.waiver->by;
  return {text, rotation::is_passing(row.verdict.kind) ? Tone::kGood : Tone::kWarning};
}

void print_table(const Context& context, const Shown& shown) {
  const bool is_told = shown.table.source != EvidenceSource::kJournal;
  const std::string untold = shown.unread.empty() ? "not told" : "not known";
  const bool has_waves = !shown.run.state.plan.rules.waves.empty();
  std::vector<std::string> headings{"CONSUMER",    "WRITTEN",     "READ BACK", "RELOADED",
                                    "SEEN ON NEW", "LAST ON OLD", "INSTANCES", "VERDICT"};
  if (has_waves) headings.insert(headings.begin(), "WAVE");
  Table table(std::move(headings));
  for (const EvidenceRow& row : shown.table.rows) {
    const int seen = std::min(row.verdict.instances_seen, row.instances);
    const auto done = [&](int count, const std::optional<Instant>& at) {
      return done_cell(count, row.sinks, at, shown.now);
    };
    std::vector<Cell> cells{
        {row.consumer},
        {row.is_in_a_persons_hands ? "with a person" : done(row.sinks_written, row.written_at)},
        {row.is_by_hand ? "by hand" : done(row.sinks_read_back, row.read_back_at)},
        {brief(row.reloaded_at, shown.now)},
        {!is_told   ? untold
         : seen > 0 ? "yes"
                    : "no"},
        {is_told ? brief(row.verdict.last_on_old, shown.now) : untold},
        {is_told ? fmt::format("{} of {}", seen, row.instances)
                 : fmt::format("of {}", row.instances)},
        verdict_cell(row)};
    if (has_waves) cells.insert(cells.begin(), Cell{row.wave});
    table.add(std::move(cells));
  }
  table.print(context);
}

std::string describe_source(const Shown& shown) {
  const EvidenceTable& table = shown.table;
  const std::string as_of = table.as_of ? base::format_instant(*table.as_of) : "-";
  switch (table.source) {
    case EvidenceSource::kUsageNow:
      if (!shown.run.inventory.usage_sources.empty()) {
        return fmt::format(
            "usage, by the issuer and the sources that the inventory names, as of {}", as_of);
      }
      return fmt::format("the issuer's usage, as of {}", as_of);
    case EvidenceSource::kGate:
      return fmt::format("the gate that the run passed, as of {}", as_of);
    case EvidenceSource::kJournal:
      break;
  }
  return "the journal alone: reloads by the engine, and people's words";
}

Cell put_back_cell(const EvidenceRow& row, Instant now) {
  if (rotation::is_left_alone(row)) return {"left as it is", Tone::kWarning};
  if (!row.put_back_at) {
    return {row.was_written ? "not yet" : "was not written",
            row.was_written ? Tone::kWarning : Tone::kPlain};
  }
  const std::string at = brief(row.put_back_at, now);
  if (row.places_left == 0) return {at};
  return {fmt::format("{}, but {} of {} left", at, row.places_left, row.places_written),
          Tone::kWarning};
}

Cell accepted_cell(const EvidenceRow& row, Instant now) {
  if (row.is_by_hand) return {"by hand"};
  if (rotation::is_left_alone(row)) return {"refused", Tone::kWarning};
  if (row.places_left == 0 || !row.put_back_proven_at) return {brief(row.put_back_proven_at, now)};
  return {fmt::format("{}, but {} refused", brief(row.put_back_proven_at, now), row.places_left),
          Tone::kWarning};
}

// Of a run that goes back, or went back: what it held before counts, and no evidence.
void print_way_back(const Context& context, const Shown& shown) {
  Table table({"CONSUMER", "PLACE", "PUT BACK", "ACCEPTED", "RELOADED"});
  for (const EvidenceRow& row : shown.table.rows) {
    table.add({{row.consumer},
               {row.places},
               put_back_cell(row, shown.now),
               accepted_cell(row, shown.now),
               {row.places_left > 0 ? "was not" : brief(row.put_back_reloaded_at, shown.now)}});
  }
  table.print(context);
  const bool is_any_left = std::any_of(shown.table.rows.begin(), shown.table.rows.end(),
                                       [](const EvidenceRow& row) { return row.places_left > 0; });
  if (is_any_left) {
    print_line(context,
               "left as it is: the place holds somebody else's value, which is refused; nothing "
               "was overwritten there, and nobody was reloaded for it. Put one there that is "
               "accepted");
  }
  print_line(context,
             "put back: the place holds what it held before the run, or what somebody else put "
             "there, and a token request with that was accepted; times are UTC");
}

// "canary has held; starter is watched until 10:05:00 at least; late waits", or nothing.
std::string waves_in_words(const Shown& shown) {
  const rotation::RunState& state = shown.run.state;
  const auto& waves = state.plan.rules.waves;
  const bool is_over = shown.run.is_closed();
  std::string text;
  for (std::size_t i = 0; i < waves.size(); ++i) {
    const auto wave = static_cast<int>(i);
    const auto until = rotation::held_until(state);
    const bool is_passed = is_over || wave < state.waves_passed;
    const bool is_at_work = wave == rotation::open_wave(state);
    std::string stand = "is at work";
    if (is_passed) {
      stand = "has held";
    } else if (!is_at_work) {
      stand = "waits";
    } else if (until) {
      stand = "is watched until " + brief(until, shown.now) + " at least";
    } else if (rotation::is_wave_reloaded(state)) {
      stand = "has moved";
    } else if (state.secret_id.empty()) {
      stand = "is the first";
    }
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", waves[i].name, stand);
  }
  return text;
}

void print_evidence(const Context& context, const Shown& shown) {
  if (shown.table.is_way_back) return print_way_back(context, shown);
  print_table(context, shown);
  if (const std::string waves = waves_in_words(shown); !waves.empty()) {
    print_line(context, "waves: " + waves);
  }
  print_line(context, "evidence: " + describe_source(shown) + "; times are UTC");
  if (!shown.unread.empty()) {
    print_line(
        context,
        "usage could not be asked for now, so nobody knows who uses which secret: " + shown.unread);
  }
  if (const auto& unread = shown.run.state.usage_unread; unread && !shown.run.is_closed()) {
    print_line(context, fmt::format("the run could not read it since {}",
                                    base::format_instant(unread->since)));
  }
  for (const EvidenceRow& row : shown.table.rows) {
    const bool is_waived = row.verdict.kind == VerdictKind::kWaived;
    if (row.verdict.reason.empty() || !shown.unread.empty()) continue;
    if (rotation::is_passing(row.verdict.kind) && !is_waived) continue;
    print_line(context, fmt::format("  {}: {}", row.consumer, row.verdict.reason));
  }
  for (const auto& use : shown.table.unknown) {
    print_line(context, "  an unknown caller uses the old secret: " + rotation::describe(use));
  }
  for (const auto& waived : shown.table.waived) {
    print_line(context, fmt::format("  waived by {}: {} ({})", waived.by,
                                    rotation::describe(waived.seen_as), waived.reason));
  }
}

// Whoever approved it, whether it counts or not.
std::vector<std::string> approvers_of(const rotation::RunState& state) {
  std::vector<std::string> names;
  for (const auto& approval : state.approved) names.push_back(approval.by);
  return names;
}

// What comes, where it is gone on with.
std::string left_in_words(const Shown& shown) {
  std::string text = rotation::what_is_left(shown.run.state);
  text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

// "approvals of plan 4fc5ef9530ccb35f: 1 of 2, by omar; of an earlier plan: cleo".
std::string approvals_in_words(const rotation::RunState& state) {
  const std::string digest = rotation::digest_of(state);
  std::vector<std::string> of_this;
  std::vector<std::string> of_another;
  for (const auto& approval : state.approved) {
    (approval.plan_digest == digest ? of_this : of_another).push_back(approval.by);
  }
  std::string text = fmt::format("approvals of plan {}: {} of {}", digest,
                                 rotation::count_approvals(state), state.plan.rules.approvals);
  if (!of_this.empty()) text += fmt::format(", by {}", fmt::join(of_this, ", "));
  if (!of_another.empty()) {
    text += fmt::format("; of an earlier plan: {}", fmt::join(of_another, ", "));
  }
  return text;
}

void print_where_it_stands(const Context& context, const Shown& shown) {
  const rotation::RunState& state = shown.run.state;
  if (state.plan.rules.approvals > 0) {
    print_line(context, approvals_in_words(state));
  }
  for (const std::string& kept : rotation::kept_rules(state, shown.run.inventory)) {
    print_line(context, kept);
  }
  if (shown.run.is_closed()) {
    print_line(context, rotation::explain(state, {shown.now, false, {}}).stands);
    return;
  }
  print_line(context, left_in_words(shown));
  if (shown.run.is_worked_on) {
    print_line(context, "somebody works on it now");
    return;
  }
  print_line(context, state.parked ? "stopped: " + rotation::missing_now(state, shown.now)
                                   : "interrupted: nobody works on it, and nothing stopped it");
  print_line(context, "next: " + rotation::how_to_go_on(state, shown.now));
}

std::optional<std::string> as_member(const std::optional<Instant>& at) {
  return at ? std::optional(base::format_instant(*at)) : std::nullopt;
}

void write_row(net::JsonWriter& json, const EvidenceRow& row, bool is_way_back) {
  json.begin_object()
      .member("consumer", row.consumer)
      .member("wave", row.wave.empty() ? std::nullopt : std::optional(row.wave))
      .member("places", row.places)
      .member("step", rotation::name_of(row.step))
      .member("with_a_person", row.is_in_a_persons_hands)
      .member("by_hand", row.is_by_hand)
      .member("sinks", row.sinks)
      .member("sinks_written", row.sinks_written)
      .member("sinks_read_back", row.sinks_read_back)
      .member("written_at", as_member(row.written_at))
      .member("read_back_at", as_member(row.read_back_at))
      .member("reloaded_at", as_member(row.reloaded_at))
      .member("instances", row.instances)
      .member("instances_seen", row.verdict.instances_seen)
      .member("last_on_old", as_member(row.verdict.last_on_old))
      .member("attested_by", row.attested_by)
      .member("was_written", row.was_written)
      .member("put_back_at", as_member(row.put_back_at))
      .member("put_back_proven_at", as_member(row.put_back_proven_at))
      .member("put_back_reloaded_at", as_member(row.put_back_reloaded_at))
      .member("places_left", row.places_left)
      .member("verdict", is_way_back
                             ? std::optional<std::string>()
                             : std::optional(std::string(rotation::name_of(row.verdict.kind))))
      .member("reason", row.verdict.reason)
      .member("source", row.verdict.source)
      .end_object();
}

void write_evidence(net::JsonWriter& json, const Shown& shown) {
  json.key("evidence").begin_object();
  json.member("is_way_back", shown.table.is_way_back);
  json.member("source", rotation::name_of(shown.table.source))
      .member("as_of", as_member(shown.table.as_of))
      .member("unread", shown.unread.empty() ? std::nullopt : std::optional(shown.unread));
  const auto& unread = shown.run.state.usage_unread;
  json.member("unread_since", unread ? as_member(unread->since) : std::nullopt);
  json.key("consumers").begin_array();
  for (const EvidenceRow& row : shown.table.rows) write_row(json, row, shown.table.is_way_back);
  json.end_array().key("unknown").begin_array();
  for (const auto& use : shown.table.unknown) json.value(rotation::describe(use));
  json.end_array().key("waived").begin_array();
  for (const auto& waived : shown.table.waived) {
    json.begin_object().member("by", waived.by).member("reason", waived.reason).end_object();
  }
  json.end_array().end_object();
}

void write_waves(net::JsonWriter& json, const Shown& shown) {
  const rotation::RunState& state = shown.run.state;
  json.key("waves").begin_array();
  int number = 0;
  for (const rotation::Wave& wave : state.plan.rules.waves) {
    const bool is_at_work = number == rotation::open_wave(state) && !shown.run.is_closed();
    json.begin_object().member("name", wave.name);
    json.member("hold_seconds", std::chrono::ceil<std::chrono::seconds>(wave.hold).count());
    json.member("has_held", number < state.waves_passed);
    json.member("watched_until",
                is_at_work ? as_member(rotation::held_until(state)) : std::nullopt);
    json.end_object();
    ++number;
  }
  json.end_array();
}

void write_events(net::JsonWriter& json, const ChosenRun& run) {
  json.key("events").begin_array();
  for (const auto& event : run.events) {
    json.begin_object()
        .member("at", base::format_instant(event.at))
        .member("event", rotation::name_of(event.body))
        .member("message", rotation::describe(event.body))
        .end_object();
  }
  json.end_array();
}

void print_as_json(const Context& context, const Arguments& arguments, const Shown& shown) {
  const ChosenRun& run = shown.run;
  const rotation::RunState& state = run.state;
  net::JsonWriter json;
  json.begin_object()
      .member("run", run.run_id)
      .member("integration", run.inventory.name)
      .member("client_id", state.plan.client_id)
      .member("slot", state.plan.slot)
      .member("phase", phase_in_words(state))
      .member("opened_at", base::format_instant(run.events.front().at))
      .member("closed_at",
              run.is_closed() ? as_member(run.events.back().at) : std::optional<std::string>())
      .member("since", base::format_instant(stands_since(run.events)))
      .member("requested_by", state.plan.requested_by)
      .member("secret_id", state.secret_id)
      .member("worked_on", run.is_worked_on)
      .member("needs_person", shown.needs_somebody());
  json.key("parked");
  if (state.parked && !run.is_closed()) {
    json.begin_object()
        .member("reason",
                complete_commands(rotation::missing_now(state, shown.now), context.target))
        .member("waiting", state.parked->is_waiting)
        .member("by", state.parked->by.empty() ? std::nullopt : std::optional(state.parked->by))
        .end_object();
  } else {
    json.null();
  }
  json.member("plan_digest", rotation::digest_of(state));
  json.key("approvals").begin_object().member("needed", state.plan.rules.approvals);
  json.member("count", rotation::count_approvals(state));
  json.key("by").begin_array();
  for (const std::string& by : approvers_of(state)) json.value(by);
  json.end_array().end_object().key("kept_rules").begin_array();
  for (const std::string& kept : rotation::kept_rules(state, run.inventory)) json.value(kept);
  json.end_array();
  write_waves(json, shown);
  json.member("left",
              run.is_closed() ? std::nullopt : std::optional(rotation::what_is_left(state)));
  write_evidence(json, shown);
  json.key("workflows_failed_before").begin_array();
  for (const auto& one : rotation::workflows_that_guard_nothing(state)) json.value(one);
  json.end_array();
  if (arguments.has("--events")) write_events(json, run);
  json.end_object();
  print_json(context, json.release());
}

}  // namespace

base::Result<int> run_run_show(Context& context, const Arguments& arguments) {
  Desk desk(context, arguments);
  REKEY_TRY(auto run, choose_run(context, arguments, desk));
  if (!run) {
    print_no_open_run(context, arguments);
    return kExitOk;
  }
  const Shown shown = look_at(context, desk, *std::move(run));
  const int code = shown.needs_somebody() ? kExitNeedsPerson : kExitOk;
  if (arguments.wants_json()) {
    print_as_json(context, arguments, shown);
    return code;
  }
  print_line(context,
             fmt::format("{}  {}  since {}", shown.run.run_id, phase_in_words(shown.run.state),
                         base::format_instant(stands_since(shown.run.events))));
  print_evidence(context, shown);
  for (const auto& one : rotation::workflows_that_guard_nothing(shown.run.state)) {
    print_line(context, in_tone(context, one, Tone::kWarning));
  }
  print_where_it_stands(context, shown);
  if (arguments.has("--events")) {
    for (const auto& event : shown.run.events) {
      print_line(context, fmt::format("{}  {}", base::format_instant(event.at),
                                      rotation::describe(event.body)));
    }
    print_line(context,
               "a fingerprint here is made with the key of these runs: the issuer shows another "
               "for the same value, and an id is the same in both");
  }
  return code;
}

}  // namespace rekey::cli
