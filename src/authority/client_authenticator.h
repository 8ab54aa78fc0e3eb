// Who asks with a client id and a secret: hops 4 to 8 and 10 of a token request, shared by every
// endpoint at which a client authenticates.
//
// The hops' numbers are those of docs/architecture.md. Nothing here allocates in the steady state
// or asks a database. One per worker thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "authority/front_door.h"
#include "authority/token_gate.h"
#include "base/time.h"
#include "credential/authenticate.h"
#include "crypto/fingerprint_key.h"
#include "net/http.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

// The HTTP headers that a client's request may carry, found in one pass, and what the last one
// means.
struct ClientHeaders {
  std::string_view content_type;
  std::string_view authorization;
  std::string_view user_agent;
  std::string_view probe;
  bool is_probe = false;  // `probe` is a living token of an administrator
};
[[nodiscard]] ClientHeaders client_headers_of(const net::Request& request) noexcept;

struct PresentedClient {
  std::string_view client_id;
  std::string_view client_secret;
  std::optional<credential::BusinessUnitId> account_id;
};

// Where hops 5 to 8 ended, scopes left out.
struct ClientFinding {
  credential::Refusal refusal = credential::Refusal::kUnknownClient;
  const Record* record = nullptr;  // nullptr: unknown client
  std::size_t secret = 0;          // index of the secret that matched
};

class ClientAuthenticator {
 public:
  // `gate` is the worker's own and outlives this.
  ClientAuthenticator(const FrontDoor& door, TokenGate& gate);

  // Hop 4: hiding from the evidence takes the right to administer; any other mark changes nothing.
  // Call outside any EpochGuard on the worker's reader.
  [[nodiscard]] bool is_probe(const ClientHeaders& headers, base::Instant now);
  // Hops 5 to 8. Call inside an EpochGuard; the finding's record lives as long as that.
  [[nodiscard]] ClientFinding authenticate(const PresentedClient& client,
                                           base::Instant now) noexcept;
  // Hop 10: the meter is told who used which secret; a probe is no use.
  void note_use(const net::Request& request, const ClientHeaders& headers,
                const ClientFinding& finding, base::Instant now) noexcept;
  // The same for a refusal and its reason.
  void note_refusal(const net::Request& request, const ClientHeaders& headers,
                    const ClientFinding& finding, base::Instant now);

 private:
  const FrontDoor& door_;
  TokenGate& gate_;
  crypto::Fingerprinter fingerprinter_;
  const std::unique_ptr<const Record> nobody_;  // does an unknown client's share of the work
  std::vector<std::int64_t> last_used_millis_;
  std::array<telemetry::Counter*, credential::kRefusalCount> refused_{};
};

// Tokens issued, "use" or "probe"; token requests refused.
[[nodiscard]] telemetry::Counter& issued_counter(telemetry::Metrics& metrics,
                                                 std::string_view purpose);
[[nodiscard]] telemetry::Counter& refused_counter(telemetry::Metrics& metrics,
                                                  std::string_view reason);

}  // namespace rekey::authority
