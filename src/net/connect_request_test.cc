#include "net/connect_request.h"

#include <gtest/gtest.h>

namespace rekey::net {
namespace {

using base::Code;

std::string head(std::string_view target, std::string_view headers = "Host: h\r\n") {
  return "CONNECT " + std::string(target) + " HTTP/1.1\r\n" + std::string(headers) + "\r\n";
}

TEST(ConnectRequest, GivesHostAndPort) {
  const auto target = parse_connect(head("mc1.REST.marketingcloudapis.com:443",
                                         "Host: mc1.rest.marketingcloudapis.com:443\r\n"
                                         "User-Agent: curl/7.88.1\r\n"
                                         "Proxy-Connection: Keep-Alive\r\n"));
  ASSERT_TRUE(target) << target.error().detail;
  EXPECT_EQ(target->host, "mc1.rest.marketingcloudapis.com");
  EXPECT_EQ(target->port, 443);
}

TEST(ConnectRequest, TakesHttp10AndNoHeadersToo) {
  EXPECT_TRUE(parse_connect("CONNECT a:1 HTTP/1.0\r\n\r\n"));
}

TEST(ConnectRequest, TakesAnAddressOfIPv6InBrackets) {
  const auto target = parse_connect(head("[2001:DB8::1]:8443"));
  ASSERT_TRUE(target) << target.error().detail;
  EXPECT_EQ(target->host, "2001:db8::1");
  EXPECT_EQ(target->port, 8443);
}

TEST(ConnectRequest, ATargetThatIsNotHostAndPortIsRefused) {
  const std::string long_host(254, 'a');
  for (const std::string& target :
       {std::string("a"), std::string("a:"), std::string(":443"), std::string("a:0"),
        std::string("a:65536"), std::string("a:+1"), std::string("a:44x"), std::string("a b:443"),
        std::string("/a:443"), std::string("http://a:443"), std::string("u@a:443"),
        std::string("2001:db8::1:443"), std::string("[a]:443"), std::string("[]:443"),
        std::string("[2001:db8::1:443"), std::string("a]:443"), long_host + ":443"}) {
    const auto parsed = parse_connect(head(target));
    ASSERT_FALSE(parsed) << target;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument) << target;
  }
}

TEST(ConnectRequest, AnotherMethodIsToldApart) {
  for (const char* text : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "connect a:1 HTTP/1.1\r\n\r\n",
                           "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    const auto parsed = parse_connect(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kUnsupported) << text;
  }
}

TEST(ConnectRequest, ABodyIsRefused) {
  for (const char* field :
       {"Content-Length: 5\r\n", "content-length: 0\r\n", "Transfer-Encoding: chunked\r\n"}) {
    const auto parsed = parse_connect(head("a:443", field));
    ASSERT_FALSE(parsed) << field;
    EXPECT_NE(parsed.error().detail.find("no body"), std::string::npos);
  }
}

TEST(ConnectRequest, WhatTwoParsersCouldReadInTwoWaysIsRefused) {
  using namespace std::string_literals;
  for (const std::string& text :
       {""s, "\r\n\r\n"s, "CONNECT a:443 HTTP/1.1\r\n"s, "CONNECT a:443\r\n\r\n"s,
        "CONNECT a:443 HTTP/2.0\r\n\r\n"s, "CONNECT  a:443 HTTP/1.1\r\n\r\n"s,
        "CONNECT a:443 HTTP/1.1\n\n"s, "CONNECT a:443 HTTP/1.1\r\nA: 1\n\r\n\r\n"s,
        head("a:443", " folded: 1\r\n"), head("a:443", "A : 1\r\n"), head("a:443", "A\r\n"),
        head("a:443", ": 1\r\n"), head("a:443", "A: \0\r\n"s), head("a:443", "A: \r1\r\n"),
        head("a:443") + "more", head("a:443") + head("a:443")}) {
    EXPECT_FALSE(parse_connect(text)) << text;
  }
}

}  // namespace
}  // namespace rekey::net
