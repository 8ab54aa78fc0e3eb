// What each event makes true. No rule is judged here: decide.cc did that before the event existed.

#include <algorithm>

#include "base/assert.h"
#include "credential/lifecycle.h"

namespace rekey::credential {
namespace {

class Applier {
 public:
  Applier(Integration& state, base::Instant at) : state_(state), at_(at) {}

  void operator()(const PackageCreated& event) {
    REKEY_ASSERT(state_.id.value == 0);
    state_.id = event.id;
    state_.package_id = event.package_id;
    state_.tenant_id = event.tenant_id;
    state_.client_id = event.client_id;
    state_.package = event.package;
    state_.is_admin = event.is_admin;
    state_.scopes = event.scopes;
    state_.home_business_unit = event.home_business_unit;
    state_.business_units = event.business_units;
    state_.policy_overrides = event.policy_overrides;
    state_.created_at = at_;
    state_.slots.push_back({default_slot(), {}, {}});
  }

  void operator()(const PackageEdited& event) {
    state_.package = event.package;
    state_.scopes = event.scopes;
    state_.business_units = event.business_units;
    state_.policy_overrides = event.policy_overrides;
  }

  void operator()(const PackageEnabled&) { state_.is_enabled = true; }
  void operator()(const PackageDisabled&) { state_.is_enabled = false; }
  void operator()(const PackageDeleted&) { state_.is_deleted = true; }
  void operator()(const SlotOpened& event) { state_.slots.push_back({event.slot, {}, {}}); }

  void operator()(const SecretIssued& event) {
    REKEY_ASSERT(find_secret(state_, event.secret.id) == nullptr);
    auto& slot = slot_of(event.secret.slot);
    if (event.secret.origin == Origin::kGenerated) slot.last_generation_at = at_;
    state_.secrets.push_back(event.secret);
  }

  void operator()(const SecretActivated& event) {
    auto& secret = secret_of(event.secret_id);
    secret.phase = Phase::kActive;
    secret.activated_at = at_;
    slot_of(secret.slot).last_activation_at = at_;
    if (!event.superseded_id) return;
    auto& superseded = secret_of(*event.superseded_id);
    superseded.superseded_at = at_;
    if (!event.overlap_ends_at) return;
    superseded.phase = Phase::kSuperseded;
    superseded.overlap_ends_at = event.overlap_ends_at;
  }

  // A lapse may be written down late; the secret ended when its own time was over.
  void operator()(const SecretEnded& event) {
    auto& secret = secret_of(event.secret_id);
    REKEY_ASSERT(secret.phase != Phase::kEnded);
    const auto own_end = secret.phase == Phase::kSuperseded
                             ? secret.overlap_ends_at.value_or(secret.expires_at)
                             : secret.expires_at;
    secret.ended_at = std::min(at_, own_end);
    secret.phase = Phase::kEnded;
    secret.end_reason = event.reason;
  }

  void operator()(const ActivationUndone& event) {
    auto& secret = secret_of(event.secret_id);
    secret.phase = Phase::kStaged;
    secret.activated_at.reset();
    auto& restored = secret_of(event.restored_id);
    restored.phase = Phase::kActive;
    restored.superseded_at.reset();
    restored.overlap_ends_at.reset();
  }

  void operator()(const TokensRevoked& event) {
    (event.secret_id ? secret_of(*event.secret_id).tokens_revoked_at : state_.tokens_revoked_at) =
        at_;
  }

 private:
  ClientSecret& secret_of(SecretId id) {
    const auto found = std::find_if(state_.secrets.begin(), state_.secrets.end(),
                                    [id](const ClientSecret& secret) { return secret.id == id; });
    REKEY_ASSERT(found != state_.secrets.end());
    return *found;
  }

  Slot& slot_of(const SlotTag& tag) {
    const auto found = std::find_if(state_.slots.begin(), state_.slots.end(),
                                    [&tag](const Slot& slot) { return slot.tag == tag; });
    REKEY_ASSERT(found != state_.slots.end());
    return *found;
  }

  Integration& state_;
  base::Instant at_;
};

}  // namespace

Integration apply(Integration state, const Event& event) {
  std::visit(Applier(state, event.at), event.body);
  return state;
}

}  // namespace rekey::credential
