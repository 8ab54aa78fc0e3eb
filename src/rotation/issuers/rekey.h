// The issuer "rekey": an authority of this project, over its admin API (docs/admin-api.md).
// docs/issuers/rekey.md is its page.
//
// Works with an admin credential file; its token is kept until shortly before it expires, and the
// file is read again when the authority does not accept the token or the credential any more.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/client.h"
#include "rotation/drivers/registry.h"

namespace rekey::rotation {

// Its keys: credential, server.
[[nodiscard]] IssuerKind rekey_issuer();

// The same over another way to send, for tests.
using Transport = std::function<base::Result<net::ClientResponse>(const net::ClientRequest&)>;
[[nodiscard]] std::unique_ptr<Issuer> make_rekey_issuer_over(Transport transport,
                                                             const DriverSpec& spec,
                                                             const std::string& client_id,
                                                             const DriverParts& parts);

}  // namespace rekey::rotation
