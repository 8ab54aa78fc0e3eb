// What the workers' routers share. The service that starts the server owns it all.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "authority/audience_table.h"
#include "authority/directory.h"
#include "authority/epoch.h"
#include "authority/front_settings.h"
#include "authority/refusal_counter.h"
#include "authority/revoked_tokens.h"
#include "authority/scope_grant.h"
#include "authority/signing_keys.h"
#include "authority/token_minter.h"
#include "authority/usage_meter.h"
#include "credential/scope.h"
#include "crypto/root_key.h"
#include "net/server.h"
#include "platform/clock.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

// A clock that is further behind the ledger is not believed: secrets past their end might be
// accepted.
inline constexpr base::Duration kLagThatStopsTokens = std::chrono::minutes{1};

// Why the server is not ready, by named conditions. Any thread.
class Readiness {
 public:
  enum class Tokens { kGoOn, kStop };  // whether tokens are issued meanwhile

  // `reason` is a sentence for /readyz. Replaces the condition's earlier reason.
  void block(std::string_view condition, std::string_view reason, Tokens tokens);
  void clear(std::string_view condition);

  // No lock.
  [[nodiscard]] bool is_ready() const noexcept { return is_ready_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool issues_tokens() const noexcept {
    return issues_tokens_.load(std::memory_order_relaxed);
  }
  // One line a condition: "clock: …"; empty when ready.
  [[nodiscard]] std::string reasons() const;

 private:
  struct Block {
    std::string reason;
    Tokens tokens;
  };
  void update_locked() noexcept;

  mutable std::mutex mutex_;
  std::map<std::string, Block, std::less<>> blocks_;
  std::atomic<bool> is_ready_{true};
  std::atomic<bool> issues_tokens_{true};
};

// The admin API and the local calls, behind the router.
class AdminHandler {
 public:
  virtual ~AdminHandler() = default;
  // `path`: as sent, less the tenant prefix and doubled slashes; starts with "/api/" or "/local/"
  // in any letter case. "/local/" comes from the local socket only. `caller`: nullptr where the
  // request carries no living token with the administrative scope (always for "/local/"). Called on
  // worker threads, outside any EpochGuard; must not block.
  virtual void handle(net::Exchange& exchange, std::string_view path,
                      const TokenClaims* caller) = 0;
};

// Whose living token a request carries, and what it may do.
struct Bearer {
  credential::BusinessUnitId business_unit;
  credential::BusinessUnitId enterprise;
  credential::IntegrationId integration;
  std::string scopes;  // their names, separated by one space
  bool is_administrator = false;
};

// What a token guards and the authority does not answer itself, behind the router.
class GuardedApi {
 public:
  virtual ~GuardedApi() = default;
  // Whether requests for that path are its own. `lower_path` is in lower case.
  [[nodiscard]] virtual bool owns(std::string_view lower_path) const noexcept = 0;
  // `path`: as sent, less the tenant prefix and doubled slashes. `bearer`: nullopt where the
  // request carries no living token. Called on worker threads, outside any EpochGuard; must not
  // block.
  virtual void handle(net::Exchange& exchange, std::string_view path,
                      std::optional<Bearer> bearer) = 0;
};

// Ends one token before its time.
class TokenRevoker {
 public:
  using Done = std::function<void(base::Status)>;
  virtual ~TokenRevoker() = default;
  // `done` runs once it is durable and true for every worker, or with the error. Any thread.
  virtual void revoke(const TokenId& id, base::Instant ends_at, std::string actor, Done done) = 0;
};

struct FrontDoor {
  FrontSettings settings;
  const platform::Clock& clock;
  const crypto::RootKey& root_key;
  EpochDomain& epochs;
  const Directory& directory;
  const EpochPointer<credential::ScopeRegistry>& scopes;
  UsageMeter& usage;
  RefusalCounter& refusals;
  TokenKeys& token_keys;
  const EpochPointer<AudienceTable>& audiences;
  const SigningKeys& signing_keys;
  const RevokedTokens& revoked_tokens;
  TokenRevoker& revoker;
  telemetry::Metrics& metrics;
  const Readiness& readiness;
  AdminHandler& admin;
  GuardedApi* guarded = nullptr;

  [[nodiscard]] UnknownScopes unknown_scopes() const noexcept {
    return settings.ignores_unknown_scopes ? UnknownScopes::kIgnore : UnknownScopes::kRefuse;
  }
};

}  // namespace rekey::authority
