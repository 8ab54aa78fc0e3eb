// One token request with one exact value, as a client would make it (RFC 6749 section 4.4), in JSON
// or as a form, as the issuer tells (IntegrationFacts): what the probes and the workflows begin
// with. Marked as the engine's own, so that it is never taken for a consumer's.
//
// One thread at a time. Nothing of a reply but a registered error code goes into `detail`.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "net/client.h"
#include "rotation/drivers/issuer.h"
#include "rotation/drivers/probe.h"

namespace rekey::rotation {

// How a request is sent: net::Client::send, or a double.
using Send = std::function<base::Result<net::ClientResponse>(const net::ClientRequest&)>;
// One that keeps its connection between requests.
[[nodiscard]] Send send_over_client();

struct TokenReply {
  ProbeResult result;
  base::Secret token;    // empty unless it was accepted and the reply held one
  std::string rest_url;  // as the reply tells it (Marketing Cloud, Rekey); empty where it does not
  std::string soap_url;
};

class TokenRequester {
 public:
  // The issuer outlives it.
  TokenRequester(Send send, const IntegrationFacts& integration, IssuerReader& issuer);
  // kUnavailable or kTimeout where nobody answered.
  [[nodiscard]] base::Result<TokenReply> ask(const base::Secret& value);

 private:
  void fill_json(net::ClientRequest& request, const base::Secret& value) const;

  Send send_;
  std::string client_id_;
  std::optional<std::int64_t> account_id_;
  std::optional<TokenEndpoint> endpoint_;
  std::string url_;
  IssuerReader& issuer_;
};

// Overwrites what headers held: some of it may be a token.
void wipe_headers(net::ClientRequest& request) noexcept;

}  // namespace rekey::rotation
