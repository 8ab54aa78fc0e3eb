#include "net/listen_check.h"

#include "net/server_listener.h"

namespace rekey::net {

base::Status check_can_listen(const std::string& address, std::uint16_t port) {
  REKEY_TRY([[maybe_unused]] const auto listener, listen_on_tcp(address, port));
  return {};
}

}  // namespace rekey::net
