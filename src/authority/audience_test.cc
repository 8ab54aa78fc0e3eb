#include "authority/audience.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "authority/audience_table.h"

namespace rekey::authority {
namespace {

constexpr std::string_view kClient = "abcdefgh0123456789ijklmn";
constexpr std::string_view kOther = "zzzzzzzz0123456789ijklmn";

Audience audience_of(std::string uri, std::vector<std::string> clients = {}) {
  return {std::move(uri), crypto::JwsAlgorithm::kEs256, std::move(clients), {}};
}

TEST(Audience, IsAnAbsoluteUriWithoutAFragment_Rfc8707_2) {
  for (const auto* uri : {"https://api.example.com", "https://api.example.com/orders?v=2",
                          "urn:example:orders", "http://[::1]:8080/"}) {
    EXPECT_TRUE(check(audience_of(uri))) << uri;
  }
  for (const auto* uri : {"", "orders", "/orders", "//api.example.com", "https:", ":x", "1a:b",
                          "https://api.example.com/#part", "https://api.example.com/a b",
                          "https://\xC3\xA4.example.com", "https://api.example.com/\"x"}) {
    EXPECT_FALSE(check(audience_of(uri))) << uri;
  }
  EXPECT_FALSE(check(audience_of("https://" + std::string(kMaxAudienceUri, 'a'))));
}

TEST(Audience, IsKeptToClientIds) {
  EXPECT_TRUE(check(audience_of("urn:a:b", {std::string(kClient)})));
  EXPECT_FALSE(check(audience_of("urn:a:b", {"Order sync"})));
  Audience with_server = audience_of("urn:a:b");
  with_server.resource_server = "pkg_1";
  EXPECT_FALSE(check(with_server));
}

TEST(AudienceTable, FindsExactlyWhatIsDeclared) {
  const AudienceTable table(
      {audience_of("urn:b:b"), audience_of("urn:a:a", {std::string(kClient)})});
  ASSERT_NE(table.find("urn:a:a"), nullptr);
  EXPECT_EQ(table.find("urn:a:a")->json, "\"urn:a:a\"");
  for (const auto* uri : {"urn:a:", "urn:a:aa", "URN:A:A", "", "urn:c:c"}) {
    EXPECT_EQ(table.find(uri), nullptr) << uri;
  }
  EXPECT_TRUE(table.find("urn:a:a")->is_open_to(*pack_client_id(kClient)));
  EXPECT_FALSE(table.find("urn:a:a")->is_open_to(*pack_client_id(kOther)));
  EXPECT_TRUE(table.find("urn:b:b")->is_open_to(*pack_client_id(kOther)));
}

}  // namespace
}  // namespace rekey::authority
