#include "cli/serve_mail.h"

#include <gtest/gtest.h>

namespace rekey::cli {
namespace {

TEST(Relay, IsAHostAndAPort) {
  EXPECT_EQ(parse_relay("relay.example:587").value().host, "relay.example");
  EXPECT_EQ(parse_relay("relay.example:587").value().port, 587);
  EXPECT_EQ(parse_relay("[::1]:25").value().host, "::1");
  for (const char* text : {"", "relay.example", ":25", "relay.example:", "relay.example:0",
                           "relay.example:70000", "relay.example:25x", "::1:25", "[]:25"}) {
    EXPECT_FALSE(parse_relay(text)) << text;
  }
}

}  // namespace
}  // namespace rekey::cli
