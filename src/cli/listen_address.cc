#include "cli/listen_address.h"

#include <fmt/format.h>

#include <charconv>

namespace rekey::cli {

base::Result<ListenAddress> parse_listen_address(std::string_view option, const std::string& text) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* begin = text.data() + (colon == std::string::npos ? text.size() : colon + 1);
  const auto [end, problem] = std::from_chars(begin, text.data() + text.size(), port);
  if (colon == std::string::npos || colon == 0 || problem != std::errc{} ||
      end != text.data() + text.size()) {
    return base::fail(
        base::Code::kInvalidArgument,
        fmt::format("{} takes ADDRESS:PORT, such as 127.0.0.1:8420, not \"{}\"", option, text));
  }
  auto address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  return ListenAddress{address, port};
}

std::string http_url_of(const std::string& address, std::uint16_t port) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", is_ipv6 ? "[" : "", address, is_ipv6 ? "]" : "", port);
}

}  // namespace rekey::cli
