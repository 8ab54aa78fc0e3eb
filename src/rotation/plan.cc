#include "rotation/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "rotation/evidence.h"
#include "rotation/reconcile.h"
#include "rotation/roll_back.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;
using base::Secret;
using std::chrono::seconds;

constexpr Duration kPerWrite = seconds{1};           // write, read back, one token request
constexpr Duration kByHand = std::chrono::hours{1};  // a person at a form
constexpr Duration kMargin = seconds{5};
constexpr Duration kDeathProof = seconds{10};
constexpr Duration kToleratedSkew = seconds{5};
// Every character that a value can hold; shaped unlike any value.
constexpr std::string_view kSample =
    "0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

// What the issuer said, all of it before anything is judged.
struct Facts {
  IntegrationFacts integration;
  Descriptor descriptor;
  std::vector<IssuedSecret> secrets;  // of the slot
  UsageReport usage;
};

base::Result<Facts> ask(const PlanRequest& request) {
  Facts facts;
  REKEY_TRY(facts.integration, request.issuer.integration());
  REKEY_TRY(facts.descriptor, request.issuer.describe());
  REKEY_TRY(facts.secrets, request.issuer.list_secrets());
  std::erase_if(facts.secrets,
                [&](const IssuedSecret& s) { return s.slot != request.inventory.slot; });
  REKEY_TRY(facts.usage, request.issuer.usage());
  return facts;
}

void check_integration(Plan& plan, const Facts& facts, const Inventory& inventory) {
  const IntegrationFacts& integration = facts.integration;
  plan.client_id = inventory.client_id;
  plan.package_name = integration.package_name;
  plan.slot = inventory.slot;
  if (integration.client_id != inventory.client_id) {
    plan.problems.push_back(fmt::format("the issuer answered for {} instead of {}",
                                        integration.client_id, inventory.client_id));
  }
  if (integration.is_engines_own) {
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

void check_slot(Plan& plan, const Facts& facts) {
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
    if (is_waiting) {
      plan.problems.push_back(
          fmt::format("{} is staged in slot {} already (label \"{}\") and is not of a run known "
                      "here; activate or "
                      "revoke it first",
                      secret.id, secret.slot, secret.label));
      continue;
    }
    plan.outgoing.push_back(secret.id);
    if (secret.state == SecretState::kActive) plan.outgoing_ends_at = secret.ends_at;
    if (secret.state == SecretState::kSuperseded) {
      plan.warnings.push_back(fmt::format("{} is still in its overlap until {}; its use counts too",
                                          secret.id, base::format_instant(secret.ends_at)));
    }
  }
  // Where secrets are known only by presenting them, nobody can count those that no consumer holds.
  const bool is_countable = !facts.descriptor.is_by_hand || facts.descriptor.live_limit == 1;
  if (is_countable && facts.descriptor.live_limit > 0 && live >= facts.descriptor.live_limit) {
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

bool is_any_by_hand(const Inventory& inventory) {
  return std::any_of(inventory.consumers.begin(), inventory.consumers.end(),
                     [](const Consumer& consumer) { return consumer.is_by_hand; });
}

void choose_order(Plan& plan, const Facts& facts, const Inventory& inventory) {
  const Duration moving = worst_case_of_moving(inventory);
  const Descriptor& descriptor = facts.descriptor;
  plan.activation_ends_old = descriptor.activation_ends_old;
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
        "a person has to fill in a form, and both secrets work until that is done, so everybody "
        "moves before activation";
  } else if (descriptor.overlap && *descriptor.overlap < moving) {
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

void read_sinks(Plan& plan, const PlanRequest& request) {
  std::map<std::string, std::string> names;  // of consumers, by the address of their sink
  for (const Consumer& consumer : request.inventory.consumers) {
    PlannedConsumer planned{consumer, consumer.sink.location, Secret()};
    const auto note = [&](const base::Error& error) {
      plan.problems.push_back(fmt::format("{}: {}", consumer.name, error.detail));
    };
    auto sink = request.drivers.sink_reader(consumer.sink);
    if (sink) {
      const auto [first, is_new] = names.try_emplace((*sink)->address(), consumer.name);
      if (!is_new) {
        plan.problems.push_back(
            fmt::format("{} and {} have the same sink ({}); declare one consumer with more "
                        "instances",
                        first->second, consumer.name, (*sink)->describe()));
      }
    }
    if (!sink) {
      note(sink.error());
    } else if (consumer.is_by_hand) {
      planned.place = (*sink)->describe();
      if (const auto writable = (*sink)->check_writable(kSample); !writable) note(writable.error());
    } else if (auto content = (*sink)->read(); !content) {
      note(content.error());
    } else {
      planned.place = (*sink)->describe();
      planned.present_value = std::move(content->value);
      if (const auto writable = (*sink)->check_writable(kSample); !writable) note(writable.error());
    }
    plan.consumers.push_back(std::move(planned));
  }
}

// What cannot be read is taken for what the others hold: that is what is put back, if it comes to
// that.
void suppose_by_hand_values(Plan& plan) {
  const auto known = std::find_if(
      plan.consumers.begin(), plan.consumers.end(),
      [](const PlannedConsumer& planned) { return !planned.present_value.is_empty(); });
  for (PlannedConsumer& planned : plan.consumers) {
    if (!planned.consumer.is_by_hand) continue;
    if (known != plan.consumers.end()) {
      planned.present_value = known->present_value.clone();
      continue;
    }
    plan.problems.push_back(fmt::format(
        "{}: nothing can be read from {}, and no other consumer's sink holds the present secret, "
        "so it could neither be put back nor be proven dead. Declare a place that holds it too, "
        "such as its entry in your vault (a sink of kind exec or file)",
        planned.consumer.name, planned.place));
  }
}

// The distinct values that consumers hold, for an issuer that knows its secrets only by them.
Memory memory_of(const Plan& plan) {
  Memory memory;
  for (const PlannedConsumer& planned : plan.consumers) {
    if (planned.present_value.is_empty()) continue;
    const bool is_there =
        std::any_of(memory.secrets.begin(), memory.secrets.end(),
                    [&](const KnownSecret& known) { return known.value == planned.present_value; });
    if (!is_there) memory.secrets.push_back({"", "", planned.present_value.clone(), {}, {}});
  }
  return memory;
}

// What a person does, and what nobody can tell.
void note_hands(Plan& plan, const Facts& facts, const Inventory& inventory) {
  plan.approvals = inventory.approvals;
  plan.window = inventory.window;
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
    if (consumer.reload.is_per_call()) continue;
    const base::Status status = request.drivers.check_reload(consumer.reload.command);
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

// One token request for each distinct value: it proves that the sink is of this tenant, environment
// and client id, before anything is written there.
void prove_present_values(Plan& plan, const PlanRequest& request, const Facts& facts) {
  auto probe = request.drivers.probe(request.inventory.probe, facts.integration, request.issuer);
  if (!probe) {
    plan.problems.push_back(probe.error().detail);
    return;
  }
  for (std::size_t i = 0; i < plan.consumers.size(); ++i) {
    const PlannedConsumer& planned = plan.consumers[i];
    if (planned.present_value.is_empty() || planned.consumer.is_by_hand) continue;
    const bool is_asked = std::any_of(
        plan.consumers.begin(), plan.consumers.begin() + static_cast<std::ptrdiff_t>(i),
        [&](const PlannedConsumer& earlier) {
          return !earlier.consumer.is_by_hand && earlier.present_value == planned.present_value;
        });
    if (is_asked) continue;
    const auto result = (*probe)->present(planned.present_value);
    if (result && result->answer == ProbeAnswer::kAccepted) continue;
    const std::string what = fmt::format(
        "{}: the value in {} is not accepted for {} ({}){}", planned.consumer.name, planned.place,
        plan.client_id, result ? result->detail : result.error().detail,
        has_stray_space(planned.present_value) ? "; it begins or ends with white space" : "");
    const bool is_outage =
        plan.outgoing.empty() && result && result->answer == ProbeAnswer::kRefused;
    (is_outage ? plan.warnings : plan.problems).push_back(what);
  }
}

void warn_about_usage(Plan& plan, const PlanRequest& request, const Facts& facts) {
  Question question;
  question.outgoing = plan.outgoing;
  for (const Consumer& consumer : request.inventory.consumers) {
    question.consumers.push_back(
        {consumer.name, consumer.seen_as, consumer.instances, consumer.interval, std::nullopt});
  }
  for (const Waiver& waiver : request.inventory.waivers) {
    question.waivers.push_back({waiver.seen_as, waiver.by, waiver.reason});
  }
  for (const UnknownUse& use : evaluate(facts.usage, question).unknown) {
    plan.warnings.push_back(
        fmt::format("nobody here claims {}: the gate will stay shut until it is declared or waived",
                    describe(use)));
  }
  const Duration skew = std::chrono::abs(facts.usage.as_of - request.now);
  if (skew > kToleratedSkew) {
    plan.warnings.push_back(
        fmt::format("the issuer's clock and this one differ by {}", base::format_duration(skew)));
  }
}

void check_time(Plan& plan, Instant now) {
  if (!plan.outgoing_ends_at) return;
  const Duration left = *plan.outgoing_ends_at - now;
  if (left > plan.worst_case) return;
  plan.problems.push_back(fmt::format(
      "the present secret ends {}, and the run may take {}: too late to begin; shorten "
      "intervals or reload timeouts where that is true, or move consumers by hand",
      base::format_instant(*plan.outgoing_ends_at), base::format_duration(plan.worst_case)));
}

Duration reload_time(const Consumer& consumer) {
  return consumer.reload.is_per_call() ? Duration{0} : consumer.reload.timeout;
}

Duration moving_time(const Consumer& consumer) {
  return (consumer.is_by_hand ? kByHand : kPerWrite) + reload_time(consumer);
}

Duration longest_interval(const Inventory& inventory) {
  Duration longest{};
  for (const Consumer& consumer : inventory.consumers)
    longest = std::max(longest, consumer.interval);
  return longest;
}

void list_evidence(Plan& plan, const Inventory& inventory) {
  if (plan.is_by_hand) {
    plan.steps.push_back(
        {"for every consumer: its restart by the engine, or its owner's attestation"});
    return;
  }
  plan.steps.push_back(
      {"observe until every consumer is seen on the new secret or is quiet on the old "
       "one, and no unknown caller is left",
       2 * longest_interval(inventory)});
}

void list_propagation(Plan& plan, const Inventory& inventory) {
  for (const Consumer& consumer : inventory.consumers) {
    const std::string reload =
        consumer.reload.is_per_call()
            ? std::string("it reads it for each call")
            : fmt::format("reload it with {}", consumer.reload.command.front());
    if (consumer.is_by_hand) {
      plan.steps.push_back({fmt::format("{}: a person puts it into {} by hand and attests that; {}",
                                        consumer.name, consumer.sink.location, reload),
                            moving_time(consumer)});
      continue;
    }
    plan.steps.push_back(
        {fmt::format("{}: write its sink ({}), read it back, ask for a token with what was read, "
                     "{}",
                     consumer.name, consumer.sink.location, reload),
         moving_time(consumer)});
  }
  list_evidence(plan, inventory);
}

// What is waited for before the activation, once everybody has moved.
void list_consent(Plan& plan, int approvals, Instant now) {
  if (approvals > 0) {
    plan.steps.push_back({fmt::format(
        "wait for the approval of {} other than whoever began the run",
        approvals == 1 ? std::string("a person") : fmt::format("{} people", approvals))});
  }
  if (!plan.window) return;
  Instant reached_at = now;
  for (const PlanStep& step : plan.steps) reached_at += step.longest;
  plan.steps.push_back({fmt::format("wait for the window {}", to_text(*plan.window)),
                        next_opening(*plan.window, reached_at) - reached_at});
}

void list_steps(Plan& plan, const Inventory& inventory, const std::optional<Duration>& overlap,
                Instant now) {
  const bool is_propagate_first = plan.order == Order::kPropagateFirst;
  const Duration until_stage = plan.stage_not_before ? *plan.stage_not_before - now : Duration{0};
  plan.steps.push_back(
      {plan.is_by_hand
           ? "a new secret is staged at the issuer, by a person or its command; its value is "
             "taken and sealed"
           : "stage a new secret, labelled with the run's id, and seal its value",
       until_stage + kMargin});
  plan.steps.push_back({"wait until it has settled", plan.settle});
  plan.steps.push_back(
      {fmt::format("ask for a token with it {} times over {}", inventory.proof.requests,
                   base::format_duration(inventory.proof.span)),
       inventory.proof.span});
  const Duration until_activation =
      plan.activate_not_before ? *plan.activate_not_before - now : Duration{0};
  if (is_propagate_first) list_propagation(plan, inventory);
  list_consent(plan, plan.approvals, now);
  plan.steps.push_back({plan.is_by_hand
                            ? "it is activated at the issuer, by a person or its command"
                            : "activate it",
                        until_activation, plan.activation_ends_old});
  if (!is_propagate_first) list_propagation(plan, inventory);
  if (!plan.activation_ends_old) {
    const bool is_lapsing = overlap && *overlap <= kLapseWait;
    plan.steps.push_back({is_lapsing ? "let the old secret lapse at the end of its overlap"
                                     : "revoke the old secret on that evidence",
                          is_lapsing ? *overlap : Duration{0}, true});
  }
  plan.steps.push_back({"ask for a token with the old value: it must be refused", kDeathProof});
  plan.steps.push_back({"erase the sealed values and close the run"});
  for (const PlanStep& step : plan.steps) plan.worst_case += step.longest;
}

// What is undone before anything else, consumer by consumer.
void list_restoring(Plan& plan, const RunState& state) {
  for (const RunConsumer& known : state.consumers) {
    const bool is_open = known.step != ConsumerStep::kPending || is_in_a_persons_hands(known);
    if (!known.is_touched || !is_open) continue;
    plan.steps.push_back(
        {known.facts.is_by_hand
             ? fmt::format("{}: a person puts the earlier value back into {} by hand",
                           known.facts.name, known.facts.sink.location)
             : fmt::format("{}: put back the value it had before, prove it, reload",
                           known.facts.name),
         moving_time(known.facts)});
  }
}

// Whether the run has to stage anew. What rotate would otherwise rest on is a problem here.
bool note_staged(Plan& plan, const RunState& state, const std::vector<IssuedSecret>& all) {
  if (state.phase == Phase::kRollingBack) return true;
  if (state.secret_id.empty() || state.plan.is_by_hand) return false;
  std::vector<IssuedSecret> secrets = all;
  std::erase_if(secrets, [&](const IssuedSecret& s) { return s.slot != state.plan.slot; });
  const auto ours = std::find_if(secrets.begin(), secrets.end(), [&](const IssuedSecret& secret) {
    return secret.id == state.secret_id;
  });
  if (ours != secrets.end() && ours->state != SecretState::kEnded) return false;
  plan.problems.push_back(fmt::format("the {} secret {} of this run is gone: {}",
                                      state.is_activated ? "new" : "staged", state.secret_id,
                                      describe_gone(state, secrets)));
  return !state.is_activated;
}

void list_rest_of_run(Plan& plan, const Inventory& inventory, const RunState& state, bool is_anew) {
  for (const Consumer& consumer : inventory.consumers) {
    plan.consumers.push_back({consumer, consumer.sink.location, Secret()});
    const RunConsumer* known = find_consumer(state, consumer.name);
    const ConsumerStep step = known == nullptr || is_anew ? ConsumerStep::kPending : known->step;
    if (step == ConsumerStep::kReloaded) continue;
    const bool is_with_a_person = consumer.is_by_hand && step == ConsumerStep::kPending;
    plan.steps.push_back(
        {is_with_a_person
             ? fmt::format("{}: a person puts the new secret into {} by hand and attests that",
                           consumer.name, consumer.sink.location)
             : fmt::format("{}: go on after {}", consumer.name, name_of(step)),
         moving_time(consumer)});
  }
  if (!state.is_activated) {
    if (plan.is_by_hand) list_evidence(plan, inventory);
    list_consent(plan, std::max(state.plan.approvals - count_approvals(state), 0), plan.made_at);
    plan.steps.push_back({plan.is_by_hand
                              ? "it is activated at the issuer, by a person or its command"
                              : "activate the staged secret",
                          {},
                          plan.activation_ends_old});
  }
  if (!state.is_old_ended && !plan.activation_ends_old) {
    plan.steps.push_back({"end the old secret on evidence, or let it lapse", {}, true});
  }
  plan.steps.push_back({"prove the old value refused, and close the run", kDeathProof});
}

}  // namespace

Duration worst_case_of_moving(const Inventory& inventory) {
  Duration total = 2 * longest_interval(inventory) + kMargin;
  for (const Consumer& consumer : inventory.consumers) total += moving_time(consumer);
  return total;
}

base::Result<Plan> make_plan(const PlanRequest& request) {
  Plan plan;
  plan.made_at = request.now;
  read_sinks(plan, request);
  suppose_by_hand_values(plan);
  const std::vector<std::string> sink_problems = std::exchange(plan.problems, {});
  request.issuer.remember(memory_of(plan));
  REKEY_TRY(const Facts facts, ask(request));
  check_integration(plan, facts, request.inventory);
  check_slot(plan, facts);
  choose_order(plan, facts, request.inventory);
  note_intervals(plan, facts, request.now);
  note_hands(plan, facts, request.inventory);
  plan.problems.insert(plan.problems.end(), sink_problems.begin(), sink_problems.end());
  check_consumers(plan, request.inventory);
  check_reloads(plan, request);
  check_lengths(plan, facts, request.inventory);
  prove_present_values(plan, request, facts);
  warn_about_usage(plan, request, facts);
  list_steps(plan, request.inventory, facts.descriptor.overlap, request.now);
  check_time(plan, request.now);
  return plan;
}

Plan plan_of_open_run(const Inventory& inventory, const RunState& state,
                      const std::vector<IssuedSecret>& secrets, Instant now) {
  Plan plan;
  plan.made_at = now;
  plan.client_id = state.plan.client_id;
  plan.slot = state.plan.slot;
  plan.resumes_run = state.plan.run_id;
  plan.resumes_phase = name_of(state.phase);
  plan.order = state.plan.order;
  plan.order_reason = "as the open run began";
  plan.activation_ends_old = state.plan.activation_ends_old;
  plan.is_by_hand = state.plan.is_by_hand;
  plan.approvals = state.plan.approvals;
  plan.window = state.plan.window;
  plan.outgoing = state.plan.outgoing;
  if (state.parked) plan.warnings.push_back("it was parked: " + state.parked->reason);
  if (state.abandon) {
    plan.warnings.push_back(fmt::format("it is being given up by {}: {}; rotate finishes that",
                                        state.abandon->by, state.abandon->reason));
    list_restoring(plan, state);
    plan.steps.push_back(
        {"end the staged secret once nobody uses it, erase the sealed values and "
         "close the run as given up"});
    return plan;
  }
  const Reconciliation changes = reconcile(state, inventory);
  plan.problems = changes.problems;
  for (const Consumer& consumer : changes.joining) {
    plan.warnings.push_back(fmt::format("{} joins the open run", consumer.name));
  }
  const bool is_anew = note_staged(plan, state, secrets);
  if (is_anew) {
    list_restoring(plan, state);
    plan.steps.push_back({"stage a new secret in place of the one that is gone, and prove it",
                          state.plan.settle + state.plan.proof.span + kMargin});
  }
  list_rest_of_run(plan, inventory, state, is_anew);
  for (const PlanStep& left : plan.steps) plan.worst_case += left.longest;
  return plan;
}

}  // namespace rekey::rotation
