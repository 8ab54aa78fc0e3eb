#include "base/fingerprint.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rekey::base {
namespace {

rc::Gen<Fingerprint> any_fingerprint() {
  return rc::gen::apply(
      [](std::uint32_t key_id, const std::array<std::uint8_t, 32>& digest) {
        return Fingerprint{.key_id = key_id, .digest = digest};
      },
      rc::gen::arbitrary<std::uint32_t>(), rc::gen::arbitrary<std::array<std::uint8_t, 32>>());
}

RC_GTEST_PROP(FingerprintTest, ReadsBackWhatItWrites, ()) {
  const auto fingerprint = *any_fingerprint();
  const auto text = to_text(fingerprint);
  RC_ASSERT(text.size() == 73u);
  RC_ASSERT(fingerprint_from_text(text).value() == fingerprint);
}

RC_GTEST_PROP(FingerprintTest, EqualInConstantTimeMeansEqual, ()) {
  const auto one = *any_fingerprint();
  RC_ASSERT(equal_in_constant_time(one, one));

  auto other = one;
  const auto at = *rc::gen::inRange<std::size_t>(0, 32);
  other.digest[at] = static_cast<std::uint8_t>(other.digest[at] ^ (1u << (at % 8)));
  RC_ASSERT(!equal_in_constant_time(one, other));

  auto other_key = one;
  ++other_key.key_id;
  RC_ASSERT(!equal_in_constant_time(one, other_key));
}

TEST(FingerprintTest, PeopleSeeTwelveDigits) {
  Fingerprint fingerprint{.key_id = 0xab, .digest = {}};
  fingerprint.digest[0] = 0xc0;
  fingerprint.digest[5] = 0x0d;
  EXPECT_EQ(display(fingerprint), "fp:c0000000000d");
  EXPECT_EQ(to_text(fingerprint).substr(0, 21), "000000ab.c0000000000d");
}

TEST(FingerprintTest, AStoredOneThatIsDamagedIsCorrupt) {
  const auto good = to_text(Fingerprint{.key_id = 0x12345678, .digest = {}});
  for (const std::string& text :
       {std::string(), good.substr(1), good + "0", "g" + good.substr(1), "-" + good.substr(1),
        " " + good.substr(1), good.substr(0, 8) + ":" + good.substr(9)}) {
    const auto read = fingerprint_from_text(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, Code::kCorrupt) << text;
  }
}

TEST(FingerprintTest, AStoredDigestThatIsDamagedIsCorrupt) {
  auto text = to_text(Fingerprint{});
  text.back() = 'g';
  const auto read = fingerprint_from_text(text);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace rekey::base
