// Requests by the tenant's host names, as Marketing Cloud has them (contract section 1.1): before
// the router, which knows paths alone, it looks at the host.
//
// Each service answers at its own host and nowhere else, so that a client that mixes them up
// notices here. What is no part of Marketing Cloud (the admin API, health, metrics) answers at
// none.
#pragma once

#include "authority/front_door.h"
#include "net/server.h"

namespace rekey::authority {

// A router for each worker. `door` must outlive the server, and its settings have a host_domain.
[[nodiscard]] net::HandlerFactory make_host_router_factory(const FrontDoor& door);

}  // namespace rekey::authority
