#include "discovery/layers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <string>

#include "discovery/values_test_support.h"

namespace rekey::discovery {
namespace {

// Every byte of the decoded text comes from bytes that decode to it again.
std::string original(std::string_view text, const Decoded& decoded, std::string_view value) {
  const std::size_t at = decoded.text().find(value);
  if (at == std::string_view::npos) return "not there";
  const Span span = decoded.origin(at, at + value.size());
  return std::string(text.substr(span.begin, span.end - span.begin));
}

TEST(Base64, IsReadFromEachOfItsPhases) {
  const std::string value = "a value of 24 characters";
  for (std::size_t before = 0; before < 4; ++before) {
    const std::string text = std::string(before, 'A') + base64_of(value);
    const Decoded decoded = decode_base64(text, {0, text.size()}, before);
    EXPECT_EQ(decoded.text(), value);
    EXPECT_EQ(original(text, decoded, value), base64_of(value));
  }
}

TEST(Base64, GoesOnOverTheEndsOfLines) {
  const std::string value(200, 'v');
  const std::string encoded = base64_of(value);
  for (const std::string_view join : {"\n", "\r\n", "\n    ", "\\n", "\" +\n  \"", "\"\n\""}) {
    std::string text = "x: ";
    for (std::size_t at = 0; at < encoded.size(); at += 64) {
      text += (at == 0 ? "" : std::string(join)) + encoded.substr(at, 64);
    }
    const Span span = base64_span(text, {3, 40});
    EXPECT_EQ(span.begin, 3U);
    EXPECT_EQ(span.end, text.find_last_not_of('=') + 1) << join;
    EXPECT_EQ(decode_base64(text, span, 0).text(), value) << join;
  }
}

// What the quick look tells is what looking at all that comes out tells.
TEST(Base64, ThePhaseOfTextIsTheFirstInWhichTextComesOut) {
  std::mt19937 random(20261130);
  const auto any = [&](std::size_t below) { return std::size_t{random()} % below; };
  std::array<int, 5> seen{};
  for (int i = 0; i < 4000; ++i) {
    std::string bytes;
    for (std::size_t left = 6 + any(60); left > 0; --left) {
      const bool is_text = i % 3 == 0 || (i % 3 == 1 && left > 20);
      bytes += static_cast<char>(is_text ? ' ' + any(95) : any(256));
    }
    std::string text(any(4), 'x');
    text += base64_of(bytes);
    text.resize(std::min(text.size(), text.find('=')));
    if (any(4) == 0) text.insert(any(text.size() + 1), "\n");
    const Span span{0, text.size()};
    std::optional<std::size_t> expected;
    for (std::size_t phase = 0; phase < 4 && !expected; ++phase) {
      if (looks_like_text(decode_base64(text, span, phase).text())) expected = phase;
    }
    ASSERT_EQ(base64_text_phase(text, span), expected) << text;
    ++seen[expected.value_or(4)];
  }
  for (const int count : seen) EXPECT_GT(count, 100);
}

TEST(Base64, EndsWhereAWordEnds) {
  const std::string text = "key=" + base64_of("one value of 32 characters, just") + " next";
  const Span span = base64_span(text, {4, 20});
  EXPECT_EQ(decode_base64(text, span, 0).text(), "one value of 32 characters, just");
}

TEST(Base64, ANameInTheNextLineIsNoPartOfIt) {
  const std::string text = base64_of("one value of 32 characters, just") + "\nclient_secret: x";
  EXPECT_EQ(base64_span(text, {0, 20}).end, text.find('='));
}

TEST(Escapes, AreReadAndMappedBack) {
  const std::string json = R"({\"a\":\"\u0041b\\x\n\"})";
  const auto decoded = decode_escapes(json, {0, json.size()});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->text(), "{\"a\":\"Ab\\x\n\"}");
  EXPECT_EQ(original(json, *decoded, "Ab"), R"(\u0041b)");
  EXPECT_FALSE(decode_escapes("none here", {0, 9}));
}

TEST(Escapes, OfYamlAndShellsAreReadToo) {
  const std::string text = "\"\\U00000041\\101\\7b\\\n   c\\\r\n d\\8\"";
  const auto decoded = decode_escapes(text, {0, text.size()});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->text(), "\"AA\abcd\\8\"");
  EXPECT_EQ(original(text, *decoded, "AA"), "\\U00000041\\101");
  EXPECT_EQ(original(text, *decoded, "bc"), "b\\\n   c");
}

TEST(Folds, AreWithinAWord) {
  EXPECT_TRUE(is_fold("ab\\\n  cd", 2));
  EXPECT_TRUE(is_fold("ab\\\r\ncd", 2));
  EXPECT_FALSE(is_fold("ab \\\ncd", 3)) << "a command that goes on";
  EXPECT_FALSE(is_fold("ab\\\n\ncd", 2));
  EXPECT_FALSE(is_fold("ab\\", 2));
}

TEST(Percent, IsReadAndMappedBack) {
  const std::string text = "x%3Dab%2Fc%zz%";
  const auto decoded = decode_percent(text, {0, text.size()});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->text(), "x=ab/c%zz%");
  EXPECT_EQ(original(text, *decoded, "=ab/"), "%3Dab%2F");
}

TEST(Entities, AreReadAndMappedBack) {
  const std::string text = "&quot;a&#66;&#x43;&amp;&nbsp;&#;&#x;";
  const auto decoded = decode_entities(text, {0, text.size()});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->text(), "\"aBC&&nbsp;&#;&#x;");
  EXPECT_EQ(original(text, *decoded, "aBC"), "a&#66;&#x43;");
}

TEST(Utf16, IsReadInBothOrders) {
  const std::string value = "clientSecret=abcdefghijklmnopqrstuvwx";
  for (const bool is_little : {true, false}) {
    const std::string text = "\x01\x02\x03" + utf16_of(value, is_little) + "\x01\x02";
    const std::size_t at = 3 + (is_little ? 0 : 1) + 10;
    const auto decoded = decode_utf16(text, at);
    ASSERT_TRUE(decoded) << is_little;
    EXPECT_EQ(decoded->text(), value);
    EXPECT_EQ(original(text, *decoded, "Secret"), utf16_of("Secret", is_little));
  }
  EXPECT_FALSE(decode_utf16("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq", 4));
}

TEST(Hex, IsReadInPairs) {
  const std::string text = base::hex_encode(base::bytes_of("value"));
  const Decoded decoded = decode_hex(text, {0, text.size()});
  EXPECT_EQ(decoded.text(), "value");
  EXPECT_EQ(original(text, decoded, "al"), "616c");
}

}  // namespace
}  // namespace rekey::discovery
