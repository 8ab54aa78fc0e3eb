#include "discovery/allow_comment.h"

#include <gtest/gtest.h>

namespace rekey::discovery {
namespace {

TEST(AllowComment, NeedsAReason) {
  EXPECT_EQ(reason_in("x = 1  # rekey:allow an example of the manual"), "an example of the manual");
  EXPECT_EQ(reason_in("x = 1  # rekey:allow"), std::nullopt);
  EXPECT_EQ(reason_in("x = 1  # rekey:allow   "), std::nullopt);
  EXPECT_EQ(reason_in("x = 1  # rekey:allow -->"), std::nullopt);
  EXPECT_EQ(reason_in("x = 1  # rekey:allowed by me"), std::nullopt);
  EXPECT_EQ(reason_in("x = 1"), std::nullopt);
}

TEST(AllowComment, EndsWithTheComment) {
  EXPECT_EQ(reason_in("/* rekey:allow a fixture */ int x;"), "a fixture");
  EXPECT_EQ(reason_in("<!-- rekey:allow a fixture -->"), "a fixture");
  EXPECT_EQ(reason_in("rekey:allow " + std::string(500, 'x'))->size(), kLongestReason);
}

TEST(AllowComment, StandsInTheLineOrAloneAboveIt) {
  const std::string above = "# rekey:allow a fixture\nkey: VALUE\nother: x\n";
  EXPECT_EQ(reason_for(above, above.find("VALUE")), "a fixture");
  EXPECT_EQ(reason_for(above, above.find("other")), std::nullopt);
  const std::string beside = "key: VALUE # rekey:allow a fixture\nnext: x";
  EXPECT_EQ(reason_for(beside, beside.find("VALUE")), "a fixture");
  EXPECT_EQ(reason_for(beside, beside.find("next")), std::nullopt);
  EXPECT_EQ(reason_for("VALUE", 0), std::nullopt);
}

}  // namespace
}  // namespace rekey::discovery
