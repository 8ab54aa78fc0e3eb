#include "net/http.h"

#include <gtest/gtest.h>

namespace rekey::net {
namespace {

TEST(PeerAddress, IsWrittenInItsShortestFormAndReadBack) {
  for (const std::string_view text :
       {"192.0.2.7", "2001:db8::1", "::1", "::", "255.255.255.255", "local"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_text(*address), text);
  }
}

TEST(PeerAddress, IsTheSameWhetherAnIpv4AddressIsMappedOrNot) {
  EXPECT_EQ(parse_address("::ffff:192.0.2.7"), parse_address("192.0.2.7"));
}

TEST(PeerAddress, RefusesWhatIsNoAddress) {
  for (const std::string_view text :
       {"", "192.0.2", "192.0.2.256", "192.0.2.7 ", "localhost", "2001:db8::1::2", "::1%lo",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_FALSE(parse_address(std::string_view("::1\0", 4)));
}

bool contains(std::string_view network, std::string_view address) {
  return parse_network(network).value().contains(parse_address(address).value());
}

TEST(Network, ContainsTheAddressesOfItsPrefixAndNoOther) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.129"));
  EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("::/0", "10.0.0.1"));
  EXPECT_TRUE(contains("::1/128", "::1"));
  EXPECT_TRUE(contains("::1", "::1"));
  EXPECT_FALSE(contains("::1", "::2"));
}

TEST(Network, HoldsTheLocalSocketOnlyWhereItIsNamed) {
  EXPECT_TRUE(contains("local", "local"));
  EXPECT_FALSE(contains("local", "::1"));
  EXPECT_FALSE(contains("::/0", "local"));
}

TEST(Network, RefusesPrefixesThatCannotBe) {
  for (const std::string_view text :
       {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "::/129", "/8", "local/8"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

TEST(Request, FindsTheFirstHeaderOfANameWithoutRegardToCase) {
  const std::array<HeaderView, 3> headers{{{"Host", "a"}, {"X-Id", "1"}, {"x-id", "2"}}};
  Request request;
  request.headers = headers;
  EXPECT_EQ(request.header("HOST"), "a");
  EXPECT_EQ(request.header("x-ID"), "1");
  EXPECT_EQ(request.header("X-Other"), "");
}

TEST(ReasonPhrase, IsNeverEmpty) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
  for (int status = 100; status < 600; ++status) EXPECT_FALSE(reason_phrase(status).empty());
}

}  // namespace
}  // namespace rekey::net
