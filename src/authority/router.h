// The first stop of a request in the authority: cleans the path and hands the request on.
//
// Paths are matched as contract section 8 items 1 to 3 ask: a leading
// "/https://{tenant}.{auth|rest|soap}.marketingcloudapis.com" is taken off, doubled slashes count
// as one, letter case does not matter. The local socket reaches /local/ and nothing else; nobody
// else reaches /local/.
#pragma once

#include "authority/front_door.h"
#include "net/server.h"

namespace rekey::authority {

// A router for each worker. `door` must outlive the server.
[[nodiscard]] net::HandlerFactory make_router_factory(const FrontDoor& door);

}  // namespace rekey::authority
