// The probe "token": one token request, as a client would make it (RFC 6749 section 4.4).
// docs/probes/token.md is its page.
#pragma once

#include <functional>
#include <memory>

#include "net/client.h"
#include "rotation/issuer.h"
#include "rotation/probe.h"

namespace rekey::rotation {

// `issuer` marks the request as the engine's own, and outlives the probe.
[[nodiscard]] std::unique_ptr<Probe> make_token_probe(const IntegrationFacts& integration,
                                                      IssuerReader& issuer);

// The same over another way to send, for tests.
[[nodiscard]] std::unique_ptr<Probe> make_token_probe_over(
    std::function<base::Result<net::ClientResponse>(const net::ClientRequest&)> transport,
    const IntegrationFacts& integration, IssuerReader& issuer);

}  // namespace rekey::rotation
