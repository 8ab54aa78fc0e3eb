#include "net/loopback.h"

#include <gtest/gtest.h>

namespace rekey::net {
namespace {

TEST(Loopback, HttpsGoesAnywhereAndHttpOnlyToThisMachine) {
  for (const std::string_view url :
       {"https://a.example/", "http://localhost", "http://localhost:8420/hook", "http://127.0.0.1",
        "http://127.9.8.7:1/x?y", "http://[::1]/", "http://[::1]:8420/"}) {
    EXPECT_TRUE(may_carry_secrets(url)) << url;
  }
}

TEST(Loopback, ANameThatOnlyLooksLikeThisMachineIsNone) {
  for (const std::string_view url :
       {"http://a.example/", "http://127.attacker.example/hook", "http://127.0.0.1.example/",
        "http://127.1/", "http://localhost.example/", "http://localhost@a.example/",
        "http://127.0.0.1:80@a.example/", "http://[::2]/", "http://10.0.0.1/", "http://",
        "ftp://localhost/", "localhost", ""}) {
    EXPECT_FALSE(may_carry_secrets(url)) << url;
  }
}

}  // namespace
}  // namespace rekey::net
