// The steps that watch who uses which secret, and that the places hold what was written meanwhile.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "rotation/engine/run_values.h"
#include "rotation/engine/steps.h"
#include "rotation/machine/guards.h"
#include "rotation/machine/roll_back.h"
#include "rotation/plan/plan.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using std::chrono::seconds;

constexpr Duration kSlice = seconds{1};  // the runner's own
// An answer that fails to come now and then is no outage.
constexpr Duration kUnreadTold = seconds{5};
constexpr Duration kPlacesEvery = seconds{60};

// Nothing is missing where a wave is only watched for its time.
std::string describe_wait(const Evidence& evidence) {
  const std::string gap = describe_gap(evidence);
  return gap.empty() ? "the time for which it is to be watched" : "evidence: " + gap;
}

std::vector<std::string> consumers_in_gap(const Evidence& evidence) {
  std::vector<std::string> names;
  for (const Verdict& verdict : evidence.verdicts) {
    if (!is_passing(verdict.kind)) names.push_back(verdict.consumer);
  }
  return names;
}

StepOutcome done(EventBody event) {
  return {std::move(event), {}, {}};
}

StepOutcome all_of(std::vector<EventBody> events) {
  StepOutcome outcome = done(std::move(events.front()));
  outcome.more.assign(std::make_move_iterator(events.begin() + 1),
                      std::make_move_iterator(events.end()));
  return outcome;
}

}  // namespace

StepOutcome Steps::wait_for_usage(const RunState& state, std::string_view whom,
                                  const base::Error& why) {
  const Duration now = parts_.clock.monotonic();
  if (!unread_) unread_ = Unread{now, parts_.clock.now()};
  const std::string told = tellable(parts_.journal, run_id_, state, why.detail);
  if (!state.usage_unread && now - unread_->from >= kUnreadTold) {
    return done(UsageUnread{unread_->since, told});
  }
  return {{}, {}, fmt::format("{} now ({})", whom, told)};
}

std::optional<EventBody> Steps::end_wait_for_usage(const RunState& state, base::Instant as_of) {
  unread_.reset();
  if (!state.usage_unread) return std::nullopt;
  const Duration unread = parts_.clock.now() - state.usage_unread->since;
  return UsageReadAgain{as_of, std::max(unread, Duration{0})};
}

base::Result<std::vector<EventBody>> Steps::find_drifted_now_and_then(const RunState& state) {
  std::vector<EventBody> drifted;
  const Duration now = parts_.clock.monotonic();
  if (now - places_seen_.value_or(now) < kPlacesEvery) {
    if (!places_seen_) places_seen_ = now;  // they were read a moment ago, after the write
    return drifted;
  }
  for (const RunConsumer& consumer : state.consumers) {
    if (consumer.facts.is_by_hand || consumer.step != ConsumerStep::kReloaded) continue;
    auto found = find_drifted(state, consumer);
    if (!found && is_worth_retrying(found.error().code)) continue;  // the gate reads it again
    if (!found) return found;
    std::move(found->begin(), found->end(), std::back_inserter(drifted));
  }
  places_seen_ = parts_.clock.monotonic();
  return drifted;
}

// A dead new secret comes first: the silence of consumers that are cut off is no evidence.
Steps::Outcome Steps::act(const RunState& state, const Observe&) {
  auto gone = look_at_secrets(state);
  if (!gone && is_worth_retrying(gone.error().code)) {
    return wait_for_usage(state, "the issuer, which cannot be asked", gone.error());
  }
  if (!gone) return tl::unexpected(gone.error());
  if (*gone) return done(**std::move(gone));
  auto evidence = read_evidence(state);
  if (!evidence && is_worth_retrying(evidence.error().code)) {
    return wait_for_usage(state, "usage, which cannot be read", evidence.error());
  }
  if (!evidence) return tl::unexpected(evidence.error());
  if (auto over = end_wait_for_usage(state, evidence->as_of)) return done(*std::move(over));
  const Duration read_at = parts_.clock.monotonic();
  auto event = judge(state, *evidence, parts_.clock.now());
  if (event && std::holds_alternative<GatePassed>(*event)) {
    REKEY_TRY(auto drifted, find_drifted(state));
    if (!drifted.empty()) return all_of(std::move(drifted));
    // The sinks may have taken their time, and the gate is passed on evidence of this moment.
    const bool is_of_now = parts_.clock.monotonic() - read_at <= kSlice;
    if (!holds(Guard::kFreshAtEffect, is_of_now)) {
      REKEY_TRY(evidence, read_evidence(state));
      event = judge(state, *evidence, parts_.clock.now());
    }
  }
  if (!event) {
    REKEY_TRY(auto drifted, find_drifted_now_and_then(state));
    if (!drifted.empty()) return all_of(std::move(drifted));
    return StepOutcome{{}, {}, describe_wait(*evidence), consumers_in_gap(*evidence)};
  }
  auto* parked = std::get_if<RunParked>(&*event);
  // Nobody can say that a consumer uses the new one whose place does not hold it.
  if (parked != nullptr && !parked->is_lapse) {
    return find_put_back(state, *evidence, std::move(*parked));
  }
  return done(*std::move(event));
}

base::Result<Evidence> Steps::read_evidence(const RunState& state) {
  REKEY_TRY(const UsageReport usage, read_usage(parts_.inventory, parts_.issuer, parts_.drivers));
  return evaluate(usage, question_of(state, parts_.inventory.waivers));
}

Steps::Outcome Steps::act(const RunState& state, const ObserveUnused&) {
  REKEY_TRY(auto changed, look_at_secrets(state));
  if (changed) return done(*std::move(changed));
  const auto usage = parts_.issuer.usage();
  if (!usage && is_worth_retrying(usage.error().code)) {
    return wait_for_usage(state, "usage, which cannot be read", usage.error());
  }
  if (!usage) return tl::unexpected(usage.error());
  if (auto over = end_wait_for_usage(state, usage->as_of)) return done(*std::move(over));
  const Evidence evidence = evaluate(*usage, question_of_unused(state, parts_.inventory.waivers));
  auto event = judge_unused(state, evidence, parts_.clock.now());
  if (event) return done(*std::move(event));
  return StepOutcome{
      {}, {}, fmt::format("the last use of {}: {}", state.secret_id, describe_use(evidence))};
}

}  // namespace rekey::rotation
