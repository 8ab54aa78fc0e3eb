#include "base/decode_to.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/text.h"

namespace rekey::base {
namespace {

TEST(DecodeTo, WritesWhatTheOtherDecodersGive) {
  std::array<std::uint8_t, 16> bytes;
  for (const std::string_view text : {"", "YQ==", "YWI=", "YWJj", "+/+/"}) {
    const auto size = base64_decode_to(text, bytes);
    ASSERT_TRUE(size.has_value()) << text;
    EXPECT_EQ(text_of({bytes.data(), *size}), text_of(base64_decode(text).value()));
  }
  for (const std::string_view text : {"YQ", "YQ=", "YR==", "-_-_", "Y Q=", "===="}) {
    EXPECT_FALSE(base64_decode_to(text, bytes).has_value()) << text;
  }
}

TEST(DecodeTo, DecodesAFormInPlace) {
  std::string text = "a%3Ab+c%25";
  const auto size = percent_decode_form_to(text, text);
  ASSERT_TRUE(size.has_value());
  EXPECT_EQ(text.substr(0, *size), "a:b c%");
  for (const std::string_view bad : {"%", "%4", "%zz", "a%2"}) {
    std::array<char, 8> out;
    EXPECT_FALSE(percent_decode_form_to(bad, out).has_value()) << bad;
  }
}

TEST(DecodeTo, SaysWhereItDoesNotFit) {
  std::array<std::uint8_t, 2> bytes;
  EXPECT_EQ(base64_decode_to("YWJj", bytes).error().code, Code::kLimitReached);
  std::array<char, 2> characters;
  EXPECT_EQ(percent_decode_form_to("abc", characters).error().code, Code::kLimitReached);
  EXPECT_EQ(percent_decode_form_to("%41b", characters).value(), 2u);
}

}  // namespace
}  // namespace rekey::base
