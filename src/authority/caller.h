// Who sent a request, as far as it is counted: the network and the user agent.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http.h"

namespace rekey::authority {

inline constexpr std::size_t kMaxUserAgent = 128;

// An IPv4 address, an IPv6 /64 (what one site has), or the local socket.
struct CallerNetwork {
  std::array<std::uint8_t, 16> bytes{};
  bool is_local = false;
  friend auto operator<=>(const CallerNetwork&, const CallerNetwork&) = default;
};
[[nodiscard]] CallerNetwork network_of(const net::PeerAddress& peer) noexcept;
// "192.0.2.7", "2001:db8::/64", "local".
[[nodiscard]] std::string to_text(const CallerNetwork& network);
[[nodiscard]] std::optional<CallerNetwork> parse_caller_network(std::string_view text);
[[nodiscard]] std::size_t hash_of(const CallerNetwork& network) noexcept;

// The user agent as it is kept: at most kMaxUserAgent bytes of printable ASCII, '?' for any other.
// Gives a view of `text` where that is clean, else of `buffer`. Allocates nothing.
[[nodiscard]] std::string_view clean_user_agent(std::string_view text,
                                                std::span<char, kMaxUserAgent> buffer) noexcept;

// The address to count: the connection's peer; where that is a trusted proxy, the last hop of
// X-Forwarded-For that is not one. A hop that is no address ends the walk at the hop before it.
[[nodiscard]] net::PeerAddress client_address(
    const net::Request& request, std::span<const net::Network> trusted_proxies) noexcept;

}  // namespace rekey::authority
