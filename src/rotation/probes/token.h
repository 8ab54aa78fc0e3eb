// The probe "token": one token request, as a client would make it (RFC 6749 section 4.4), in JSON
// or as a form, as the issuer tells (IntegrationFacts). docs/probes/token.md is its page.
#pragma once

#include <memory>

#include "rotation/drivers/registry.h"
#include "rotation/probes/token_request.h"

namespace rekey::rotation {

// It takes no keys: the issuer tells where tokens are asked for.
[[nodiscard]] ProbeKind token_probe();

// The same over another way to send, for tests.
[[nodiscard]] std::unique_ptr<Probe> make_token_probe_over(Send transport,
                                                           const IntegrationFacts& integration,
                                                           IssuerReader& issuer);

}  // namespace rekey::rotation
