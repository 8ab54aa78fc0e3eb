#include "net/listen_check.h"

#include <gtest/gtest.h>

#include "net/server_listener.h"

namespace rekey::net {
namespace {

TEST(ListenCheck, AFreePortIsFreeAfterwardsToo) {
  std::uint16_t port = 0;
  {
    const auto listener = listen_on_tcp("127.0.0.1", 0);
    ASSERT_TRUE(listener);
    port = port_of(*listener);
    const auto taken = check_can_listen("127.0.0.1", port);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, base::Code::kUnavailable);
  }
  EXPECT_TRUE(check_can_listen("127.0.0.1", port));
  EXPECT_TRUE(check_can_listen("127.0.0.1", port));
}

TEST(ListenCheck, WhatIsNotThisMachinesAddressIsRefused) {
  const auto foreign = check_can_listen("192.0.2.1", 0);  // RFC 5737
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, base::Code::kUnavailable);
  const auto nonsense = check_can_listen("300.1.1.1", 0);
  ASSERT_FALSE(nonsense);
  EXPECT_EQ(nonsense.error().code, base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace rekey::net
