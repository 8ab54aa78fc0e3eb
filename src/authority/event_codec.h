// Events as the ledger keeps them: a type, a version, and a JSON body.
//
// Two kinds of stream: "integration/<id>" holds credential::Event, "tenant/1" holds TenantEvent.
// A body names things by id: no person's name or address beyond what a package carries, no network,
// never a value. decode(encode(x)) is x; an unknown type or version is kUnsupported, a body that
// does not fit its type kCorrupt. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "authority/audience.h"
#include "base/result.h"
#include "base/time.h"
#include "credential/lifecycle.h"
#include "ledger/ledger.h"

namespace rekey::authority {

struct TenantCreated {
  credential::TenantId id;
  std::string name;                               // the subdomain
  credential::BusinessUnitId enterprise;          // EID
  credential::BusinessUnitId home_business_unit;  // MID
  std::uint32_t root_key_id = 0;                  // names the key; says nothing about it
  friend bool operator==(const TenantCreated&, const TenantCreated&) = default;
};
struct PolicyChanged {
  std::vector<credential::PolicySetting> settings;  // all of them, as they stand afterwards
};
struct ScopesRegistered {
  std::int64_t first_number = 0;  // in the tenant's registry; the others follow
  std::vector<std::string> names;
};
struct TokenKeyMade {
  std::uint32_t kid = 0;
  std::uint32_t instance = 0;  // strictly increasing; the first part of every token's IV
};
struct AdminRecovered {
  credential::ClientId client_id;
  credential::SecretId secret_id;
};
// The first refusal of a client for a reason after a quiet time; the counts are in memory.
struct RefusalsBegan {
  std::string client_id;  // a registered one; empty for clients that do not exist
  std::string reason;     // credential::name_of(Refusal)
};
// Somebody was given what tags are made and looked for with, and may confirm guesses from now on.
struct SearchKeyGiven {
  std::uint32_t key_id = 0;
};
// A value that the secret's fingerprint fits was reported, for the first time by that source while
// the secret worked. Where it was found is in a table, which can forget.
struct LeakReported {
  credential::ClientId client_id;
  credential::SecretId secret_id;
  std::string source;  // who told: "partner", or what an administrator called it
  std::string action;  // what followed: "notified", "staged" or "revoked"
};
// The ledger goes on from a copy that was made at `backup_at`: what happened in between is not in
// it.
struct AuthorityRestored {
  base::Instant backup_at{};
  std::int64_t backup_position = 0;  // of the copy's last event
  // Numbers of packages, secrets and token keys go on above this one: those below may have been
  // given to others by the authority that was lost.
  std::int64_t numbers_after = 0;
};

// A key that signs JWT access tokens, in the JWKS from now on (signing_plan.h).
struct SigningKeyMade {
  std::string kid;
  crypto::JwsAlgorithm algorithm = crypto::JwsAlgorithm::kEs256;
  base::Instant signs_from{};
};
// It is not to be trusted from now on.
struct SigningKeyWithdrawn {
  std::string kid;
  std::string reason;  // a person's
};
// Takes the place of what was declared for that URI before.
struct AudienceDeclared {
  Audience audience;
};
struct AudienceRemoved {
  std::string uri;
};

using TenantEventBody =
    std::variant<TenantCreated, PolicyChanged, ScopesRegistered, TokenKeyMade, AdminRecovered,
                 RefusalsBegan, SearchKeyGiven, AuthorityRestored, LeakReported, SigningKeyMade,
                 SigningKeyWithdrawn, AudienceDeclared, AudienceRemoved>;
struct TenantEvent {
  base::Instant at{};
  TenantEventBody body;
};

inline constexpr std::string_view kTenantStream = "tenant/1";
[[nodiscard]] ledger::StreamName stream_of(credential::IntegrationId id);
// kInvalidArgument where the stream is not an integration's.
[[nodiscard]] base::Result<credential::IntegrationId> integration_of(std::string_view stream);

// `actor`: "admin:<client id>", "local:<uid>", "partner" or "system".
[[nodiscard]] ledger::NewEvent encode(const credential::Event& event, std::string_view actor);
[[nodiscard]] ledger::NewEvent encode(const TenantEvent& event, std::string_view actor);

[[nodiscard]] base::Result<credential::Event> decode_integration_event(
    const ledger::NewEvent& stored);
[[nodiscard]] base::Result<TenantEvent> decode_tenant_event(const ledger::NewEvent& stored);

}  // namespace rekey::authority
