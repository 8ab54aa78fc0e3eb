// The head of a proxy's request: nothing crashes, and what is taken is read the same way when it is
// written anew from what was read.
#include "base/assert.h"
#include "net/connect_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view head(reinterpret_cast<const char*>(data), size_bytes);
  const auto target = rekey::net::parse_connect(head);
  if (!target) {
    REKEY_ASSERT(!target.error().detail.empty());
    return 0;
  }
  REKEY_ASSERT(!target->host.empty() && target->port != 0);
  const bool is_ipv6 = target->host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + target->host + "]" : target->host;
  const auto again = rekey::net::parse_connect("CONNECT " + host + ":" +
                                               std::to_string(target->port) + " HTTP/1.1\r\n\r\n");
  REKEY_ASSERT(again && again->host == target->host && again->port == target->port);
  return 0;
}
