// The probe "userinfo": a token request, then the userinfo endpoint asked with that very token
// (Marketing Cloud: GET /v2/userinfo). It proves more than `token` does: that the token works for
// more than being issued, and, where the inventory says which, that it belongs to the planned
// enterprise, business unit and application. docs/probes/userinfo.md is its page.
#pragma once

#include <memory>

#include "rotation/drivers/registry.h"
#include "rotation/probes/token_request.h"

namespace rekey::rotation {

// Keys: path or url; enterprise_id, member_id, application_id.
[[nodiscard]] ProbeKind userinfo_probe();

// The same over another way to send, for tests. `spec` is one of the kind.
[[nodiscard]] std::unique_ptr<Probe> make_userinfo_probe_over(Send transport,
                                                              const DriverSpec& spec,
                                                              const IntegrationFacts& integration,
                                                              IssuerReader& issuer);

}  // namespace rekey::rotation
