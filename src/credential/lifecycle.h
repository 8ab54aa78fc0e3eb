// The lifecycle of a client secret: the only place that knows its rules.
//
//   stage ─► settling ─► staged ─activate─► active ─► superseded ─► ended
//                │          │                  │           │
//                └ replaced └ replaced         └───────────┴──► expired | dormant | revoked
//
// Within the overlap an activation can be undone: the superseded one is active again, and the one
// that took its place is staged as before.
//
// decide() says which events a command causes, or why it is refused; apply() makes an event true.
// Both are pure: time, ids, fingerprints and evidence are arguments, and nothing here holds a
// value. Replaying an integration's events from the first gives its state.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/fingerprint.h"
#include "base/result.h"
#include "base/time.h"
#include "credential/ids.h"
#include "credential/policy.h"
#include "credential/scope.h"

namespace rekey::credential {

// ---- state ------------------------------------------------------------------------------------

// What was decided about a secret. Whether it works at an instant is status_at's answer: expiry,
// settling, dormancy and the end of an overlap need nobody to write them down.
enum class Phase { kStaged, kActive, kSuperseded, kEnded };
enum class EndReason { kNone, kReplaced, kSuperseded, kExpired, kDormant, kRevoked, kDeleted };
enum class Origin { kGenerated, kImported };

struct ClientSecret {
  SecretId id;
  SlotTag slot;
  base::Fingerprint fingerprint;
  std::string shown_prefix;  // never a random character
  std::string label;         // who staged it and why; a run's id
  Origin origin = Origin::kGenerated;
  Phase phase = Phase::kStaged;
  EndReason end_reason = EndReason::kNone;
  base::Instant generated_at{};
  base::Instant usable_from{};  // end of the settle time
  base::Instant expires_at{};   // its last day, from generation; never moves later
  base::Duration dormancy{};    // as the policy stood when it was issued
  std::optional<base::Instant> activated_at;
  std::optional<base::Instant> superseded_at;
  std::optional<base::Instant> overlap_ends_at;  // while superseded; never after expires_at
  std::optional<base::Instant> ended_at;
  std::optional<base::Instant> tokens_revoked_at;  // tokens minted with it until then are dead
  friend bool operator==(const ClientSecret&, const ClientSecret&) = default;
};

// What people are told about a package; all may be edited, none changes what is accepted.
struct PackageFacts {
  std::string name;
  std::string description;
  std::vector<std::string> owners;
  std::vector<std::string> contacts;
  std::string documentation_link;
  friend bool operator==(const PackageFacts&, const PackageFacts&) = default;
};

struct Slot {
  SlotTag tag;
  std::optional<base::Instant> last_generation_at;
  std::optional<base::Instant> last_activation_at;
  friend bool operator==(const Slot&, const Slot&) = default;
};

// An installed package with its one API integration (server-to-server): the unit of consistency,
// and one stream of the ledger.
struct Integration {
  IntegrationId id;
  PackageId package_id;
  TenantId tenant_id;
  ClientId client_id;
  PackageFacts package;
  bool is_enabled = true;
  bool is_deleted = false;
  bool is_admin = false;                        // the authority's own; never rotated by the engine
  std::vector<std::string> scopes;              // registered names
  BusinessUnitId home_business_unit;            // where a token acts without account_id
  std::vector<BusinessUnitId> business_units;   // where it may act; holds the home
  std::vector<PolicySetting> policy_overrides;  // within the tenant's bounds
  base::Instant created_at{};
  std::optional<base::Instant> tokens_revoked_at;  // all tokens minted until then are dead
  std::vector<Slot> slots;
  std::vector<ClientSecret> secrets;  // in order of issue; ended ones stay
  friend bool operator==(const Integration&, const Integration&) = default;
};

enum class SecretStatus {
  kSettling,
  kStaged,
  kActive,
  kSuperseded,  // may be accepted (settling: later)
  kReplaced,
  kEnded,
  kExpired,
  kDormant,
  kRevoked,  // never again
};
// "settling", "staged", "active", "superseded", "replaced", "ended", "expired", "dormant",
// "revoked".
[[nodiscard]] std::string_view name_of(SecretStatus status) noexcept;
[[nodiscard]] std::string_view name_of(Phase phase) noexcept;
[[nodiscard]] std::string_view name_of(EndReason reason) noexcept;
[[nodiscard]] std::string_view name_of(Origin origin) noexcept;
[[nodiscard]] base::Result<Phase> parse_phase(std::string_view text);
[[nodiscard]] base::Result<EndReason> parse_end_reason(std::string_view text);
[[nodiscard]] base::Result<Origin> parse_origin(std::string_view text);

// The first instant at which a secret is no longer accepted, whatever happens: the earliest of
// expiry, the end of its overlap, and dormancy counted from max(usable_from, last use).
[[nodiscard]] base::Instant end_of(const ClientSecret& secret,
                                   std::optional<base::Instant> last_used_at) noexcept;

// What a secret is at `now`. A secret is accepted exactly in kStaged, kActive and kSuperseded.
[[nodiscard]] SecretStatus status_at(const ClientSecret& secret,
                                     std::optional<base::Instant> last_used_at,
                                     base::Instant now) noexcept;
[[nodiscard]] constexpr bool is_accepted(SecretStatus status) noexcept {
  return status == SecretStatus::kStaged || status == SecretStatus::kActive ||
         status == SecretStatus::kSuperseded;
}
[[nodiscard]] constexpr bool is_live(SecretStatus status) noexcept {
  return is_accepted(status) || status == SecretStatus::kSettling;
}

// When to renew a secret: opens after two thirds of its life (never before it is usable), closes at
// its end. What the token response calls secret_renewal_window.
struct RenewalWindow {
  base::Instant opens_at;
  base::Instant closes_at;
};
[[nodiscard]] RenewalWindow renewal_window(const ClientSecret& secret) noexcept;

// ---- commands ---------------------------------------------------------------------------------

// A value that exists outside; the domain sees only what stands for it.
struct SecretMaterial {
  SecretId id;
  base::Fingerprint fingerprint;
  std::string shown_prefix;
};

struct ImportedMaterial {
  SecretMaterial material;
  base::Instant generated_at;
};

struct CreatePackage {
  IntegrationId id;
  PackageId package_id;
  TenantId tenant_id;
  ClientId client_id;
  PackageFacts package;
  bool is_admin = false;
  std::vector<std::string> scopes;
  BusinessUnitId home_business_unit;
  std::vector<BusinessUnitId> business_units;
  std::vector<PolicySetting> policy_overrides;
  // Exactly one of the two is the first secret of the default slot, active at once.
  std::optional<SecretMaterial> generated;
  std::optional<ImportedMaterial> imported;
};
struct EditPackage {
  std::optional<PackageFacts> package;
  std::optional<std::vector<std::string>> scopes;
  std::optional<std::vector<BusinessUnitId>> business_units;
  std::optional<std::vector<PolicySetting>> policy_overrides;
};
struct SetEnabled {
  bool is_enabled = true;
};
struct DeletePackage {};
struct StageSecret {
  SlotTag slot;
  SecretMaterial material;
  std::string label;
  bool if_vacant = false;
};
struct ActivateSecret {
  SlotTag slot;
  std::optional<SecretId> expected;  // refuse unless this one is staged
  bool is_forced = false;
  std::string reason;  // needed with is_forced, otherwise not recorded
};
// While the superseded one still works: active again, with its own end, and the active one staged
// again, so that nobody who holds either is refused.
struct UndoActivation {
  SlotTag slot;
  std::optional<SecretId> expected;  // refuse unless this one is active
  std::string reason;
};
struct RevokeSecret {
  SecretId secret_id;
  std::string reason;
};
// Ends the tokens that were issued until now, and no secret.
struct RevokeTokens {
  std::optional<SecretId> secret_id;  // of this one alone
  std::string reason;
};
struct ImportSecret {
  SlotTag slot;
  ImportedMaterial imported;
  std::string label;
};
// Writes down what time alone has already made true.
struct Sweep {};

using Command =
    std::variant<CreatePackage, EditPackage, SetEnabled, DeletePackage, StageSecret, ActivateSecret,
                 UndoActivation, RevokeSecret, RevokeTokens, ImportSecret, Sweep>;

// What the authority has seen. Absent last use means "not seen since complete_since".
struct SecretUse {
  SecretId secret_id;
  base::Instant last_used_at;
};
struct Evidence {
  std::vector<SecretUse> uses;
  [[nodiscard]] std::optional<base::Instant> last_used_at(SecretId id) const noexcept;
};

// ---- events -----------------------------------------------------------------------------------

struct PackageCreated {
  IntegrationId id;
  PackageId package_id;
  TenantId tenant_id;
  ClientId client_id;
  PackageFacts package;
  bool is_admin = false;
  std::vector<std::string> scopes;
  BusinessUnitId home_business_unit;
  std::vector<BusinessUnitId> business_units;
  std::vector<PolicySetting> policy_overrides;
};
struct PackageEdited {
  PackageFacts package;
  std::vector<std::string> scopes;
  std::vector<BusinessUnitId> business_units;
  std::vector<PolicySetting> policy_overrides;
};
struct PackageEnabled {};
struct PackageDisabled {};
struct PackageDeleted {};
struct SlotOpened {
  SlotTag slot;
};
struct SecretIssued {
  ClientSecret secret;  // phase kStaged, kActive, or kEnded (an import already past its end)
};
struct SecretActivated {
  SecretId secret_id;
  std::optional<SecretId> superseded_id;
  // Absent where the superseded one ended at once, by the SecretEnded before this event.
  std::optional<base::Instant> overlap_ends_at;
  std::string forced_reason;  // empty unless forced
};
struct SecretEnded {
  SecretId secret_id;
  EndReason reason = EndReason::kNone;
  std::string note;  // a person's reason, for a revocation
};
struct ActivationUndone {
  SecretId secret_id;    // staged again
  SecretId restored_id;  // active again
  std::string reason;
};

struct TokensRevoked {
  std::optional<SecretId> secret_id;  // absent: of all secrets
  std::string reason;
};

using EventBody = std::variant<PackageCreated, PackageEdited, PackageEnabled, PackageDisabled,
                               PackageDeleted, SlotOpened, SecretIssued, SecretActivated,
                               SecretEnded, ActivationUndone, TokensRevoked>;
struct Event {
  base::Instant at;
  EventBody body;
};

// ---- the two functions ------------------------------------------------------------------------

// The events that `command` causes; empty where it is already so (enable an enabled package, a
// sweep with nothing due). `state` is a default Integration for CreatePackage. `policy` is the
// tenant's; the package's overrides are applied here. Every command that touches secrets first
// writes down what time alone has ended. Refusals: kTooEarly (settle time, least intervals; the
// detail has the instant), kLimitReached (live limit; the detail says when a place frees), kRefused
// (a rule), kNotFound, kAlreadyExists (the package, or a value that it has held before),
// kInvalidArgument, kConflict (`expected` of ActivateSecret and UndoActivation). Events of one
// command are applied together or not at all, and every prefix of them is a state that could be.
[[nodiscard]] base::Result<std::vector<Event>> decide(const Integration& state,
                                                      const Command& command,
                                                      const Evidence& evidence,
                                                      const Policy& policy, base::Instant now);

// The state after the event. Total: an event that cannot be (unknown secret) aborts, since decide
// never makes one and the ledger checks its chain. A secret's ended_at is the event's instant, or
// its own last one (expiry, end of the overlap) where that was earlier and written down late.
[[nodiscard]] Integration apply(Integration state, const Event& event);

// ---- look-ups ---------------------------------------------------------------------------------

[[nodiscard]] const ClientSecret* find_secret(const Integration& state, SecretId id) noexcept;
// The slot's secret in that phase (there is at most one), live or not; nullptr where none.
[[nodiscard]] const ClientSecret* find_in_phase(const Integration& state, const SlotTag& slot,
                                                Phase phase) noexcept;

// The policy that decide goes by: the tenant's, tightened by the package's overrides.
[[nodiscard]] base::Result<Policy> effective_policy(const Policy& tenant_policy,
                                                    const Integration& state);

}  // namespace rekey::credential
