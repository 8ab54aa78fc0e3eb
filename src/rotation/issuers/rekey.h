// The issuer "rekey": an authority of this project, over its admin API (docs/admin-api.md).
// docs/issuers/rekey.md is its page.
//
// Works with an admin credential file; its token is kept until shortly before it expires, and the
// file is read again when the authority does not accept the token or the credential any more.
#pragma once

#include <functional>
#include <memory>

#include "net/client.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "rotation/issuer.h"

namespace rekey::rotation {

struct Inventory;

// Over net::Client. Clock and files outlive the issuer; the inventory is copied from.
[[nodiscard]] std::unique_ptr<Issuer> make_rekey_issuer(const Inventory& inventory,
                                                        platform::Clock& clock,
                                                        platform::Files& files);

// The same over another way to send, for tests.
using Transport = std::function<base::Result<net::ClientResponse>(const net::ClientRequest&)>;
[[nodiscard]] std::unique_ptr<Issuer> make_rekey_issuer_over(Transport transport,
                                                             const Inventory& inventory,
                                                             platform::Clock& clock,
                                                             platform::Files& files);

}  // namespace rekey::rotation
