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

TEST(ProgramWords, WhatLooksLikeASecretIsOneWhereverItStands) {
  const std::vector<base::Secret> none;
  const std::string ours = "SFMC_1p000000" + std::string(51, 'R');
  const std::string foreign = "SFMC_" + std::string(59, 'a');
  for (const std::string& said : {ours, "got " + ours + ".", "cut: " + ours.substr(0, 24) + "…",
                                  "ACME_1s9fQ2xZ" + std::string(20, 'k'), "x" + foreign}) {
    EXPECT_TRUE(holds_secret(said, none)) << said;
    EXPECT_EQ(without_values(said, none).find("SFMC_"), std::string::npos) << said;
  }
  for (const std::string said :
       {"SFMC_CLIENT_SECRET is not set in /srv/SFMC_1/prod.env", "fp:d026853f190d", "SFMC_1p000000",
        "client tod0179jhzlacvd2497js96o", "status 400 (invalid_grant)"}) {
    EXPECT_FALSE(holds_secret(said, none)) << said;
    EXPECT_EQ(without_values(said, none), said);
  }
}

TEST(ProgramWords, ShortValuesAreFoundWholeAndTheShortestNot) {
  std::vector<base::Secret> values;
  values.emplace_back("abc");
  EXPECT_FALSE(holds_secret("the abc of it", values));
  values.emplace_back("k4y!");
  EXPECT_TRUE(holds_secret("it said k4y! and died", values));
}

}  // namespace
}  // namespace rekey::rotation
