#include "engagement/sends/personalise.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"

namespace rekey::engagement::sends {
namespace {

std::optional<std::string> find_example(std::string_view name) {
  if (base::equal_ignoring_case(name, "First Name")) return "Ann";
  if (base::equal_ignoring_case(name, "code")) return "%%First Name%%";
  return std::nullopt;
}

std::string filled(std::string_view text) {
  const auto result = personalise(text, find_example);
  return result ? *result : "(" + std::string(base::name_of(result.error().code)) + ")";
}

TEST(Personalise, FillsInAttributesInWhateverLetterCase) {
  EXPECT_EQ(filled("Dear %%First Name%%, dear %%FIRST NAME%%!"), "Dear Ann, dear Ann!");
  EXPECT_EQ(filled("%%First Name%%%%First Name%%"), "AnnAnn");
}

TEST(Personalise, FillsInTheTwoCallsThatNameAnAttribute) {
  EXPECT_EQ(filled("%%=v(@code)=%%|%%= V( @Code ) =%%"), "%%First Name%%|%%First Name%%");
  EXPECT_EQ(filled("%%=AttributeValue(\"First Name\")=%%%%=attributevalue('First Name')=%%"),
            "AnnAnn");
}

TEST(Personalise, LeavesNothingWhereAnAttributeIsNotThere) {
  EXPECT_EQ(filled("[%%Middle Name%%]"), "[]");
}

TEST(Personalise, DoesNotLookIntoValues) {
  EXPECT_EQ(filled("%%code%%"), "%%First Name%%");
}

TEST(Personalise, LeavesPercentSignsThatBeginNoName) {
  for (const char* text : {"100%", "100%%", "20%% or 50%% off", "%%<b>%%", "%%", "%%%", "%%%%"}) {
    EXPECT_EQ(filled(text), text);
  }
}

TEST(Personalise, RefusesWhatItWouldHaveToRun) {
  EXPECT_EQ(filled("%%[ set @a = 1 ]%%x"), "(unsupported)");
  EXPECT_EQ(filled("%%=Lookup(\"a\",\"b\",\"c\",\"d\")=%%"), "(unsupported)");
  EXPECT_EQ(filled("%%=v(@code)"), "(unsupported)");
}

TEST(Personalise, HasABound) {
  const auto much = [](std::string_view) { return std::string(100'000, 'x'); };
  std::string text;
  for (int i = 0; i < 10; ++i) text += "%%a%%";
  EXPECT_EQ(personalise(text, much).error().code, base::Code::kLimitReached);
}

RC_GTEST_PROP(PersonaliseProperty, ATextWithoutDoubledPercentSignsStaysAsItIs, (std::string text)) {
  RC_PRE(text.find("%%") == std::string::npos);
  RC_ASSERT(filled(text) == text);
}

RC_GTEST_PROP(PersonaliseProperty, AnyTextIsFilledOrRefused, (std::vector<unsigned char> picks)) {
  static constexpr std::string_view kPieces[] = {
      "%%", "%", "=", "[", "]", "First Name", "v(@", ")", "code", "AttributeValue(\"", "\")", " "};
  std::string text;
  for (const unsigned char pick : picks) text += kPieces[pick % std::size(kPieces)];
  const auto result = personalise(text, find_example);
  RC_ASSERT(result || result.error().code == base::Code::kUnsupported);
}

}  // namespace
}  // namespace rekey::engagement::sends
