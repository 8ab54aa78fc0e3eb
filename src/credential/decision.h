// One decision under way: the state as its events so far have made it. Private to this room.
//
// A rule records an event and the state follows at once, through apply(); so each rule speaks of
// what is, and decide() and apply() cannot drift apart.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "credential/lifecycle.h"

namespace rekey::credential {

class Decision {
 public:
  Decision(const Integration& state, const Evidence& evidence, const Policy& tenant_policy,
           base::Instant now)
      : state_(state), evidence_(evidence), tenant_policy_(tenant_policy), now_(now) {}

  [[nodiscard]] const Integration& state() const noexcept { return state_; }
  [[nodiscard]] const Policy& tenant_policy() const noexcept { return tenant_policy_; }
  [[nodiscard]] base::Instant now() const noexcept { return now_; }
  // The tenant's policy with the overrides of the state.
  [[nodiscard]] base::Result<Policy> policy() const;

  [[nodiscard]] std::optional<base::Instant> last_used_at(SecretId id) const noexcept {
    return evidence_.last_used_at(id);
  }
  [[nodiscard]] SecretStatus status_of(const ClientSecret& secret) const noexcept;

  void record(EventBody body);
  // Writes down every end that time alone has brought and nobody has written down yet. After it, a
  // secret is live exactly where its phase is not kEnded.
  void record_lapses();
  [[nodiscard]] std::vector<Event> take_events() && { return std::move(events_); }

 private:
  Integration state_;
  const Evidence& evidence_;
  const Policy& tenant_policy_;
  base::Instant now_;
  std::vector<Event> events_;
};

// The rules, one for each command. Ok with what was recorded, or why not.
[[nodiscard]] base::Status decide_on(Decision& decision, const CreatePackage& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const EditPackage& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const SetEnabled& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const DeletePackage& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const StageSecret& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const ActivateSecret& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const UndoActivation& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const RevokeSecret& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const RevokeTokens& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const ImportSecret& command);
[[nodiscard]] base::Status decide_on(Decision& decision, const Sweep& command);

// kAlreadyExists where the integration has held this id or this value before: what has ended is
// never accepted again. kInvalidArgument for a shown prefix that shows too much.
[[nodiscard]] base::Status check_material(const Integration& state, const SecretMaterial& material);

[[nodiscard]] ClientSecret generated_secret(const Decision& decision, const Policy& policy,
                                            const SlotTag& slot, const SecretMaterial& material);
// Active, or ended where its time is over already. kInvalidArgument when generated in the future.
[[nodiscard]] base::Result<ClientSecret> imported_secret(const Decision& decision,
                                                         const Policy& policy, const SlotTag& slot,
                                                         const ImportedMaterial& imported);

// "the default slot of client abc…", "slot aB3dE6 of client abc…".
[[nodiscard]] std::string describe(const SlotTag& slot, const Integration& state);

}  // namespace rekey::credential
