#include "crypto/seal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "base/text.h"

namespace rekey::crypto {
namespace {

const RootKey& root() {
  static const RootKey key = RootKey::generate();
  return key;
}

RC_GTEST_PROP(SealTest, OpensToTheSameValueInTheSameContext,
              (const std::string& context, const std::string& value)) {
  const auto sealed = seal(root(), context, value);
  RC_ASSERT(sealed.size() == value.size() + 33);
  const auto opened = open(root(), context, sealed);
  RC_ASSERT(opened.has_value());
  RC_ASSERT(opened->reveal() == value);
}

RC_GTEST_PROP(SealTest, DoesNotOpenInAnotherContext,
              (const std::string& context, const std::string& other, const std::string& value)) {
  RC_PRE(context != other);
  const auto opened = open(root(), other, seal(root(), context, value));
  RC_ASSERT(!opened.has_value());
  RC_ASSERT(opened.error().code == base::Code::kCorrupt);
}

TEST(SealTest, NoByteCanChange) {
  const auto sealed = seal(root(), "run 7", "the value");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 0x20;
    const auto opened = open(root(), "run 7", changed);
    ASSERT_FALSE(opened.has_value()) << "byte " << i;
    const bool is_key_id = i >= 1 && i <= 4;
    EXPECT_EQ(opened.error().code, is_key_id ? base::Code::kNotFound : base::Code::kCorrupt) << i;
  }
}

TEST(SealTest, NoByteCanBeMissing) {
  const auto sealed = seal(root(), "run 7", "the value");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    const auto opened = open(root(), "run 7", std::span(sealed).first(size));
    ASSERT_FALSE(opened.has_value()) << size;
    EXPECT_EQ(opened.error().code, base::Code::kCorrupt);
  }
}

TEST(SealTest, AnotherRootKeySaysThatItIsNotItsOwn) {
  const auto opened = open(RootKey::generate(), "run 7", seal(root(), "run 7", "the value"));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, base::Code::kNotFound);
}

TEST(SealTest, EqualValuesDoNotLookEqual) {
  EXPECT_NE(seal(root(), "run 7", "the value"), seal(root(), "run 7", "the value"));
}

TEST(SealTest, HoldsNeitherValueNorContext) {
  const auto sealed = seal(root(), "a context", "the value");
  EXPECT_EQ(base::text_of(sealed).find("the value"), std::string_view::npos);
  EXPECT_EQ(base::text_of(sealed).find("a context"), std::string_view::npos);
}

TEST(SealTest, NamesItsVersionAndKey) {
  const auto sealed = seal(root(), "run 7", "the value");
  EXPECT_EQ(sealed[0], 1);
  EXPECT_EQ(base::hex_encode(std::span(sealed).subspan(1, 4)), fmt::format("{:08x}", root().id()));
}

}  // namespace
}  // namespace rekey::crypto
