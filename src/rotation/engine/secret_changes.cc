#include "rotation/engine/secret_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "rotation/machine/guards.h"
#include "rotation/machine/roll_back.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Instant;
using base::Secret;

bool is_ended(const IssuedSecret* secret) {
  return secret == nullptr || secret->state == SecretState::kEnded;
}

std::string describe_end(const IssuedSecret* old, const std::string& id, Instant now) {
  if (old == nullptr) return fmt::format("the issuer does not list {} any more", id);
  if (now >= old->expires_at) {
    return fmt::format("{} expired at {}", id, base::format_instant(old->expires_at));
  }
  const std::string note = old->note.empty() ? std::string() : fmt::format(" ({})", old->note);
  return fmt::format("the issuer does not accept {} any more{}: somebody ended it, or a policy did",
                     id, note);
}

base::Result<bool> is_value_refused(RunJournal& journal, const std::string& run_id,
                                    const base::Fingerprint& value, Probe& probe) {
  REKEY_TRY(const Secret kept, journal.value(run_id, value));
  REKEY_TRY(const ProbeResult result, probe.present(kept));
  if (result.answer != ProbeAnswer::kUnclear) return result.answer == ProbeAnswer::kRefused;
  return base::fail(Code::kUnavailable,
                    fmt::format("the answer to the old value {} says nothing ({})",
                                base::display(value), result.detail));
}

// Ours may be behind it, so that what lapsed as planned would look like somebody's deed.
Instant time_of(IssuerReader& issuer, Instant now) {
  const auto usage = issuer.usage();
  return usage && usage->is_told ? usage->as_of : now + kToleratedSkew;
}

// A clause that follows the secret's name.
std::string describe_active_end_at(const IssuedSecret* ours, Instant now) {
  if (ours == nullptr) return "the issuer does not list it any more";
  if (now >= ours->expires_at) {
    return "it expired at " + base::format_instant(ours->expires_at);
  }
  return ours->note.empty() ? "somebody ended it, or a policy did" : ours->note;
}

// Of those that the run was to replace, and of what its activation left in an overlap.
bool is_any_old_accepted(const RunState& state, const std::vector<IssuedSecret>& secrets) {
  return std::any_of(secrets.begin(), secrets.end(), [&](const IssuedSecret& secret) {
    const auto& old = state.plan.outgoing;
    const bool is_old = secret.id == state.superseded_id ||
                        std::find(old.begin(), old.end(), secret.id) != old.end();
    return is_old && is_accepted(secret.state);
  });
}

// A program would make another at once. What is refused where nothing is accepted may be live all
// the same; so may what never was, as long as nobody ends it.
bool may_live(const RunState& state, const Descriptor& rules,
              const std::vector<IssuedSecret>& secrets) {
  if (!rules.is_by_hand || !rules.is_staged_by_program) return false;
  const auto accepted =
      std::count_if(secrets.begin(), secrets.end(),
                    [](const IssuedSecret& secret) { return is_accepted(secret.state); });
  if (accepted == 0) return true;
  const bool is_full = rules.live_limit > 0 && accepted + 1 >= rules.live_limit;
  return state.proofs == 0 && !rules.ends_unproven && is_full;
}

}  // namespace

const IssuedSecret* find_secret(const std::vector<IssuedSecret>& secrets,
                                const std::string& id) noexcept {
  const auto found = std::find_if(secrets.begin(), secrets.end(),
                                  [&](const IssuedSecret& secret) { return secret.id == id; });
  return found == secrets.end() ? nullptr : &*found;
}

SecretActivated activation_in(const std::vector<IssuedSecret>& secrets,
                              const std::string& secret_id) {
  SecretActivated event{secret_id, "", std::nullopt};
  for (const IssuedSecret& secret : secrets) {
    if (secret.state != SecretState::kSuperseded) continue;
    event.superseded_id = secret.id;
    event.old_ends_at = secret.ends_at;
  }
  return event;
}

std::optional<base::Instant> next_generation(const std::vector<IssuedSecret>& secrets,
                                             Duration interval) {
  std::optional<base::Instant> newest;
  for (const IssuedSecret& secret : secrets) {
    newest = std::max(newest, std::optional(secret.generated_at));
  }
  if (!newest || interval == Duration{0}) return std::nullopt;
  return *newest + interval;
}

std::optional<EventBody> find_back(const RunState& state,
                                   const std::vector<IssuedSecret>& secrets) {
  if (!state.gone || is_ended(find_secret(secrets, state.gone->secret_id))) return std::nullopt;
  return StagedSecretBack{state.gone->secret_id};
}

std::optional<EventBody> find_old_ended(const RunState& state,
                                        const std::vector<IssuedSecret>& secrets, Instant now) {
  if (state.is_old_ended || state.plan.outgoing.empty()) return std::nullopt;
  if (!state.is_activated && state.plan.is_by_hand) return std::nullopt;
  if (state.is_activated && is_ended(find_secret(secrets, state.secret_id))) return std::nullopt;
  std::vector<std::string> old = state.plan.outgoing;
  if (state.is_activated && !state.superseded_id.empty()) old = {state.superseded_id};
  const bool is_any_left = std::any_of(old.begin(), old.end(), [&](const std::string& id) {
    return !is_ended(find_secret(secrets, id));
  });
  if (holds(Guard::kOldEndNoticed, is_any_left)) return std::nullopt;
  const bool is_lapsed = state.old_ends_at && now >= *state.old_ends_at;
  // Everybody holds the new one: the gate says what is missing.
  if (is_lapsed && is_everybody_reloaded(state)) return std::nullopt;
  // The answer to the run's own request for it may have been lost, and the look have come too soon.
  const bool is_ours = !state.revoking_id.empty() && state.revoking_id == old.back();
  const bool is_asked = is_ours || state.phase == Phase::kActivating;
  const bool is_let_go = is_asked && is_everybody_reloaded(state);
  const std::string how = is_lapsed ? std::string("lapsed")
                          : is_ours
                              ? std::string(is_let_go ? "revoked" : "revoked by this run, and late")
                              : describe_end(find_secret(secrets, old.back()), old.back(), now);
  return EventBody{OldSecretEnded{how, !is_let_go}};
}

std::optional<EventBody> find_end_by_issuer(const RunState& state,
                                            const std::vector<IssuedSecret>& secrets,
                                            IssuerReader& issuer, Instant now) {
  if (!find_old_ended(state, secrets, now)) return std::nullopt;
  return find_old_ended(state, secrets, time_of(issuer, now));
}

ActiveSecretEnded tell_active_end(const RunState& state, const std::vector<IssuedSecret>& secrets,
                                  Instant now) {
  return {state.secret_id, describe_active_end_at(find_secret(secrets, state.secret_id), now),
          !is_any_old_accepted(state, secrets)};
}

std::optional<EventBody> find_active_end(const RunState& state,
                                         const std::vector<IssuedSecret>& secrets, Instant now) {
  if (!state.is_activated || state.active_end) return std::nullopt;
  const bool is_alive = !is_ended(find_secret(secrets, state.secret_id));
  if (holds(Guard::kStillActive, is_alive)) return std::nullopt;
  return EventBody{tell_active_end(state, secrets, now)};
}

base::Result<std::optional<EventBody>> find_change(const RunState& state,
                                                   const std::vector<IssuedSecret>& secrets,
                                                   IssuerReader& issuer, Instant now) {
  const bool is_ours_open = is_staged_open(state);
  const IssuedSecret* ours = find_secret(secrets, state.secret_id);
  if (is_ours_open && !is_ended(ours) && ours->state == SecretState::kActive) {
    SecretActivated event = activation_in(secrets, state.secret_id);
    event.is_early = state.phase != Phase::kRollingBack && state.phase != Phase::kActivating &&
                     !event.old_ends_at && !state.is_old_ended &&
                     !(state.is_activation_asked && is_everybody_reloaded(state));
    return EventBody{event};
  }
  if (auto ended = find_end_by_issuer(state, secrets, issuer, now)) return ended;
  if (auto dead = find_active_end(state, secrets, now)) return dead;
  if (!is_ours_open || holds(Guard::kStagedStillThere, !is_ended(ours))) return std::nullopt;
  REKEY_TRY(const Descriptor rules, issuer.describe());
  const bool is_none_accepted =
      std::none_of(secrets.begin(), secrets.end(),
                   [](const IssuedSecret& secret) { return is_accepted(secret.state); });
  const bool is_old_gone = state.plan.is_by_hand ? is_none_accepted : state.is_old_ended;
  return EventBody{StagedSecretGone{state.secret_id, describe_gone(state, secrets),
                                    next_generation(secrets, rules.generation_interval),
                                    is_old_gone, may_live(state, rules, secrets)}};
}

const std::string* find_one_ended(const RunState& state,
                                  const std::vector<IssuedSecret>& secrets) noexcept {
  const auto& all = state.plan.outgoing;
  if (!is_old_alive(state) || state.is_activated || state.plan.is_by_hand) return nullptr;
  const auto is_dead = [&](const std::string& id) { return is_ended(find_secret(secrets, id)); };
  const auto is_known = [&](const std::string& id) {
    return std::any_of(state.ended_old.begin(), state.ended_old.end(),
                       [&](const EndedOld& one) { return one.secret_id == id; });
  };
  if (std::all_of(all.begin(), all.end(), is_dead)) return nullptr;
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const std::string& id) { return is_dead(id) && !is_known(id); });
  return found == all.end() ? nullptr : &*found;
}

base::Result<std::optional<EventBody>> find_who_held_it(const RunState& state,
                                                        const std::vector<IssuedSecret>& secrets,
                                                        RunJournal& journal, Probe& probe,
                                                        Instant now) {
  const std::string* id = find_one_ended(state, secrets);
  if (id == nullptr) return std::nullopt;
  OneOldSecretEnded event{*id, describe_end(find_secret(secrets, *id), *id, now), {}};
  std::map<base::Fingerprint, bool> is_refused;
  for (const RunConsumer& consumer : state.consumers) {
    const bool is_on_new =
        consumer.step == ConsumerStep::kReloaded || consumer.step == ConsumerStep::kRollingBack;
    if (is_on_new) continue;
    bool is_dead = false;
    for (const base::Fingerprint& value : consumer.present_values) {
      if (value == state.new_value) continue;
      const auto [answer, is_new] = is_refused.try_emplace(value, false);
      if (is_new) {
        REKEY_TRY(answer->second, is_value_refused(journal, state.plan.run_id, value, probe));
      }
      is_dead = is_dead || answer->second;
    }
    if (is_dead) event.consumers.push_back(consumer.facts.name);
  }
  return EventBody{std::move(event)};
}

}  // namespace rekey::rotation
