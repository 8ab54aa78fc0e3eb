#include "net/loopback.h"

#include <arpa/inet.h>

#include <string>

namespace rekey::net {

bool is_loopback_host(std::string_view host) noexcept {
  if (host == "localhost" || host == "::1" || host == "[::1]") return true;
  constexpr std::size_t kLongest = sizeof("127.255.255.255") - 1;
  if (!host.starts_with("127.") || host.size() > kLongest) return false;
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
}

bool may_carry_secrets(std::string_view url) noexcept {
  if (url.starts_with("https://")) return true;
  constexpr std::string_view kPlain = "http://";
  if (!url.starts_with(kPlain)) return false;
  std::string_view authority = url.substr(kPlain.size());
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return false;
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return is_loopback_host(authority.substr(0, colon));
}

}  // namespace rekey::net
