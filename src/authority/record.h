// What a token request needs to know of one integration, immutable and ready to use.
//
// The admin side makes a new record after each change and publishes it in the directory; workers
// read it inside an EpochGuard and share nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "authority/usage_meter.h"
#include "base/time.h"
#include "credential/authenticate.h"
#include "credential/ids.h"
#include "credential/lifecycle.h"
#include "credential/policy.h"
#include "credential/scope.h"

namespace rekey::authority {

// A client id, packed: 24 characters of base 36 fit twice 64 bits.
struct ClientKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const ClientKey&, const ClientKey&) = default;
};
// nullopt where the text is not a client id. Allocates nothing.
[[nodiscard]] std::optional<ClientKey> pack_client_id(std::string_view text) noexcept;
[[nodiscard]] std::string unpack_client_id(const ClientKey& key);

// Texts of scope sets, shared between records: most integrations have one of a few sets.
// One writer thread; the texts may be read by any.
class ScopeTexts {
 public:
  using Text = std::shared_ptr<const std::string>;
  [[nodiscard]] Text intern(const credential::ScopeSet& scopes,
                            const credential::ScopeRegistry& registry);

 private:
  std::map<credential::ScopeSet, std::weak_ptr<const std::string>> texts_;
};

struct GrantedScopes {
  credential::ScopeSet set;
  ScopeTexts::Text text;  // of `set`, space separated; needs no escaping in JSON
};

struct Record {
  // Ended secrets kept beside the live ones, so that the true reason of a refusal can be told.
  static constexpr std::size_t kEndedSecretsKept = 4;

  struct SecretPart {
    UsageMeter::SecretMeter* meter = nullptr;
    // `"secret_expires_at":"…","secret_renewal_window":{"opens_at":"…","closes_at":"…"}`
    std::string expiry_json;
  };
  struct EarlierScopes {
    GrantedScopes scopes;
    base::Instant until{};
  };

  ClientKey key;
  credential::IntegrationId integration_id;
  credential::PackageId package_id;
  credential::TenantId tenant_id;
  std::vector<credential::SecretFacts> facts;  // candidates: not ended ones, then ended ones
  std::vector<SecretPart> parts;               // parts[i] belongs to facts[i]
  bool is_enabled = true;
  bool is_deleted = false;
  bool is_admin = false;
  bool ends_tokens_with_secret = false;
  bool holds_imported = false;  // then a value of any shape may be right
  GrantedScopes scopes;
  // Of before a change of the scopes that new tokens follow later; null otherwise.
  std::unique_ptr<const EarlierScopes> earlier_scopes;
  credential::BusinessUnitId home_business_unit;
  std::vector<credential::BusinessUnitId> business_units;
  std::vector<credential::SecretId> revoked;  // all ever revoked: tokens minted with them are dead
  // Tokens minted until then are dead: all of them, and those of single secrets.
  std::optional<base::Instant> all_tokens_revoked_at;
  std::vector<std::pair<credential::SecretId, base::Instant>> tokens_revoked_at;
  std::string package_name;

  // What a token may have that is asked for now.
  [[nodiscard]] const GrantedScopes& scopes_at(base::Instant now) const noexcept {
    const bool is_early = earlier_scopes != nullptr && now < earlier_scopes->until;
    return is_early ? earlier_scopes->scopes : scopes;
  }
};

// `effective` is the tenant's policy with the package's overrides; every scope of the integration
// must be in the registry (others are left out). Writer thread.
[[nodiscard]] std::unique_ptr<Record> make_record(const credential::Integration& integration,
                                                  const credential::Policy& effective,
                                                  const credential::ScopeRegistry& registry,
                                                  ScopeTexts& texts, UsageMeter& meter);
// What `after`, which takes the place of `before`, has to keep, where a change of scopes reaches
// new tokens only `delay` later: changes within that time do not make it longer for what was had
// before the first of them. Null where nothing is kept.
[[nodiscard]] std::unique_ptr<const Record::EarlierScopes> kept_scopes(const Record& before,
                                                                       const Record& after,
                                                                       base::Instant now,
                                                                       base::Duration delay);

// Whether a token minted with that secret was ended with all others of then, the secret living on.
[[nodiscard]] bool are_tokens_revoked(const Record& record, credential::SecretId secret_id,
                                      base::Instant issued_at) noexcept;

// Whether tokens minted with that secret are still good, the token's own end aside: the package is
// there and enabled, the secret not revoked, and, where the policy says so, still accepted.
[[nodiscard]] bool lets_tokens_live(const Record& record, credential::SecretId secret_id,
                                    base::Instant now) noexcept;

}  // namespace rekey::authority
