// The rules for secrets, one function a command, each a list of named rules in the order in which
// they are asked. decide_package.cc has those for packages.

#include <fmt/format.h>

#include <algorithm>

#include "credential/checks.h"
#include "credential/decision.h"

namespace rekey::credential {
namespace {

using base::Code;
using base::Duration;
using base::format_instant;
using base::Instant;
using base::Status;

constexpr std::size_t kMostSlots = 64;

const Slot* find_slot(const Integration& state, const SlotTag& tag) noexcept {
  const auto found = std::find_if(state.slots.begin(), state.slots.end(),
                                  [&tag](const Slot& slot) { return slot.tag == tag; });
  return found == state.slots.end() ? nullptr : &*found;
}

// ---- staging and importing ---------------------------------------------------------------------

// A slot that is there may be used whatever policy says of new ones: its secrets need a way on.
Status open_slot(Decision& decision, const Policy& policy, const SlotTag& tag) {
  const auto& state = decision.state();
  if (find_slot(state, tag) != nullptr) return {};
  if (!policy.allows_extra_slots) {
    return base::fail(Code::kRefused,
                      fmt::format("{} does not exist, and the policy refuses slots beside the "
                                  "default one; leave --slot out, or set extra_slots=allowed",
                                  describe(tag, state)));
  }
  if (state.slots.size() >= kMostSlots) {
    return base::fail(Code::kLimitReached,
                      fmt::format("client {} has {} slots, which is the most; use one of them",
                                  state.client_id.value, state.slots.size()));
  }
  decision.record(SlotOpened{tag});
  return {};
}

Status check_generation_interval(const Decision& decision, const Policy& policy,
                                 const SlotTag& tag) {
  const auto last = find_slot(decision.state(), tag)->last_generation_at;
  if (!last || *last + policy.between_generations <= decision.now()) return {};
  return base::fail(
      Code::kTooEarly,
      fmt::format("{} got a secret at {}, and the policy lets at least {} pass between two; stage "
                  "again at {}",
                  describe(tag, decision.state()), format_instant(*last),
                  base::format_duration(policy.between_generations),
                  format_instant(*last + policy.between_generations)));
}

Status make_staging_place_vacant(Decision& decision, const StageSecret& command) {
  const auto* staged = find_in_phase(decision.state(), command.slot, Phase::kStaged);
  if (staged == nullptr) return {};
  if (command.if_vacant) {
    return base::fail(
        Code::kRefused,
        fmt::format("{} holds {}, staged at {} and not activated{}: somebody's rotation may rest "
                    "on it. Ask "
                    "whose it is; when it is activated or revoked, stage again",
                    describe(command.slot, decision.state()), to_text(staged->id),
                    format_instant(staged->generated_at),
                    staged->label.empty() ? "" : fmt::format(" (label \"{}\")", staged->label)));
  }
  decision.record(SecretEnded{staged->id, EndReason::kReplaced, {}});
  return {};
}

Status check_live_limit(const Decision& decision, const Policy& policy, const SlotTag& tag) {
  int live_count = 0;
  Instant place_frees_at = base::kFarFuture;
  std::string names;
  for (const auto& secret : decision.state().secrets) {
    if (secret.slot != tag || secret.phase == Phase::kEnded) continue;
    ++live_count;
    place_frees_at = std::min(place_frees_at, end_of(secret, decision.last_used_at(secret.id)));
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", to_text(secret.id),
                         name_of(secret.phase));
  }
  if (live_count < policy.live_limit) return {};
  return base::fail(
      Code::kLimitReached,
      fmt::format("{} has {} live secrets ({}), the most that the policy allows; a place frees at "
                  "{}, or when you revoke one of them",
                  describe(tag, decision.state()), live_count, names,
                  format_instant(place_frees_at)));
}

Status check_no_active_secret(const Decision& decision, const SlotTag& tag) {
  const auto* active = find_in_phase(decision.state(), tag, Phase::kActive);
  if (active == nullptr) return {};
  return base::fail(
      Code::kRefused,
      fmt::format(
          "{} has an active secret already, {} (to {}); import into another slot, or create "
          "a package with the import",
          describe(tag, decision.state()), to_text(active->id),
          format_instant(active->expires_at)));
}

// ---- activating --------------------------------------------------------------------------------

Status check_force(const ActivateSecret& command) {
  return command.is_forced ? check_reason(command.reason) : Status{};
}

// The secret that is to become active: staged, the expected one, and settled.
base::Result<SecretId> find_activatable(const Decision& decision, const ActivateSecret& command) {
  const auto& state = decision.state();
  if (find_slot(state, command.slot) == nullptr) {
    return base::fail(Code::kNotFound,
                      fmt::format("{} does not exist", describe(command.slot, state)));
  }
  const auto* staged = find_in_phase(state, command.slot, Phase::kStaged);
  if (command.expected && (staged == nullptr || staged->id != *command.expected)) {
    return base::fail(Code::kConflict,
                      fmt::format("{} is not what is staged in {} ({}); list the secrets and look "
                                  "again",
                                  to_text(*command.expected), describe(command.slot, state),
                                  staged == nullptr ? "nothing is" : to_text(staged->id) + " is"));
  }
  if (staged == nullptr) {
    return base::fail(Code::kRefused, fmt::format("nothing is staged in {}; stage a secret first",
                                                  describe(command.slot, state)));
  }
  if (decision.status_of(*staged) == SecretStatus::kSettling) {
    return base::fail(
        Code::kTooEarly,
        fmt::format("{} in {} is settling and can be activated at {}", to_text(staged->id),
                    describe(command.slot, state), format_instant(staged->usable_from)));
  }
  return staged->id;
}

Status check_activation_interval(const Decision& decision, const Policy& policy,
                                 const SlotTag& tag) {
  const auto last = find_slot(decision.state(), tag)->last_activation_at;
  if (!last || *last + policy.between_activations <= decision.now()) return {};
  return base::fail(
      Code::kTooEarly,
      fmt::format("{} had an activation at {}, and the policy lets at least {} pass between two; "
                  "activate at {}",
                  describe(tag, decision.state()), format_instant(*last),
                  base::format_duration(policy.between_activations),
                  format_instant(*last + policy.between_activations)));
}

// Evidence, not a timer, ends an old secret: one that was used within the window is kept.
Status check_unused(const Decision& decision, const Policy& policy, const ClientSecret& old) {
  const auto last_used_at = decision.last_used_at(old.id);
  if (!last_used_at || *last_used_at + policy.usage_window <= decision.now()) return {};
  return base::fail(
      Code::kRefused,
      fmt::format(
          "{} in {} was last used at {}, within the last {}, and this activation would end "
          "it at once; move its users to the staged secret first (secret usage shows them), "
          "or activate with --force --reason TEXT",
          to_text(old.id), describe(old.slot, decision.state()), format_instant(*last_used_at),
          base::format_duration(policy.usage_window)));
}

Instant overlap_end(const Policy& policy, const ClientSecret& old, Instant now) {
  if (policy.overlap == kUntilExpiry) return old.expires_at;
  return std::min(now + policy.overlap, old.expires_at);
}

// ---- undoing an activation ---------------------------------------------------------------------

// The active secret whose activation is to be undone.
base::Result<ClientSecret> find_activated(const Decision& decision, const UndoActivation& command) {
  const auto& state = decision.state();
  if (find_slot(state, command.slot) == nullptr) {
    return base::fail(Code::kNotFound,
                      fmt::format("{} does not exist", describe(command.slot, state)));
  }
  const auto* active = find_in_phase(state, command.slot, Phase::kActive);
  if (command.expected && (active == nullptr || active->id != *command.expected)) {
    return base::fail(Code::kConflict,
                      fmt::format("{} is not what is active in {} ({}); list the secrets and look "
                                  "again",
                                  to_text(*command.expected), describe(command.slot, state),
                                  active == nullptr ? "nothing is" : to_text(active->id) + " is"));
  }
  if (active == nullptr) {
    return base::fail(Code::kRefused, fmt::format("nothing is active in {}, so there is no "
                                                  "activation to undo",
                                                  describe(command.slot, state)));
  }
  return *active;
}

// What that activation superseded, while it works. An import may have become active since then.
base::Result<SecretId> find_superseded_by(const Decision& decision, const ClientSecret& active) {
  const auto& state = decision.state();
  const auto* old = find_in_phase(state, active.slot, Phase::kSuperseded);
  const bool is_its_own = old != nullptr && active.origin == Origin::kGenerated &&
                          old->superseded_at == active.activated_at;
  if (is_its_own) return old->id;
  return base::fail(
      Code::kRefused,
      fmt::format("no secret that the activation of {} superseded works any more in {}: it left no "
                  "overlap, or the overlap is over; the way back is a new secret (secret stage)",
                  to_text(active.id), describe(active.slot, state)));
}

Status check_nothing_staged(const Decision& decision, const ClientSecret& active) {
  const auto& state = decision.state();
  const auto* staged = find_in_phase(state, active.slot, Phase::kStaged);
  if (staged == nullptr) return {};
  return base::fail(
      Code::kRefused,
      fmt::format("{} holds {}, staged at {}, and {} would take its place; activate or revoke {} "
                  "first",
                  describe(active.slot, state), to_text(staged->id),
                  format_instant(staged->generated_at), to_text(active.id), to_text(staged->id)));
}

}  // namespace

Status decide_on(Decision& decision, const StageSecret& command) {
  REKEY_CHECK(check_label(command.label));
  REKEY_CHECK(check_material(decision.state(), command.material));
  REKEY_TRY(const Policy policy, decision.policy());
  decision.record_lapses();
  REKEY_CHECK(open_slot(decision, policy, command.slot));
  REKEY_CHECK(make_staging_place_vacant(decision, command));
  REKEY_CHECK(check_generation_interval(decision, policy, command.slot));
  REKEY_CHECK(check_live_limit(decision, policy, command.slot));
  auto secret = generated_secret(decision, policy, command.slot, command.material);
  secret.label = command.label;
  secret.phase = Phase::kStaged;
  secret.usable_from = decision.now() + policy.settle;
  decision.record(SecretIssued{std::move(secret)});
  return {};
}

Status decide_on(Decision& decision, const ImportSecret& command) {
  REKEY_CHECK(check_label(command.label));
  REKEY_CHECK(check_material(decision.state(), command.imported.material));
  REKEY_TRY(const Policy policy, decision.policy());
  decision.record_lapses();
  REKEY_CHECK(open_slot(decision, policy, command.slot));
  REKEY_TRY(ClientSecret secret, imported_secret(decision, policy, command.slot, command.imported));
  secret.label = command.label;
  if (secret.phase != Phase::kEnded) {
    REKEY_CHECK(check_no_active_secret(decision, command.slot));
    REKEY_CHECK(check_live_limit(decision, policy, command.slot));
  }
  decision.record(SecretIssued{std::move(secret)});
  return {};
}

Status decide_on(Decision& decision, const ActivateSecret& command) {
  REKEY_CHECK(check_force(command));
  REKEY_TRY(const Policy policy, decision.policy());
  decision.record_lapses();
  REKEY_TRY(const SecretId activatable, find_activatable(decision, command));
  REKEY_CHECK(check_activation_interval(decision, policy, command.slot));

  const auto find_old = [&](Phase phase) -> std::optional<ClientSecret> {
    const auto* found = find_in_phase(decision.state(), command.slot, phase);
    return found == nullptr ? std::nullopt : std::optional(*found);
  };
  const auto active = find_old(Phase::kActive);
  const auto ends_active = active && policy.overlap == Duration{0};
  // A slot holds one superseded secret: the one before makes room.
  for (const auto& old : {find_old(Phase::kSuperseded), ends_active ? active : std::nullopt}) {
    if (!old) continue;
    if (!command.is_forced) {
      REKEY_CHECK(check_unused(decision, policy, *old));
    }
    decision.record(SecretEnded{old->id, EndReason::kSuperseded, {}});
  }

  SecretActivated activated{activatable, {}, {}, {}};
  if (command.is_forced) activated.forced_reason = command.reason;
  if (active) activated.superseded_id = active->id;
  if (active && !ends_active) {
    activated.overlap_ends_at = overlap_end(policy, *active, decision.now());
  }
  decision.record(std::move(activated));
  return {};
}

Status decide_on(Decision& decision, const UndoActivation& command) {
  REKEY_CHECK(check_reason(command.reason));
  decision.record_lapses();
  REKEY_TRY(const ClientSecret active, find_activated(decision, command));
  REKEY_TRY(const SecretId superseded, find_superseded_by(decision, active));
  REKEY_CHECK(check_nothing_staged(decision, active));
  decision.record(ActivationUndone{active.id, superseded, command.reason});
  return {};
}

namespace {

base::Result<const ClientSecret*> find_or_fail(const Integration& state, SecretId id) {
  const auto* secret = find_secret(state, id);
  if (secret != nullptr) return secret;
  return base::fail(Code::kNotFound,
                    fmt::format("client {} has no secret {}", state.client_id.value, to_text(id)));
}

}  // namespace

Status decide_on(Decision& decision, const RevokeSecret& command) {
  REKEY_CHECK(check_reason(command.reason));
  decision.record_lapses();
  REKEY_TRY(const ClientSecret* secret, find_or_fail(decision.state(), command.secret_id));
  if (secret->phase == Phase::kEnded) return {};
  decision.record(SecretEnded{command.secret_id, EndReason::kRevoked, command.reason});
  return {};
}

Status decide_on(Decision& decision, const RevokeTokens& command) {
  REKEY_CHECK(check_reason(command.reason));
  if (command.secret_id) {
    REKEY_TRY([[maybe_unused]] const ClientSecret* secret,
              find_or_fail(decision.state(), *command.secret_id));
  }
  decision.record(TokensRevoked{command.secret_id, command.reason});
  return {};
}

Status decide_on(Decision& decision, const Sweep&) {
  decision.record_lapses();
  return {};
}

}  // namespace rekey::credential
