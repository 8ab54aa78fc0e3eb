// Whether a server could listen on an address, asked before anything is made for that server.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace rekey::net {

// Listens for a moment and lets go. kInvalidArgument for what is no address; kUnavailable for one
// that is not this machine's, that another program has, or that needs more rights. What holds now
// may have changed when the server starts, which asks again.
[[nodiscard]] base::Status check_can_listen(const std::string& address, std::uint16_t port);

}  // namespace rekey::net
