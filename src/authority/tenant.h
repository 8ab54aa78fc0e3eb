// The tenant: its names, its policy and its scopes, as its stream in the ledger tells them.
//
// Pure, as credential/lifecycle.h is: apply() makes an event true, and replaying the stream gives
// the state that the tables hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "authority/event_codec.h"
#include "authority/signing_plan.h"
#include "base/result.h"
#include "credential/policy.h"
#include "credential/scope.h"

namespace rekey::authority {

// Numbers of token keys have 32 bits; the rest is for those that are made after the last restore.
inline constexpr std::int64_t kMostNumbersAfter = 4'000'000'000;

struct Tenant {
  credential::TenantId id;
  std::string name;                               // 28 characters, the subdomain
  credential::BusinessUnitId enterprise;          // EID
  credential::BusinessUnitId home_business_unit;  // MID
  std::uint32_t root_key_id = 0;
  std::uint32_t last_token_key = 0;
  std::uint32_t last_instance = 0;  // of a token key; the next is greater
  // Since a copy of the ledger was restored: every new number of anything is greater.
  std::int64_t numbers_after = 0;
  base::Instant created_at{};
  std::vector<credential::PolicySetting> policy_settings;
  std::vector<std::string> scopes;  // in the order of their numbers
  SigningKeyList signing_keys;      // those that are gone too
  std::vector<Audience> audiences;  // in the order of their URIs
  friend bool operator==(const Tenant&, const Tenant&) = default;
};

// The state after the event; kCorrupt where the event cannot follow on that state.
[[nodiscard]] base::Result<Tenant> apply(Tenant tenant, const TenantEvent& event);

[[nodiscard]] base::Result<credential::Policy> policy_of(const Tenant& tenant);
[[nodiscard]] base::Result<credential::ScopeRegistry> registry_of(const Tenant& tenant);

}  // namespace rekey::authority
