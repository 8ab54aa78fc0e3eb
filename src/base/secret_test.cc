#include "base/secret.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace rekey::base {
namespace {

// What must not compile: a secret can be neither copied nor printed by accident.
template <typename T>
concept IsStreamable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept IsConcatenable = requires(std::string text, const T& value) {
  text + value;
};

static_assert(IsStreamable<int> && IsConcatenable<const char*>);
static_assert(fmt::is_formattable<int>::value && fmt::is_formattable<std::string_view>::value);
static_assert(!IsStreamable<Secret>);
static_assert(!IsConcatenable<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_constructible_v<std::string, Secret>);
static_assert(!std::is_constructible_v<std::string_view, Secret>);
static_assert(!std::is_convertible_v<Secret, bool>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::is_convertible_v<const char*, Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(std::is_nothrow_move_assignable_v<Secret>);

TEST(SecretTest, HoldsExactlyItsBytes) {
  using namespace std::string_view_literals;
  const Secret secret("a\0b"sv);
  EXPECT_EQ(secret.reveal(), "a\0b"sv);
  EXPECT_EQ(secret.size_bytes(), 3u);
  EXPECT_FALSE(secret.is_empty());
  EXPECT_TRUE(Secret().is_empty());
  EXPECT_TRUE(Secret("").is_empty());
  EXPECT_EQ(Secret().reveal(), "");
}

TEST(SecretTest, AMovedOneIsEmpty) {
  Secret first("value");
  Secret second(std::move(first));
  EXPECT_TRUE(first.is_empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(second.reveal(), "value");
  Secret third("another");
  third = std::move(second);
  EXPECT_TRUE(second.is_empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(third.reveal(), "value");
}

TEST(SecretTest, SurvivesAssignmentToItself) {
  Secret secret("value");
  Secret& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), "value");
}

TEST(SecretTest, ACloneIsIndependent) {
  Secret original("value");
  const Secret clone = original.clone();
  original = Secret("other");
  EXPECT_EQ(clone.reveal(), "value");
}

TEST(SecretTest, TakingLeavesNothingInTheSource) {
  for (const std::size_t size : {5u, 500u}) {
    std::string source(size, 's');
    source.reserve(600);
    const char* const memory = source.data();
    const Secret secret = Secret::take(std::move(source));
    EXPECT_EQ(secret.reveal(), std::string(size, 's'));
    EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
    // The string keeps its memory, so that what it held can be looked for.
    ASSERT_EQ(source.data(), memory);
    ASSERT_GE(source.capacity(), size);
    EXPECT_EQ(std::string_view(memory, size).find('s'), std::string_view::npos);
  }
}

TEST(WipeTest, OverwritesEveryByteAndNoOther) {
  std::array<unsigned char, 8> bytes;
  bytes.fill(0xaa);
  wipe(bytes.data() + 2, 4);
  EXPECT_EQ(bytes, (std::array<unsigned char, 8>{0xaa, 0xaa, 0, 0, 0, 0, 0xaa, 0xaa}));
  wipe(nullptr, 0);
}

RC_GTEST_PROP(EqualInConstantTimeTest, MeansEqual, (const std::string& a, const std::string& b)) {
  RC_ASSERT(equal_in_constant_time(a, b) == (a == b));
  RC_ASSERT(equal_in_constant_time(a, std::string(a)));
  RC_ASSERT((Secret(a) == Secret(b)) == (a == b));
}

RC_GTEST_PROP(EqualInConstantTimeTest, SeesEveryBit, (const std::string& text)) {
  RC_PRE(!text.empty());
  auto changed = text;
  const auto bit = *rc::gen::inRange<std::size_t>(0, text.size() * 8);
  changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
  RC_ASSERT(!equal_in_constant_time(text, changed));
}

}  // namespace
}  // namespace rekey::base
