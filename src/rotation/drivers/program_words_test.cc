#include "rotation/drivers/program_words.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace rekey::rotation {
namespace {

constexpr std::string_view kValue = "canary+value/of-a_secret";

std::string shown(const std::string& output, bool is_cut = false) {
  std::vector<base::Secret> values;
  values.emplace_back("another-one-entirely");
  values.emplace_back(kValue);
  return last_line_of(output, is_cut, values);
}

std::string base64(const std::string& text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  return base::base64_encode(bytes);
}

TEST(ProgramWords, TheLastLineIsShownAndNothingHiddenInIt) {
  EXPECT_EQ(shown("one\nUnit shop.service not found.\n\n"),
            ": its last line is \"Unit shop.service not found.\"");
  EXPECT_EQ(shown("one\r\ntwo\r\n"), ": its last line is \"two\"");
  EXPECT_EQ(shown("\x1b[31mred"), ": its last line is \"\\u{1B}[31mred\"");
  EXPECT_EQ(shown(" \n\n"), "");
  EXPECT_EQ(shown(""), "");
  const std::string long_line = shown(std::string(199, 'x') + "\u00fc and more");
  EXPECT_EQ(long_line, ": its last line is \"" + std::string(199, 'x') + "…\"");
}

TEST(ProgramWords, ALineWithAPartOfASecretIsLeftOutInWhateverForm) {
  const std::string value(kValue);
  const std::vector<std::uint8_t> bytes(value.begin(), value.end());
  std::string url64 = base64(value);
  for (char& c : url64) c = c == '+' ? '-' : c == '/' ? '_' : c;
  for (const std::string& said :
       {value, "read " + value + " and died", "got " + value.substr(5, 12) + "...",
        base::percent_encode(value), base::hex_encode(bytes), base64(value), base64("u:" + value),
        base64("user:" + value + "@"), base64("a" + value), url64}) {
    EXPECT_EQ(shown("x\n" + said + "\n"),
              ": its last line is not shown, because it holds a part of a secret")
        << said;
  }
  EXPECT_EQ(shown(value + "\nfine"), ": its last line is \"fine\"");
}

TEST(ProgramWords, ALineWhoseBeginIsNotThereIsLeftOut) {
  EXPECT_EQ(shown("rest of a line", true), ": its last line is too long to be shown");
  EXPECT_EQ(shown("rest\nwhole", true), ": its last line is \"whole\"");
}

}  // namespace
}  // namespace rekey::rotation
