#include "cli/known_authority.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "crypto/known_tag_codec.h"

namespace rekey::cli {
namespace {

const base::Instant kNow = *base::parse_instant("2026-11-24T10:00:00Z");

base::Result<discovery::KnownSecret> read(const std::string& state, const std::string& more) {
  const auto row = net::parse_json(fmt::format(
      R"({{"client_id":"abcdefgh0123456789ijklmn","package":"Order sync","package_id":"pkg_2",)"
      R"("secret_id":"sec_17","slot":"-","state":"{}","label":"","prefix":"","enabled":true,)"
      R"("generated_at":"2026-11-01T00:00:00Z","ends_at":"2026-12-06T11:00:00Z","days_left":12,)"
      R"("ended_at":{}}})",
      state, more));
  return known_secret_of(*row, kNow);
}

TEST(KnownToAuthority, ALiveSecretSaysHowLongItLivesAndWhetherItIsAccepted) {
  const auto active = read("active", R"(null,"accepted":true,"tags":null)");
  ASSERT_TRUE(active.has_value()) << active.error().detail;
  EXPECT_EQ(active->told, "active, accepted, 12 days left");
  EXPECT_FALSE(active->is_over);
  EXPECT_FALSE(active->tags.has_value());
  EXPECT_EQ(describe(*active), "Order sync, client id abcdefgh0123456789ijklmn, sec_17");
  EXPECT_EQ(read("settling", R"(null,"accepted":false)")->told,
            "settling, not accepted yet, 12 days left");
}

TEST(KnownToAuthority, OneThatHasEndedSaysWhen) {
  const auto revoked = read("revoked", R"("2026-11-21T10:00:00Z","accepted":false)");
  ASSERT_TRUE(revoked.has_value()) << revoked.error().detail;
  EXPECT_TRUE(revoked->is_over);
  EXPECT_FALSE(revoked->days_left.has_value());
  EXPECT_EQ(revoked->told, "revoked 3 days ago");
}

TEST(KnownToAuthority, TagsComeThroughAndDamagedOnesAreTold) {
  crypto::KnownTagger tagger(crypto::KnownSearchKey::generate());
  const auto tagged = tagger.tags_of(base::Secret(std::string(24, 'x')));
  const auto good = read("active", fmt::format(R"(null,"accepted":true,"tags":"{}")",
                                               base::base64_encode(crypto::encode_tags(tagged))));
  ASSERT_TRUE(good.has_value()) << good.error().detail;
  EXPECT_EQ(*good->tags, tagged);
  const auto bad = read("active", R"(null,"accepted":true,"tags":"AQEB")");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, base::Code::kCorrupt);
  EXPECT_NE(bad.error().detail.find("sec_17"), std::string::npos);
}

}  // namespace
}  // namespace rekey::cli
