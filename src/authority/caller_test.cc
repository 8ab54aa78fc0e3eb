#include "authority/caller.h"

#include <gtest/gtest.h>

#include <vector>

namespace rekey::authority {
namespace {

net::PeerAddress address(std::string_view text) {
  return *net::parse_address(text);
}

TEST(CallerNetwork, IsTheAddressInIpv4AndTheSiteInIpv6) {
  EXPECT_EQ(to_text(network_of(address("192.0.2.7"))), "192.0.2.7");
  EXPECT_EQ(to_text(network_of(address("2001:db8:1:2:3:4:5:6"))), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of(address("2001:db8:1:2::9")), network_of(address("2001:db8:1:2:3:4:5:6")));
  EXPECT_NE(network_of(address("2001:db8:1:3::9")), network_of(address("2001:db8:1:2::9")));
}

TEST(CallerNetwork, ReadsBackWhatItWrites) {
  net::PeerAddress local;
  local.is_local_socket = true;
  for (const auto& peer : {address("192.0.2.7"), address("2001:db8::5"), local}) {
    const CallerNetwork network = network_of(peer);
    EXPECT_EQ(parse_caller_network(to_text(network)), network);
  }
  EXPECT_EQ(parse_caller_network("no network"), std::nullopt);
}

TEST(UserAgent, KeepsPrintableTextAndMarksTheRest) {
  std::array<char, kMaxUserAgent> buffer;
  EXPECT_EQ(clean_user_agent("node-fetch/1.0", buffer), "node-fetch/1.0");
  EXPECT_EQ(clean_user_agent("a\x01\xFF b", buffer), "a?? b");
  EXPECT_EQ(clean_user_agent(std::string(500, 'x'), buffer).size(), kMaxUserAgent);
}

struct Forwarded {
  std::string_view peer;
  std::vector<std::string_view> headers;
  std::string_view expected;
};

net::PeerAddress client_of(const Forwarded& forwarded) {
  std::vector<net::HeaderView> headers;
  for (const std::string_view value : forwarded.headers) {
    headers.push_back({"x-forwarded-for", value});
  }
  net::Request request;
  request.peer = address(forwarded.peer);
  request.headers = headers;
  const std::vector<net::Network> trusted{*net::parse_network("10.0.0.0/8")};
  return client_address(request, trusted);
}

TEST(ClientAddress, BelievesOnlyTrustedProxies) {
  for (const Forwarded& forwarded :
       std::vector<Forwarded>{{"192.0.2.7", {"198.51.100.1"}, "192.0.2.7"},
                              {"10.0.0.1", {}, "10.0.0.1"},
                              {"10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
                              {"10.0.0.1", {"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
                              {"10.0.0.1", {"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
                              {"10.0.0.1", {"198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
                              {"10.0.0.1", {"198.51.100.1, what"}, "10.0.0.1"},
                              {"10.0.0.1", {"198.51.100.1:4711"}, "198.51.100.1"},
                              {"10.0.0.1", {"[2001:db8::1]:4711"}, "2001:db8::1"}}) {
    EXPECT_EQ(net::to_text(client_of(forwarded)), forwarded.expected);
  }
}

}  // namespace
}  // namespace rekey::authority
