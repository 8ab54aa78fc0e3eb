#include "credential/secret_format.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <regex.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.h"

namespace rekey::credential {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes entropy_of(unsigned first, unsigned step) {
  Bytes entropy(90);
  for (unsigned i = 0; i < entropy.size(); ++i) {
    entropy[i] = static_cast<std::uint8_t>(first + i * step);
  }
  return entropy;
}

std::string value_of(const SecretShape& shape, const Bytes& entropy) {
  return std::string(make_secret(shape, entropy).value().reveal());
}

std::string some_value() {
  return value_of({.kind = SecretKind::kTest, .slot = SlotTag{"Zk9aQ1"}}, entropy_of(17, 29));
}

// ---- the published vectors --------------------------------------------------------------------

std::string document() {
  std::ifstream file(REKEY_SECRET_FORMAT_DOC);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The lines of the fenced block that begins with "```text <name>".
std::vector<std::string> block(const std::string& name) {
  std::istringstream lines(document());
  std::vector<std::string> found;
  bool is_inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "```") is_inside = false;
    if (is_inside) found.push_back(line);
    if (line == "```text " + name) is_inside = true;
  }
  return found;
}

struct Fields {
  std::string prefix, version, kind, slot, random, check;
  [[nodiscard]] std::string joined() const {
    return prefix + version + kind + slot + random + check;
  }
};

std::istream& operator>>(std::istream& in, Fields& fields) {
  return in >> fields.prefix >> fields.version >> fields.kind >> fields.slot >> fields.random >>
         fields.check;
}

TEST(SecretFormatTest, EveryAcceptedVectorIsMadeFromItsEntropyAndReadsBack) {
  const auto lines = block("accepted");
  ASSERT_GE(lines.size(), 6u);
  for (const auto& line : lines) {
    SCOPED_TRACE(line);
    unsigned first = 0;
    unsigned step = 0;
    Fields fields;
    std::istringstream in(line);
    ASSERT_TRUE(in >> first >> step >> fields);
    const SlotTag slot = fields.slot == "000000" ? default_slot() : SlotTag{fields.slot};
    const SecretShape shape{.prefix = fields.prefix, .kind = SecretKind::kTest, .slot = slot};
    EXPECT_EQ(value_of(shape, entropy_of(first, step)), fields.joined());

    const std::string value = fields.joined();
    EXPECT_TRUE(is_well_formed_secret(value));
    const auto parsed = parse_secret(value);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->prefix, fields.prefix);
    EXPECT_EQ(parsed->kind, SecretKind::kTest);
    EXPECT_EQ(parsed->slot_tag, fields.slot);
  }
}

TEST(SecretFormatTest, EveryRefusedVectorIsRefusedForItsReason) {
  const auto lines = block("refused");
  ASSERT_GE(lines.size(), 6u);
  for (const auto& line : lines) {
    SCOPED_TRACE(line);
    const auto bar = line.find(" | ");
    ASSERT_NE(bar, std::string::npos);
    Fields fields;
    std::istringstream in(line.substr(0, bar));
    ASSERT_TRUE(in >> fields);
    EXPECT_FALSE(is_well_formed_secret(fields.joined()));
    const auto parsed = parse_secret(fields.joined());
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().code, base::Code::kInvalidArgument);
    EXPECT_EQ(parsed.error().detail, line.substr(bar + 3));
  }
}

// The first match of a GNU extended regular expression, or nothing.
std::string first_match(const std::string& expression, const std::string& text) {
  regex_t compiled;
  if (regcomp(&compiled, expression.c_str(), REG_EXTENDED) != 0) return "not an expression";
  regmatch_t match;
  const bool is_found = regexec(&compiled, text.c_str(), 1, &match, 0) == 0;
  regfree(&compiled);
  if (!is_found) return {};
  return text.substr(static_cast<std::size_t>(match.rm_so),
                     static_cast<std::size_t>(match.rm_eo - match.rm_so));
}

TEST(SecretFormatTest, ThePublishedExpressionFindsAValueInText) {
  const std::string text = document();
  const auto begin = text.find("\\b[0-9A-Za-z]");
  ASSERT_NE(begin, std::string::npos);
  const auto expression = text.substr(begin, text.find('\n', begin) - begin);
  for (const auto& sentence : {"secret=" + some_value(), "\"" + some_value() + "\"",
                               "https://x.example/?s=" + some_value() + "&t=1"}) {
    EXPECT_EQ(first_match(expression, sentence), some_value());
  }
  EXPECT_EQ(first_match(expression, some_value() + "x"), "");
  EXPECT_EQ(first_match(expression, "x" + some_value()), "");
}

// ---- making and reading -----------------------------------------------------------------------

rc::Gen<Bytes> any_entropy() {
  return rc::gen::container<Bytes>(90, rc::gen::arbitrary<std::uint8_t>());
}

rc::Gen<std::string> base62_text(std::size_t size) {
  return rc::gen::container<std::string>(size,
                                         rc::gen::elementOf(std::string(base::kBase62Alphabet)));
}

rc::Gen<SecretShape> any_shape() {
  return rc::gen::apply(
      [](const std::string& prefix, SecretKind kind, const std::string& slot) {
        return SecretShape{.prefix = prefix + "_",
                           .kind = kind,
                           .slot = slot == "000000" ? default_slot() : SlotTag{slot}};
      },
      base62_text(4),
      rc::gen::element(SecretKind::kProduction, SecretKind::kSandbox, SecretKind::kTest),
      base62_text(6));
}

RC_GTEST_PROP(SecretFormatTest, WhatIsMadeReadsBack, ()) {
  const auto shape = *any_shape();
  const auto value = value_of(shape, *any_entropy());
  RC_ASSERT(value.size() == kSecretSize);
  RC_ASSERT(is_well_formed_secret(value));
  const auto parsed = parse_secret(value).value();
  RC_ASSERT(parsed.prefix == shape.prefix);
  RC_ASSERT(parsed.kind == shape.kind);
  RC_ASSERT(parsed.slot_tag == (shape.slot == default_slot() ? "000000" : shape.slot.value));
}

RC_GTEST_PROP(SecretFormatTest, WhatMayBeShownDoesNotDependOnTheEntropy, ()) {
  const auto shape = *any_shape();
  const auto one = value_of(shape, *any_entropy());
  const auto other = value_of(shape, *any_entropy());
  RC_ASSERT(shown_prefix(one) == one.substr(0, kSecretShownSize));
  RC_ASSERT(shown_prefix(one) == shown_prefix(other));
}

// The naive reading of the documented rule: a string of bits, cut in sixes.
std::string random_by_definition(const Bytes& entropy) {
  std::string bits;
  for (const auto byte : entropy) {
    for (int bit = 7; bit >= 0; --bit) bits += ((byte >> bit) & 1) != 0 ? '1' : '0';
  }
  std::string characters;
  for (std::size_t at = 0; at + 6 <= bits.size() && characters.size() < 45; at += 6) {
    const auto group = std::stoul(bits.substr(at, 6), nullptr, 2);
    if (group < 62) characters += base::kBase62Alphabet[group];
  }
  return characters;
}

RC_GTEST_PROP(SecretFormatTest, TheRandomCharactersFollowTheRule, ()) {
  auto entropy = *any_entropy();
  // Bytes of ones make skipped groups frequent.
  const auto ones = *rc::gen::container<std::vector<std::size_t>>(
      20, rc::gen::inRange<std::size_t>(0, entropy.size()));
  for (const auto at : ones) entropy[at] = 0xff;
  RC_ASSERT(value_of({}, entropy).substr(kSecretShownSize, kSecretRandomSize) ==
            random_by_definition(entropy));
}

TEST(SecretFormatTest, AsksForMoreWhenTheEntropyRunsOut) {
  const auto made = make_secret({}, Bytes(90, 0xff));
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, base::Code::kLimitReached);
}

TEST(SecretFormatTest, RefusesAPrefixOrSlotThatTheFormatCannotHold) {
  for (const std::string prefix : {"", "SFMC", "SFM_", "SFMCX_", "SF-C_", "SFMC-", "SF_C_"}) {
    const auto made = make_secret({.prefix = prefix}, entropy_of(0, 1));
    ASSERT_FALSE(made.has_value()) << prefix;
    EXPECT_EQ(made.error().code, base::Code::kInvalidArgument);
  }
  for (const std::string slot : {"", "000000", "abc", "abc_12", "abcdefg"}) {
    const auto made = make_secret({.slot = SlotTag{slot}}, entropy_of(0, 1));
    ASSERT_FALSE(made.has_value()) << slot;
    EXPECT_EQ(made.error().code, base::Code::kInvalidArgument);
  }
}

TEST(SecretFormatDeathTest, WillNotMakeASecretFromTooLittleEntropy) {
  EXPECT_DEATH((void)make_secret({}, Bytes(89)), "broken invariant: entropy.size");
}

// ---- mistakes ---------------------------------------------------------------------------------

RC_GTEST_PROP(SecretFormatTest, OneWrongCharacterIsAlwaysFound, (char wrong)) {
  auto value = value_of(*any_shape(), *any_entropy());
  const auto at = *rc::gen::inRange<std::size_t>(0, value.size());
  RC_PRE(value[at] != wrong);
  value[at] = wrong;
  RC_ASSERT(!is_well_formed_secret(value));
}

RC_GTEST_PROP(SecretFormatTest, AMistakeWithinFourNeighboursIsAlwaysFound, ()) {
  auto value = value_of(*any_shape(), *any_entropy());
  const auto at = *rc::gen::inRange<std::size_t>(kSecretShownSize, 58 - 3);
  const auto wrong = *base62_text(4);
  RC_PRE(value.substr(at, 4) != wrong);
  value.replace(at, 4, wrong);
  RC_ASSERT(!is_well_formed_secret(value));
}

RC_GTEST_PROP(SecretFormatTest, NothingElseIsAcceptedNorCrashes, (const std::string& text)) {
  RC_ASSERT(!is_well_formed_secret(text));
  RC_ASSERT(!parse_secret(text).has_value());
  RC_ASSERT(!parse_secret(some_value() + text.substr(0, 1) + "x").has_value());
}

TEST(SecretFormatTest, NoErrorHoldsTheValue) {
  const auto good = some_value();
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto value = good;
    value[at] = '-';
    const auto detail = parse_secret(value).error().detail;
    EXPECT_EQ(detail.find(good.substr(20, 6)), std::string::npos);
    EXPECT_EQ(detail.find(good.substr(40, 6)), std::string::npos);
  }
}

// ---- values made elsewhere --------------------------------------------------------------------

std::string foreign_value() {
  return std::string(kDefaultSecretPrefix) + std::string(59, 'q');
}
std::string legacy_value() {
  return "Ab3" + std::string(21, 'x');
}

TEST(ForeignShapeTest, TheTwoOfTheContractAreAcceptedAndSoAreOurOwn) {
  const auto shapes = default_foreign_shapes();
  EXPECT_TRUE(check_importable(legacy_value(), shapes).has_value());
  EXPECT_TRUE(check_importable(foreign_value(), shapes).has_value());
  EXPECT_TRUE(check_importable(some_value(), shapes).has_value());
  EXPECT_TRUE(check_importable(some_value(), {}).has_value());
  EXPECT_FALSE(check_importable(legacy_value(), {}).has_value());
}

TEST(ForeignShapeTest, AnotherLengthOrCharacterIsRefusedWithoutTheValue) {
  for (const auto& value :
       {std::string(), legacy_value() + "x", legacy_value().substr(1), legacy_value() + "\n",
        " " + legacy_value().substr(1), foreign_value() + "q", foreign_value().substr(1),
        std::string(kDefaultSecretPrefix) + std::string(58, 'q') + "-",
        std::string(kDefaultSecretPrefix) + std::string(58, 'q') + "_",
        std::string("sfmc_") + std::string(59, 'q')}) {
    const auto status = check_importable(value, default_foreign_shapes());
    ASSERT_FALSE(status.has_value()) << value.size();
    EXPECT_EQ(status.error().code, base::Code::kInvalidArgument);
    EXPECT_NE(status.error().detail.find("24 letters and digits; SFMC_ and 59 letters and digits"),
              std::string::npos);
    EXPECT_EQ(status.error().detail.find("qqq"), std::string::npos);
    EXPECT_EQ(status.error().detail.find("xxx"), std::string::npos);
  }
}

TEST(ForeignShapeTest, AShapeMayAllowUnderscores) {
  const ForeignShape shape{.prefix = "SFMC_", .size = 64, .allows_underscore = true};
  const auto value = std::string(kDefaultSecretPrefix) + std::string(58, 'q') + "_";
  EXPECT_TRUE(check_importable(value, std::span(&shape, 1)).has_value());
}

TEST(ShownPrefixTest, OfAForeignValueThePrefixAndOfALegacyOneNothing) {
  EXPECT_EQ(shown_prefix(foreign_value()), "SFMC_");
  EXPECT_EQ(shown_prefix(legacy_value()), "");
  EXPECT_EQ(shown_prefix(""), "");
}

}  // namespace
}  // namespace rekey::credential
