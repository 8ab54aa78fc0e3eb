#include "credential/ids.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>

namespace rekey::credential {
namespace {

template <typename Parsed>
void expect_refused(const Parsed& parsed, const std::string& text) {
  ASSERT_FALSE(parsed.has_value()) << text;
  EXPECT_EQ(parsed.error().code, base::Code::kInvalidArgument);
}

TEST(ClientIdTest, IsTwentyFourSmallLettersAndDigits) {
  const std::string good = "abcdefghijkl0123456789xy";
  EXPECT_EQ(parse_client_id(good).value().value, good);
  for (const std::string& text :
       {std::string(), good.substr(1), good + "z", "A" + good.substr(1), "_" + good.substr(1),
        good.substr(1) + "\n", "\xc3\xa9" + good.substr(2)}) {
    expect_refused(parse_client_id(text), text);
  }
}

TEST(SlotTagTest, IsTheDefaultOneOrSixCharacters) {
  EXPECT_EQ(parse_slot_tag("-").value(), default_slot());
  EXPECT_EQ(parse_slot_tag("Zk9aQ1").value().value, "Zk9aQ1");
  EXPECT_EQ(parse_slot_tag("000001").value().value, "000001");
  for (const std::string text :
       {"", "--", "000000", "Zk9aQ", "Zk9aQ12", "Zk9_Q1", "Zk9-Q1", " Zk9aQ"}) {
    expect_refused(parse_slot_tag(text), text);
  }
}

TEST(TenantNameTest, IsTwentyEightCharactersThatBeginWithMc) {
  const std::string good = "mc" + std::string(20, 'k') + "012345";
  EXPECT_EQ(parse_tenant_name(good).value(), good);
  for (const std::string& text :
       {std::string(), std::string("mc"), good.substr(0, 27), good + "a", "mx" + good.substr(2),
        "MC" + good.substr(2), good.substr(0, 27) + "-", good.substr(0, 27) + "."}) {
    expect_refused(parse_tenant_name(text), text);
  }
}

RC_GTEST_PROP(NumberIdTest, ReadsBackWhatItWrites, ()) {
  const auto number = *rc::gen::positive<std::int64_t>();
  RC_ASSERT(parse_package_id(to_text(PackageId{number})).value().value == number);
  RC_ASSERT(parse_secret_id(to_text(SecretId{number})).value().value == number);
}

TEST(NumberIdTest, LooksTheWayPeopleSeeIt) {
  EXPECT_EQ(to_text(PackageId{1}), "pkg_1");
  EXPECT_EQ(to_text(SecretId{17}), "sec_17");
  const auto largest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(parse_secret_id("sec_9223372036854775807").value().value, largest);
}

TEST(NumberIdTest, HasOneSpellingAndOnePrefix) {
  for (const std::string text : {"", "1", "sec_", "sec_0", "sec_01", "sec_-1", "sec_+1", "sec_ 1",
                                 "sec_1 ", "sec_1x", "SEC_1", "pkg_1", "sec_9223372036854775808"}) {
    expect_refused(parse_secret_id(text), text);
  }
  expect_refused(parse_package_id("sec_1"), "sec_1");
}

TEST(NumberIdTest, TheErrorDoesNotEchoWhatMayBeASecret) {
  EXPECT_EQ(parse_secret_id("hunter2").error().detail, "the id of a secret looks like sec_17");
  EXPECT_EQ(parse_package_id("hunter2").error().detail, "the id of a package looks like pkg_17");
}

}  // namespace
}  // namespace rekey::credential
