#include "base/printable.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "base/text.h"

namespace rekey::base {
namespace {

constexpr std::array<char32_t, 21> kHidden = {
    0x00,   0x1b,   0x7f,   0x80,   0x9b,   0x9f,   0x061c, 0x200b, 0x200c, 0x200d, 0x200e,
    0x200f, 0x202a, 0x202e, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff, 0x202c};
constexpr std::array<char32_t, 12> kShown = {0x20,   0x7e,   0xa0,   0xe9,   0x061b, 0x200a,
                                             0x2010, 0x2029, 0x202f, 0x2065, 0x4e2d, 0x1f511};

std::string utf8(char32_t c) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 0x3f))};
  if (c < 0x10000) {
    return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 0x3f)), byte(0x80 | (c & 0x3f))};
  }
  return {byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 0x3f)), byte(0x80 | (c >> 6 & 0x3f)),
          byte(0x80 | (c & 0x3f))};
}

TEST(Printable, FindsEveryHiddenCharacterWhereverItStands) {
  for (const char32_t c : kHidden) {
    EXPECT_EQ(find_hidden_character(utf8(c)), c);
    EXPECT_EQ(find_hidden_character("Zahlung\xc3\xa9 " + utf8(c) + "x"), c);
  }
}

TEST(Printable, LeavesTheTextsOfTheWorldAlone) {
  for (const char32_t c : kShown) {
    EXPECT_EQ(find_hidden_character("a" + utf8(c) + "b"), std::nullopt) << std::hex << +c;
    EXPECT_EQ(escape_hidden(utf8(c), EscapeForm::kBraces), utf8(c));
  }
}

TEST(Printable, NamesTheCodePointAndWhatItDoes) {
  EXPECT_EQ(describe_hidden_character(0x202e), "U+202E, which turns the direction of text");
  EXPECT_EQ(describe_hidden_character(0x200b), "U+200B, which takes no room and is not seen");
  EXPECT_EQ(describe_hidden_character(0x1b), "U+001B, a control character");
}

TEST(Printable, EscapesForPeopleAndForJson) {
  const std::string text = "pay\xe2\x80\xaeroll\x1b[2J\n\xc2\x9b";
  EXPECT_EQ(escape_hidden(text, EscapeForm::kBraces), "pay\\u{202E}roll\\u{1B}[2J\\u{A}\\u{9B}");
  EXPECT_EQ(escape_hidden(text, EscapeForm::kJson), "pay\\u202eroll\\u001b[2J\\u000a\\u009b");
}

TEST(Printable, AByteThatIsNotUtf8IsReplaced) {
  EXPECT_EQ(escape_hidden("a\x9b[31m\xff", EscapeForm::kBraces), "a\xef\xbf\xbd[31m\xef\xbf\xbd");
}

RC_GTEST_PROP(PrintableProperty, WhateverIsEscapedHoldsNothingHidden, (const std::string& bytes)) {
  // Many hidden ones among arbitrary bytes.
  std::string text = bytes;
  for (const int pick : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 21))) {
    text += utf8(kHidden.at(static_cast<std::size_t>(pick))) + bytes;
  }
  const auto shown = escape_hidden(text, EscapeForm::kBraces);
  RC_ASSERT(!find_hidden_character(shown));
  RC_ASSERT(is_valid_utf8(shown));
}

}  // namespace
}  // namespace rekey::base
