// HTTP vocabulary shared by server and client. Knows no OAuth.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rekey::net {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
[[nodiscard]] std::string_view name_of(Method method) noexcept;

struct HeaderView {
  std::string_view name;
  std::string_view value;
};

// An IPv4 (as ::ffff:a.b.c.d) or IPv6 address, or the local socket.
struct PeerAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool is_local_socket = false;
  std::uint32_t local_uid = 0;  // of the process at the other end of the local socket
  friend auto operator<=>(const PeerAddress&, const PeerAddress&) = default;
};
// "192.0.2.7", "2001:db8::1", "local".
[[nodiscard]] std::string to_text(const PeerAddress& address);
[[nodiscard]] std::optional<PeerAddress> parse_address(std::string_view text);

// An address block such as 10.0.0.0/8 or ::1/128.
struct Network {
  PeerAddress address;
  int prefix_bits = 128;  // in the 128-bit form
  [[nodiscard]] bool contains(const PeerAddress& peer) const noexcept;
};
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);

// A request; every view dies with the handler's return.
struct Request {
  Method method = Method::kOther;
  std::string_view target;  // as sent
  std::string_view path;    // before '?', as sent
  std::string_view query;   // after '?', as sent
  std::span<const HeaderView> headers;
  std::string_view body;  // followed by at least 64 readable bytes (simdjson's padding)
  PeerAddress peer;
  // The first header of that name, compared without case; empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

// A response that owns its bytes, for everything but the hot path.
struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

}  // namespace rekey::net
