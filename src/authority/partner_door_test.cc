#include "authority/partner_door.h"

#include <gtest/gtest.h>

namespace rekey::authority {
namespace {

TEST(PartnerKeys, AListIsReadAndKeysOfAnotherKindAreLeftOut) {
  const auto none = parse_partner_keys(
      R"({"public_keys":[{"key_identifier":"a","key":"no key","is_current":true}]})");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  for (const char* text : {"", "[]", "{}", R"({"public_keys":{}})", R"({"public_keys":[{}]})"}) {
    EXPECT_FALSE(parse_partner_keys(text)) << text;
  }
}

}  // namespace
}  // namespace rekey::authority
