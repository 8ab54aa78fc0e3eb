#include "base/text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace rekey::base {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <typename T>
void expect_invalid(const Result<T>& result, std::string_view text) {
  ASSERT_FALSE(result.has_value()) << text;
  EXPECT_EQ(result.error().code, Code::kInvalidArgument) << text;
}

// ---- hex --------------------------------------------------------------------------------------

RC_GTEST_PROP(HexTest, ReadsBackWhatItWrites, (const Bytes& bytes)) {
  const auto text = hex_encode(bytes);
  RC_ASSERT(text.size() == bytes.size() * 2);
  RC_ASSERT(text.find_first_not_of("0123456789abcdef") == std::string::npos);
  RC_ASSERT(hex_decode(text).value() == bytes);
}

TEST(HexTest, ReadsBothCasesAndNothingElse) {
  EXPECT_EQ(hex_decode("00fFAb").value(), (Bytes{0x00, 0xff, 0xab}));
  for (const std::string text : {"0", "0g", " 0", "0x", "00 0", "\xff\xff"}) {
    expect_invalid(hex_decode(text), text);
  }
}

// ---- base64 -----------------------------------------------------------------------------------

// RFC 4648 section 10.
TEST(Base64Test, AgreesWithTheRfc) {
  const std::array<std::pair<std::string, std::string>, 7> vectors{{{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(bytes_of(plain)), encoded);
    EXPECT_EQ(text_of(base64_decode(encoded).value()), plain);
    const auto unpadded = encoded.substr(0, encoded.find('='));
    EXPECT_EQ(base64url_encode(bytes_of(plain)), unpadded);
    EXPECT_EQ(text_of(base64url_decode(unpadded).value()), plain);
  }
}

// The naive way: a string of bits, cut in sixes and filled up with zeros.
std::string base64_by_definition(const Bytes& bytes, std::string_view last_two) {
  const auto alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(last_two);
  std::string bits;
  for (const auto byte : bytes) {
    for (int bit = 7; bit >= 0; --bit) bits += ((byte >> bit) & 1) != 0 ? '1' : '0';
  }
  while (bits.size() % 6 != 0) bits += '0';
  std::string text;
  for (std::size_t at = 0; at < bits.size(); at += 6) {
    text += alphabet[std::stoul(bits.substr(at, 6), nullptr, 2)];
  }
  return text;
}

RC_GTEST_PROP(Base64Test, IsTheDefinitionAndReadsBack, (const Bytes& bytes)) {
  const auto url = base64url_encode(bytes);
  RC_ASSERT(url == base64_by_definition(bytes, "-_"));
  RC_ASSERT(url.size() == base64url_size(bytes.size()));
  RC_ASSERT(base64url_decode(url).value() == bytes);

  auto padded = base64_by_definition(bytes, "+/");
  while (padded.size() % 4 != 0) padded += '=';
  RC_ASSERT(base64_encode(bytes) == padded);
  RC_ASSERT(base64_decode(padded).value() == bytes);
}

RC_GTEST_PROP(Base64Test, EncodesAndDecodesInPlaces, (const Bytes& bytes)) {
  std::string text(base64url_size(bytes.size()) + 1, '!');
  RC_ASSERT(base64url_encode_to(bytes, text.data()) == text.data() + text.size() - 1);
  RC_ASSERT(text.back() == '!');
  text.pop_back();

  Bytes out(bytes.size() + 3, 0xee);
  RC_ASSERT(base64url_decode_to(text, out).value() == bytes.size());
  RC_ASSERT(std::equal(bytes.begin(), bytes.end(), out.begin()));
  RC_ASSERT(std::count(out.end() - 3, out.end(), 0xee) == 3);
}

TEST(Base64Test, DecodesIntoNothingSmallerThanTheValue) {
  Bytes out(2);
  const auto decoded = base64url_decode_to("Zm9v", out);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, Code::kLimitReached);
}

// Whatever is accepted is the one way to write its bytes.
RC_GTEST_PROP(Base64Test, ATextIsAcceptedOnlyInItsOneSpelling, ()) {
  const auto text =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ABCDwxyz0129-_+/= ")));
  if (const auto bytes = base64url_decode(text)) RC_ASSERT(base64url_encode(*bytes) == text);
  if (const auto bytes = base64_decode(text)) RC_ASSERT(base64_encode(*bytes) == text);
}

TEST(Base64Test, IsStrict) {
  for (const std::string text :
       {"A", "AAAAA", "AA==", "A+", "A/", "AB", "A A", "A\n", "\xc3\xa9"}) {
    expect_invalid(base64url_decode(text), text);
  }
  for (const std::string text :
       {"A", "AA", "AAA", "AB==", "AAB=", "====", "A===", "AAAA====", "AA=A", "A-A=", "AAA_"}) {
    expect_invalid(base64_decode(text), text);
  }
}

// ---- base62, percent --------------------------------------------------------------------------

RC_GTEST_PROP(Base62Test, ItsDigitsAddUpToTheNumber, (std::uint64_t number)) {
  const auto text = base62_encode(number, 11);  // 62^11 is more than 2^64
  RC_ASSERT(text.size() == 11u);
  std::uint64_t sum = 0;
  for (const char c : text) sum = sum * 62 + kBase62Alphabet.find(c);
  RC_ASSERT(sum == number);
}

TEST(Base62Test, PadsWithZerosAndKeepsTheOrderOfTheAlphabet) {
  EXPECT_EQ(base62_encode(0, 6), "000000");
  EXPECT_EQ(base62_encode(61, 6), "00000z");
  EXPECT_EQ(base62_encode(62, 6), "000010");
  EXPECT_EQ(base62_encode(0xffffffff, 6), "4gfFC3");
}

RC_GTEST_PROP(PercentTest, ReadsBackWhatItWrites, (const std::string& text)) {
  const auto encoded = percent_encode(text);
  RC_ASSERT(
      std::all_of(encoded.begin(), encoded.end(), [](char c) { return c > ' ' && c < 0x7f; }));
  RC_ASSERT(encoded.find_first_of("&=+#?/\"") == std::string::npos);
  RC_ASSERT(percent_decode_form(encoded).value() == text);
}

TEST(PercentTest, ReadsAFormAsTheUrlStandardDoes) {
  EXPECT_EQ(percent_decode_form("a+b%20c%2B%2b").value(), "a b c++");
  EXPECT_EQ(percent_decode_form("%C3%A9%00").value(), std::string("\xc3\xa9\0", 3));
  EXPECT_EQ(percent_encode("a b&c=\xc3\xa9~"), "a%20b%26c%3D%C3%A9~");
  for (const std::string text : {"%", "%4", "%4g", "%g4", "a%", "%%41", "% 41"}) {
    expect_invalid(percent_decode_form(text), text);
  }
}

// ---- CRC-32, UTF-8 ----------------------------------------------------------------------------

std::uint32_t crc32_by_definition(std::string_view text) {
  std::uint32_t value = 0xffffffff;
  for (const char c : text) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const auto is_odd = (value ^ (static_cast<std::uint8_t>(c) >> bit)) & 1u;
      value = (value >> 1) ^ (is_odd != 0 ? 0xedb88320u : 0u);
    }
  }
  return ~value;
}

RC_GTEST_PROP(Crc32Test, IsTheDefinition, (const std::string& text)) {
  RC_ASSERT(crc32(text) == crc32_by_definition(text));
}

TEST(Crc32Test, AgreesWithTheKnownAnswer) {
  EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
  EXPECT_EQ(crc32(""), 0u);
}

std::string utf8_of(char32_t point) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (point < 0x80) return {byte(point)};
  const char last = byte(0x80 | (point & 63));
  if (point < 0x800) return {byte(0xc0 | (point >> 6)), last};
  const char before = byte(0x80 | ((point >> 6) & 63));
  if (point < 0x10000) return {byte(0xe0 | (point >> 12)), before, last};
  return {byte(0xf0 | (point >> 18)), byte(0x80 | ((point >> 12) & 63)), before, last};
}

TEST(Utf8Test, EveryScalarValueIsValidAndNoSurrogateIs) {
  for (char32_t point = 0; point <= 0x10ffff; ++point) {
    const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
    ASSERT_EQ(is_valid_utf8(utf8_of(point)), !is_surrogate) << static_cast<std::uint32_t>(point);
  }
}

TEST(Utf8Test, RefusesWhatRfc3629Forbids) {
  for (const std::string text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82",
        "\xf0\x9f\x98", "ok \xc3(", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(is_valid_utf8(text)) << hex_encode(bytes_of(text));
  }
}

RC_GTEST_PROP(Utf8Test, ValidTextsJoinToAValidText, ()) {
  std::string text;
  const auto points = *rc::gen::container<std::vector<std::uint32_t>>(
      rc::gen::suchThat(rc::gen::inRange<std::uint32_t>(0, 0x110000),
                        [](std::uint32_t point) { return point < 0xd800 || point > 0xdfff; }));
  for (const auto point : points) text += utf8_of(static_cast<char32_t>(point));
  RC_ASSERT(is_valid_utf8(text));
  RC_ASSERT(!is_valid_utf8(text + "\x80"));
}

// ---- letter case, typos -----------------------------------------------------------------------

TEST(LetterCaseTest, IsAsciiOnly) {
  EXPECT_TRUE(equal_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
  EXPECT_FALSE(equal_ignoring_case("\xc3\x89", "\xc3\xa9"));
}

constexpr std::array<std::string_view, 4> kWords{"settle", "overlap", "dormancy", "profile"};

TEST(NearestWordTest, FindsALikelyTypo) {
  EXPECT_EQ(nearest_word("setle", kWords), "settle");
  EXPECT_EQ(nearest_word("overlpa", kWords), "overlap");
  EXPECT_EQ(nearest_word("Dormency", kWords), "dormancy");
  EXPECT_EQ(nearest_word("PROFILE", kWords), "profile");
}

TEST(NearestWordTest, IsSilentWhereNothingIsNear) {
  EXPECT_EQ(nearest_word("colour", kWords), "");
  EXPECT_EQ(nearest_word("", kWords), "");
  EXPECT_EQ(nearest_word("settle", {}), "");
}

RC_GTEST_PROP(NearestWordTest, OneMistakeInAWordIsForgiven, ()) {
  const auto index = *rc::gen::inRange<std::size_t>(0, kWords.size());
  std::string typo(kWords[index]);
  const auto at = *rc::gen::inRange<std::size_t>(0, typo.size());
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      typo.erase(at, 1);
      break;
    case 1:
      typo.insert(at, "q");
      break;
    default:
      typo[at] = 'q';
      break;
  }
  RC_ASSERT(nearest_word(typo, kWords) == kWords[index]);
}

}  // namespace
}  // namespace rekey::base
