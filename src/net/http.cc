#include "net/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"

namespace rekey::net {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::string_view kLocal = "local";

bool is_ipv4(const PeerAddress& address) noexcept {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
}

}  // namespace

std::string_view name_of(Method method) noexcept {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      break;
  }
  return "OTHER";
}

std::string to_text(const PeerAddress& address) {
  if (address.is_local_socket) return std::string(kLocal);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_ipv4(address)) {
    ::inet_ntop(AF_INET, address.bytes.data() + kMappedPrefix.size(), text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
  }
  return text.data();
}

std::optional<PeerAddress> parse_address(std::string_view text) {
  PeerAddress address;
  if (text == kLocal) {
    address.is_local_socket = true;
    return address;
  }
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return {};
  std::copy(text.begin(), text.end(), terminated.begin());
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
  if (::inet_pton(AF_INET, terminated.data(), address.bytes.data() + kMappedPrefix.size()) == 1) {
    return address;
  }
  if (::inet_pton(AF_INET6, terminated.data(), address.bytes.data()) == 1) return address;
  return {};
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<PeerAddress> address = parse_address(text.substr(0, slash));
  if (!address) return {};
  Network network{*address, 128};
  if (slash == std::string_view::npos) return network;
  if (address->is_local_socket) return {};

  // The written form decides the unit: "::ffff:10.0.0.0/104" counts 128 bits, "10.0.0.0/8"
  // counts 32.
  const bool counts_32_bits = text.find(':') == std::string_view::npos;
  const int most = counts_32_bits ? 32 : 128;
  const std::string_view digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > most) {
    return {};
  }
  network.prefix_bits = bits + (128 - most);
  return network;
}

bool Network::contains(const PeerAddress& peer) const noexcept {
  if (peer.is_local_socket || address.is_local_socket) {
    return peer.is_local_socket == address.is_local_socket;
  }
  const auto whole_bytes = static_cast<std::size_t>(prefix_bits / 8);
  if (std::memcmp(peer.bytes.data(), address.bytes.data(), whole_bytes) != 0) return false;
  const int rest = prefix_bits % 8;
  if (rest == 0) return true;
  const int differing = peer.bytes[whole_bytes] ^ address.bytes[whole_bytes];
  return (differing >> (8 - rest)) == 0;
}

std::string_view Request::header(std::string_view name) const noexcept {
  for (const HeaderView& candidate : headers) {
    if (base::equal_ignoring_case(candidate.name, name)) return candidate.value;
  }
  return {};
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Other";
  }
}

}  // namespace rekey::net
