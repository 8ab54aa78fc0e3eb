#include "authority/caller.h"

#include <algorithm>
#include <functional>

#include "base/text.h"

namespace rekey::authority {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedIpv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::string_view kSitePrefix = "/64";

bool is_ipv4(const std::array<std::uint8_t, 16>& bytes) noexcept {
  return std::equal(kMappedIpv4.begin(), kMappedIpv4.end(), bytes.begin());
}

bool is_printable(char c) noexcept {
  return c >= 0x20 && c < 0x7F;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// An address as proxies write it: bare, or with a port ("192.0.2.7:4711", "[2001:db8::1]:4711").
std::optional<net::PeerAddress> parse_hop(std::string_view hop) noexcept {
  if (hop.starts_with('[')) {
    const std::size_t end = hop.find(']');
    return end == std::string_view::npos ? std::nullopt
                                         : net::parse_address(hop.substr(1, end - 1));
  }
  const std::size_t colon = hop.find(':');
  if (colon != std::string_view::npos && hop.find(':', colon + 1) == std::string_view::npos) {
    hop = hop.substr(0, colon);
  }
  return net::parse_address(hop);
}

}  // namespace

CallerNetwork network_of(const net::PeerAddress& peer) noexcept {
  CallerNetwork network{peer.bytes, peer.is_local_socket};
  if (network.is_local) {
    network.bytes.fill(0);
  } else if (!is_ipv4(network.bytes)) {
    std::fill(network.bytes.begin() + 8, network.bytes.end(), std::uint8_t{0});
  }
  return network;
}

std::string to_text(const CallerNetwork& network) {
  net::PeerAddress address;
  address.bytes = network.bytes;
  address.is_local_socket = network.is_local;
  std::string text = net::to_text(address);
  if (!network.is_local && !is_ipv4(network.bytes)) text += kSitePrefix;
  return text;
}

std::optional<CallerNetwork> parse_caller_network(std::string_view text) {
  if (text == "local") return CallerNetwork{{}, true};
  if (text.ends_with(kSitePrefix)) text.remove_suffix(kSitePrefix.size());
  const auto address = net::parse_address(text);
  if (!address) return std::nullopt;
  return network_of(*address);
}

std::size_t hash_of(const CallerNetwork& network) noexcept {
  return std::hash<std::string_view>{}(base::text_of(network.bytes)) + (network.is_local ? 1 : 0);
}

std::string_view clean_user_agent(std::string_view text,
                                  std::span<char, kMaxUserAgent> buffer) noexcept {
  text = text.substr(0, kMaxUserAgent);
  if (std::all_of(text.begin(), text.end(), is_printable)) return text;
  std::transform(text.begin(), text.end(), buffer.begin(),
                 [](char c) { return is_printable(c) ? c : '?'; });
  return {buffer.data(), text.size()};
}

net::PeerAddress client_address(const net::Request& request,
                                std::span<const net::Network> trusted_proxies) noexcept {
  const auto is_trusted = [trusted_proxies](const net::PeerAddress& address) {
    return std::any_of(
        trusted_proxies.begin(), trusted_proxies.end(),
        [&address](const net::Network& network) { return network.contains(address); });
  };
  net::PeerAddress client = request.peer;
  if (client.is_local_socket || !is_trusted(client)) return client;
  // Several headers of the name are one list, in order (RFC 9110 section 5.2): walk it from its
  // end.
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (!base::equal_ignoring_case(header->name, "X-Forwarded-For")) continue;
    std::string_view rest = header->value;
    while (!rest.empty()) {
      const std::size_t comma = rest.rfind(',');
      const std::string_view hop =
          trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
      const auto address = parse_hop(hop);
      if (!address) return client;
      client = *address;
      if (!is_trusted(client)) return client;
    }
  }
  return client;
}

}  // namespace rekey::authority
