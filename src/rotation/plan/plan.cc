#include "rotation/plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "rotation/drivers/program_words.h"
#include "rotation/inventory/inventory_gaps.h"
#include "rotation/machine/evidence.h"
#include "rotation/machine/guards.h"
#include "rotation/machine/plan_digest.h"
#include "rotation/machine/plan_parts.h"
#include "rotation/machine/workflow_rules.h"
#include "rotation/plan/held_slot.h"
#include "rotation/plan/plan_search.h"
#include "rotation/plan/plan_usage.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;
using base::Secret;
using std::chrono::seconds;

// Every character that a value can hold; shaped unlike any value.
constexpr std::string_view kSample =
    "0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

// What the issuer said, all of it before anything is judged.
struct Facts {
  IntegrationFacts integration;
  Descriptor descriptor;
  std::vector<IssuedSecret> secrets;  // of the slot
  std::vector<IssuedSecret> all;      // of every slot of the integration
  UsageReport usage;
  Duration token_life{};  // the longest that was told; 0: none was
};

base::Result<Facts> ask(Plan& plan, const PlanRequest& request) {
  Facts facts;
  REKEY_TRY(facts.integration, request.issuer.integration());
  REKEY_TRY(facts.descriptor, request.issuer.describe());
  REKEY_TRY(facts.all, request.issuer.list_secrets());
  facts.secrets = facts.all;
  std::erase_if(facts.secrets,
                [&](const IssuedSecret& s) { return s.slot != request.inventory.slot; });
  REKEY_TRY(UsageReport usage, request.issuer.usage());
  facts.usage = with_declared_sources(plan, request, std::move(usage));
  return facts;
}

void check_integration(Plan& plan, const Facts& facts, const Inventory& inventory) {
  const IntegrationFacts& integration = facts.integration;
  plan.client_id = inventory.client_id;
  plan.package_name = integration.package_name;
  plan.slot = inventory.slot;
  if (!holds(Guard::kRightClient, integration.client_id == inventory.client_id)) {
    plan.problems.push_back(fmt::format("the issuer answered for {} instead of {}",
                                        integration.client_id, inventory.client_id));
  }
  if (!holds(Guard::kNotOwnCredential, !integration.is_engines_own)) {
    plan.problems.push_back(
        fmt::format("{} is the credential that the engine itself works with; `rekey admin rotate` "
                    "renews that one",
                    inventory.client_id));
  }
  if (!integration.is_enabled) {
    plan.problems.push_back(
        fmt::format("the package {} is disabled; enable it first", integration.package_name));
  }
}

// A run ends what its activation left before it closes: one whose superseded secret lives is open,
// and not here.
void check_nobody_is_on_the_way(Plan& plan, const std::vector<IssuedSecret>& secrets) {
  const auto in_state = [&](SecretState state) {
    return std::find_if(secrets.begin(), secrets.end(),
                        [&](const IssuedSecret& one) { return one.state == state; });
  };
  const auto active = in_state(SecretState::kActive);
  const auto superseded = in_state(SecretState::kSuperseded);
  const bool is_open_elsewhere = active != secrets.end() && superseded != secrets.end() &&
                                 active->label.starts_with(kRunPrefix);
  if (holds(Guard::kNoRunElsewhere, !is_open_elsewhere)) return;
  plan.problems.push_back(fmt::format(
      "{} was activated by {}, which is not known here and has not ended {} yet: go on with it "
      "where its state folder is. Where that is lost, see that nobody uses {} any more and revoke "
      "it, or begin after {}",
      active->id, active->label, superseded->id, superseded->id,
      base::format_instant(superseded->ends_at)));
}

void check_slot(Plan& plan, const Facts& facts) {
  check_nobody_is_on_the_way(plan, facts.secrets);
  int live = 0;
  for (const IssuedSecret& secret : facts.secrets) {
    if (secret.state == SecretState::kEnded) continue;
    ++live;
    const bool is_waiting =
        secret.state == SecretState::kStaged || secret.state == SecretState::kSettling;
    if (is_waiting && facts.descriptor.is_by_hand) {
      plan.problems.emplace_back(
          "consumers hold different secrets, and more than one is accepted: only one of them is "
          "active, and it ends the moment another is activated. See at the issuer (in Setup, say) "
          "which one that is, make every consumer hold it, and generate and activate nothing till "
          "then");
      continue;
    }
    if (!holds(Guard::kSlotFree, !is_waiting)) {
      plan.problems.push_back(fmt::format(
          "{} is staged in slot {} already (label \"{}\") and is not of a run known here; {}",
          secret.id, secret.slot, secret.label,
          secret.label.starts_with(kRunPrefix)
              ? "that is the name of a run: go on with it where its state folder is, or give it up "
                "there"
              : "activate or revoke it first"));
      continue;
    }
    plan.outgoing.push_back(secret.id);
    if (secret.state == SecretState::kActive) {
      plan.outgoing_ends_at = secret.ends_at;
      plan.outgoing_dormant_at = secret.dormant_at;
    }
    if (secret.state == SecretState::kSuperseded) {
      // Where nothing is active, this is what consumers hold.
      if (!plan.outgoing_ends_at) plan.outgoing_ends_at = secret.ends_at;
      plan.warnings.push_back(fmt::format("{} is still in its overlap until {}; its use counts too",
                                          secret.id, base::format_instant(secret.ends_at)));
    }
  }
  // Where secrets are known only by presenting them, nobody can count those that no consumer holds.
  const bool is_countable = !facts.descriptor.is_by_hand || facts.descriptor.live_limit == 1;
  const bool is_full =
      is_countable && facts.descriptor.live_limit > 0 && live >= facts.descriptor.live_limit;
  if (!holds(Guard::kRoomForOne, !is_full)) {
    plan.problems.push_back(fmt::format(
        "slot {} holds {} live secrets and may hold {}: nothing can be staged until one "
        "ends; revoke what nobody needs",
        plan.slot, live, facts.descriptor.live_limit));
  }
  if (plan.outgoing.empty()) {
    plan.warnings.push_back(
        "no secret of this slot is accepted now: its consumers are cut off already");
  }
}

// Nobody knows how long a person takes: for a form, or for a restart.
bool is_any_by_hand(const Inventory& inventory) {
  return std::any_of(inventory.consumers.begin(), inventory.consumers.end(),
                     [](const Consumer& consumer) {
                       return consumer.is_by_hand || consumer.reload.form() == ReloadForm::kPerson;
                     });
}

// An overlap would pass while they wait.
bool is_any_restart_held(const Inventory& inventory) {
  return inventory.window && std::any_of(inventory.consumers.begin(), inventory.consumers.end(),
                                         [](const Consumer& consumer) {
                                           return consumer.reload.is_restart_by_engine();
                                         });
}

void choose_order(Plan& plan, const Facts& facts, const Inventory& inventory) {
  const Duration moving = worst_case_of_moving(inventory);
  const Descriptor& descriptor = facts.descriptor;
  plan.activation_ends_old = descriptor.activation_ends_old;
  plan.can_undo_activation = descriptor.can_undo_activation && !descriptor.activation_ends_old;
  plan.settle = descriptor.settle;
  const auto superseded =
      std::find_if(facts.secrets.begin(), facts.secrets.end(),
                   [](const IssuedSecret& s) { return s.state == SecretState::kSuperseded; });
  if (descriptor.activation_ends_old) {
    plan.order_reason = "activation ends the old secret at once, so everybody moves before it";
  } else if (superseded != facts.secrets.end()) {
    plan.order_reason = fmt::format(
        "activation would end {}, which is still in its overlap, so "
        "everybody moves before it",
        superseded->id);
  } else if (descriptor.is_by_hand) {
    plan.order_reason =
        "this issuer tells nobody who uses which secret, and both work until the old one is ended, "
        "so everybody moves before anything else";
  } else if (is_any_by_hand(inventory)) {
    plan.order_reason =
        "a person has to fill in a form or to restart a consumer, and both secrets work until that "
        "is done, so everybody moves before activation";
  } else if (is_any_restart_held(inventory)) {
    plan.order_reason =
        "restarts wait for the window, and both secrets work until then, so everybody moves before "
        "activation";
  } else if (!holds(Guard::kOverlapLongEnough,
                    !descriptor.overlap || *descriptor.overlap >= moving)) {
    plan.order_reason = fmt::format(
        "the overlap of {} is shorter than the {} that moving may take, so "
        "everybody moves before activation",
        base::format_duration(*descriptor.overlap), base::format_duration(moving));
  } else {
    plan.order = Order::kActivateFirst;
    plan.order_reason = fmt::format(
        "both secrets work for {} after activation, so everybody moves within the overlap",
        descriptor.overlap ? base::format_duration(*descriptor.overlap)
                           : std::string("the old one's whole life"));
  }
}

void note_intervals(Plan& plan, const Facts& facts, Instant now) {
  std::optional<Instant> generated;
  std::optional<Instant> activated;
  for (const IssuedSecret& secret : facts.secrets) {
    generated = std::max(generated, std::optional(secret.generated_at));
    activated = std::max(activated, secret.activated_at);
  }
  if (generated && *generated + facts.descriptor.generation_interval > now) {
    plan.stage_not_before = *generated + facts.descriptor.generation_interval;
  }
  if (activated && *activated + facts.descriptor.activation_interval > now) {
    plan.activate_not_before = *activated + facts.descriptor.activation_interval;
  }
}

// By the address of their sink, consumers' names.
using SinkUsers = std::map<std::string, std::string>;

// What the sink holds; empty where it could not be read, or only a person can.
Secret read_sink(Plan& plan, const Consumer& consumer, SinkReader& sink, SinkUsers& users) {
  const auto note = [&](const base::Error& error) {
    plan.problems.push_back(fmt::format("{}: {}", consumer.name, error.detail));
  };
  const auto [first, is_new] = users.try_emplace(sink.address(), consumer.name);
  if (!holds(Guard::kOneAddress, is_new)) {
    plan.problems.push_back(
        fmt::format("{} and {} have the same sink ({}); declare one consumer with more instances",
                    first->second, consumer.name, sink.describe()));
  }
  Secret value;
  if (!consumer.is_by_hand) {
    auto content = sink.read();
    if (!content) {
      note(content.error());
      return value;
    }
    value = std::move(content->value);
  }
  if (const auto writable = sink.check_writable(kSample); !writable) note(writable.error());
  return value;
}

void read_sinks(Plan& plan, const PlanRequest& request) {
  SinkUsers users;
  for (const Consumer& consumer : request.inventory.consumers) {
    PlannedConsumer planned{consumer, {}, {}};
    for (const DriverSpec& spec : consumer.sinks) {
      auto sink = request.drivers.sink_reader(spec);
      if (!sink) {
        plan.problems.push_back(fmt::format("{}: {}", consumer.name, sink.error().detail));
        planned.places.push_back(spec.location);
        planned.present_values.emplace_back();
        continue;
      }
      planned.places.push_back((*sink)->describe());
      planned.present_values.push_back(read_sink(plan, consumer, **sink, users));
    }
    plan.consumers.push_back(std::move(planned));
  }
}

// The values that could be read, each of them once, with who holds it first.
struct HeldValue {
  const PlannedConsumer* holder = nullptr;
  std::string place;
  const Secret* value = nullptr;
};
std::vector<HeldValue> distinct_values(const Plan& plan) {
  std::vector<HeldValue> all;
  for (const PlannedConsumer& planned : plan.consumers) {
    if (planned.consumer.is_by_hand) continue;
    for (std::size_t i = 0; i < planned.present_values.size(); ++i) {
      const Secret& value = planned.present_values[i];
      const bool is_known = std::any_of(all.begin(), all.end(), [&](const HeldValue& earlier) {
        return *earlier.value == value;
      });
      if (!value.is_empty() && !is_known) all.push_back({&planned, planned.places[i], &value});
    }
  }
  return all;
}

// What cannot be read is taken for what the others hold: that is what is put back, if it comes to
// that.
void suppose_by_hand_values(Plan& plan) {
  const auto known = distinct_values(plan);
  for (PlannedConsumer& planned : plan.consumers) {
    if (!planned.consumer.is_by_hand) continue;
    if (!known.empty()) {
      planned.present_values.front() = known.front().value->clone();
      continue;
    }
    plan.problems.push_back(fmt::format(
        "{}: nothing can be read from {}, and no other consumer's sink holds the present secret, "
        "so it could neither be put back nor be proven dead. Declare a place that holds it too, "
        "such as its entry in your vault (a sink of kind exec or file)",
        planned.consumer.name, planned.places.front()));
  }
}

// The distinct values that consumers hold, for an issuer that knows its secrets only by them.
Memory memory_of(const Plan& plan) {
  Memory memory;
  for (const HeldValue& held : distinct_values(plan)) {
    memory.secrets.push_back({"", "", held.value->clone(), {}, {}});
  }
  return memory;
}

// What a person does, and what nobody can tell.
void note_hands(Plan& plan, const Facts& facts, const Inventory& inventory) {
  plan.rules = rules_of(inventory);
  plan.workflows = planned_workflows(inventory.workflows);
  if (!facts.descriptor.is_by_hand) return;
  plan.is_by_hand = true;
  plan.warnings.emplace_back(
      "this issuer tells nobody who uses a secret: whoever is not declared here is cut off by the "
      "activation");
  if (plan.outgoing_ends_at == base::kFarFuture) {
    plan.outgoing_ends_at.reset();
    plan.warnings.emplace_back(
        "nobody knows when the present secret ends: put generated_at or expires_at into the "
        "inventory");
  }
}

// An inventory may know of a secret and not yet of who uses it.
void check_consumers(Plan& plan, const Inventory& inventory) {
  if (!inventory.consumers.empty()) return;
  plan.problems.emplace_back(
      "no consumer is declared: the new secret would reach nobody, and whoever uses the present "
      "one would be cut off");
}

// Fields that were sized for the secrets of another time.
void check_lengths(Plan& plan, const Facts& facts, const Inventory& inventory) {
  for (const Consumer& consumer : inventory.consumers) {
    if (consumer.max_length == 0 || consumer.max_length >= facts.descriptor.longest_secret)
      continue;
    plan.problems.push_back(fmt::format(
        "consumer {}: its field holds {} characters and a new secret has {}: it would be "
        "cut off. Make the field longer, then its max_length",
        consumer.name, consumer.max_length, facts.descriptor.longest_secret));
  }
}

void check_reloads(Plan& plan, const PlanRequest& request) {
  for (const Consumer& consumer : request.inventory.consumers) {
    if (!consumer.reload.is_by_engine()) continue;
    const base::Status status = request.drivers.check_reload(consumer.reload);
    if (status) continue;
    plan.problems.push_back(fmt::format("consumer {}: {}", consumer.name, status.error().detail));
  }
}

bool has_stray_space(const Secret& value) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::string_view text = value.reveal();
  return !text.empty() && (kSpace.find(text.front()) != std::string_view::npos ||
                           kSpace.find(text.back()) != std::string_view::npos);
}

// What is to be done about a value that was refused. One that nobody answered to needs another.
std::string_view advice_on(const Secret& value, const base::Result<ProbeResult>& result) {
  if (has_stray_space(value)) {
    return "; it begins or ends with white space, such as a line's end: take that away there";
  }
  const bool is_refused = result && result->answer == ProbeAnswer::kRefused;
  return is_refused ? kAdviceOnRefused : "";
}

// Where another slot's is accepted, and no accepted one of this slot can be it.
std::vector<std::string> other_slots_of(const Secret& value, const Facts& facts, const Plan& plan) {
  // Who is asked by presenting lists what was presented, whatever slot it is of.
  if (facts.descriptor.is_by_hand) return {};
  return slots_elsewhere(value, facts.all, plan.slot);
}

// One token request for each distinct value: it proves that the sink is of this tenant, environment
// and client id, before anything is written there. Of which slot it is, the issuer's list tells.
void prove_present_values(Plan& plan, const PlanRequest& request, Facts& facts) {
  auto probe = request.drivers.probe(request.inventory.probe, facts.integration, request.issuer);
  if (!probe) {
    plan.problems.push_back(probe.error().detail);
    return;
  }
  for (const HeldValue& held : distinct_values(plan)) {
    const auto result = (*probe)->present(*held.value);
    const bool is_accepted = result && result->answer == ProbeAnswer::kAccepted;
    if (is_accepted) facts.token_life = std::max(facts.token_life, result->token_life);
    const auto others =
        is_accepted ? other_slots_of(*held.value, facts, plan) : std::vector<std::string>();
    if (holds(Guard::kPresentAccepted, is_accepted && others.empty())) continue;
    if (!others.empty()) {
      plan.problems.push_back(
          describe_slots_elsewhere({held.holder->consumer.name, held.place}, others, plan.slot));
      continue;
    }
    const std::string what =
        fmt::format("{}: the value in {} is not accepted for {} ({}){}", held.holder->consumer.name,
                    held.place, plan.client_id, result ? result->detail : result.error().detail,
                    advice_on(*held.value, result));
    const bool is_outage =
        plan.outgoing.empty() && result && result->answer == ProbeAnswer::kRefused;
    (is_outage ? plan.warnings : plan.problems).push_back(what);
  }
}

// A run that goes into a freeze is held there: its length comes to the worst case. Where nothing is
// accepted any more nothing holds it: there is nobody left whom it could cut off.
void note_freezes(Plan& plan, Instant now) {
  const Freeze* const frozen = find_freeze(plan.rules.freezes, now);
  if (plan.outgoing.empty()) {
    if (frozen == nullptr) return;
    plan.warnings.push_back(fmt::format(
        "it is begun in the freeze {} all the same, for whoever is cut off", to_text(*frozen)));
    return;
  }
  if (frozen != nullptr) {
    plan.problems.push_back(fmt::format("nothing is begun in the freeze {}: begin after {}",
                                        to_text(*frozen), base::format_instant(frozen->to)));
  }
  for (const Freeze& one : plan.rules.freezes) {
    if (one.from <= now || one.from > now + plan.worst_case) continue;
    plan.steps.push_back(
        {fmt::format("where it is not done before: wait out the freeze {}", to_text(one)),
         one.to - one.from});
    plan.worst_case += one.to - one.from;
  }
}

void check_time(Plan& plan, Instant now) {
  if (!plan.outgoing_ends_at) return;
  const Instant ends_at =
      std::min(*plan.outgoing_ends_at, plan.outgoing_dormant_at.value_or(*plan.outgoing_ends_at));
  const Duration left = ends_at - now;
  if (holds(Guard::kTimeLeft, left > plan.worst_case)) return;
  plan.problems.push_back(
      fmt::format("the present secret ends {}, and the run may take {}: too late to begin; shorten "
                  "intervals or reload timeouts where that is true, or move consumers by hand",
                  base::format_instant(ends_at), base::format_duration(plan.worst_case)));
}

// Nobody is asked under the address of an example.
base::Status check_issuer_is_filled_in(const Inventory& inventory) {
  const auto gaps = find_issuer_gaps(inventory.issuer);
  if (gaps.empty()) return {};
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("the issuer lacks {}: put in your own; `rekey inventory check` "
                                "tells all that is missing",
                                fmt::join(gaps, ", ")));
}

// What sinks say of a failure is shown, and some of it comes from programs that people wrote.
void hide_values(const Plan& plan, std::vector<std::string>& problems) {
  std::vector<std::string_view> values;
  for (const PlannedConsumer& planned : plan.consumers) {
    for (const Secret& value : planned.present_values) values.push_back(value.reveal());
  }
  for (std::string& text : problems) {
    if (!holds_secret(text, values)) continue;
    // Whom it concerns stands in front.
    const auto who = text.substr(0, text.find(": "));
    text = (holds_secret(who, values) ? "" : who + ": ") + without_values(text, values);
  }
}

}  // namespace

RunPlanned planned_run(const Plan& plan, const std::string& run_id, const ProofSpec& proof,
                       const std::string& requested_by) {
  RunPlanned run;
  run.run_id = run_id;
  run.client_id = plan.client_id;
  run.slot = plan.slot;
  run.order = plan.order;
  run.activation_ends_old = plan.activation_ends_old;
  run.can_undo_activation = plan.can_undo_activation;
  run.outgoing = plan.outgoing;
  run.proof = proof;
  run.settle = plan.settle;
  run.stage_not_before = plan.stage_not_before;
  run.activate_not_before = plan.activate_not_before;
  run.is_by_hand = plan.is_by_hand;
  run.requested_by = requested_by;
  run.rules = plan.rules;
  run.workflows = plan.workflows;
  if (plan.outgoing_ends_at != base::kFarFuture) run.outgoing_ends_at = plan.outgoing_ends_at;
  return run;
}

base::Result<Plan> make_plan(const PlanRequest& request) {
  REKEY_CHECK(check_issuer_is_filled_in(request.inventory));
  Plan plan;
  plan.made_at = request.now;
  read_sinks(plan, request);
  suppose_by_hand_values(plan);
  std::vector<std::string> sink_problems = std::exchange(plan.problems, {});
  hide_values(plan, sink_problems);
  request.issuer.remember(memory_of(plan));
  REKEY_TRY(Facts facts, ask(plan, request));
  check_integration(plan, facts, request.inventory);
  check_slot(plan, facts);
  note_intervals(plan, facts, request.now);
  note_hands(plan, facts, request.inventory);
  plan.problems.insert(plan.problems.end(), sink_problems.begin(), sink_problems.end());
  check_consumers(plan, request.inventory);
  check_reloads(plan, request);
  check_lengths(plan, facts, request.inventory);
  prove_present_values(plan, request, facts);
  const Inventory effective = find_rhythms(plan, request, facts.usage, facts.token_life);
  choose_order(plan, facts, effective);
  warn_about_usage(plan, request, facts.usage);
  list_steps(plan, effective, facts.descriptor.overlap, request.now);
  search_roots(plan, request);
  note_freezes(plan, request.now);
  check_time(plan, request.now);
  plan.digest =
      plan_digest(planned_run(plan, {}, request.inventory.proof, {}), request.inventory.consumers);
  return plan;
}

}  // namespace rekey::rotation
