// POST /v2/token: exchanges a live client secret for an access token (contract sections 1 and 8).
//
// The trip of a token request, hop by hop, is in token_endpoint.cc under the numbers of
// docs/architecture.md. No hop allocates in the steady state or asks a database. One per worker
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authority/front_door.h"
#include "authority/oauth_error.h"
#include "authority/token_gate.h"
#include "authority/token_minter.h"
#include "authority/token_request.h"
#include "base/time.h"
#include "credential/authenticate.h"
#include "crypto/fingerprint_key.h"
#include "net/server.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

class TokenEndpoint {
 public:
  // `gate` is the worker's own and outlives the endpoint.
  TokenEndpoint(const FrontDoor& door, EpochDomain::Reader& reader, TokenGate& gate);

  void handle(net::Exchange& exchange, base::Instant now);

 private:
  // The HTTP headers that a token request may carry, found in one pass, and what the last one
  // means.
  struct Headers {
    std::string_view content_type;
    std::string_view authorization;
    std::string_view user_agent;
    std::string_view probe;
    bool is_probe = false;  // `probe` is a living token of an administrator
  };
  // Where hops 5 to 8 ended, scopes left out.
  struct Finding {
    credential::Refusal refusal = credential::Refusal::kUnknownClient;
    const Record* record = nullptr;  // nullptr: unknown client
    std::size_t secret = 0;          // index of the secret that matched
  };
  // A reply body in a fixed buffer.
  class Reply {
   public:
    void clear() noexcept { size_ = 0; }
    void append(std::string_view text) noexcept;
    // Room for a token, and how much of it was used.
    [[nodiscard]] std::span<char> room() noexcept;
    void advance(std::size_t size) noexcept { size_ += size; }
    [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

   private:
    std::array<char, 24 * 1024> bytes_;
    std::size_t size_ = 0;
  };

  [[nodiscard]] static Headers headers_of(const net::Request& request) noexcept;
  void answer(net::Exchange& exchange, base::Instant now);
  [[nodiscard]] Finding authenticate(const TokenRequest& request, base::Instant now) noexcept;
  [[nodiscard]] std::optional<credential::ScopeSet> grant(const credential::ScopeSet& held,
                                                          std::string_view wanted) const noexcept;
  void issue(net::Exchange& exchange, const TokenRequest& request, const Headers& headers,
             const Finding& finding, base::Instant now);
  [[nodiscard]] bool write_reply(const TokenClaims& claims, const GrantedScopes& held,
                                 std::string_view expiry_json) noexcept;
  void refuse(net::Exchange& exchange, const Headers& headers, const Finding& finding,
              base::Instant now);
  void fail(net::Exchange& exchange, const TokenFailure& failure);

  const FrontDoor& door_;
  EpochDomain::Reader& reader_;
  TokenGate& gate_;
  TokenMinter minter_;
  TokenRequestParser parser_;
  crypto::Fingerprinter fingerprinter_;
  const std::unique_ptr<const Record> nobody_;  // does an unknown client's share of the work
  std::vector<std::int64_t> last_used_millis_;
  std::string reply_middle_;  // the fixed text between the token and the scopes
  std::string reply_end_;     // and between the scopes and the secret's end
  std::array<std::string, kTokenProblemCount> refusal_bodies_;  // those that a refusal can have
  Reply reply_;
  telemetry::Counter& issued_;
  telemetry::Counter& probed_;
  std::array<telemetry::Counter*, credential::kRefusalCount> refused_{};
  telemetry::Counter& failed_;  // requests that were refused for their form, grant or scope
};

}  // namespace rekey::authority
