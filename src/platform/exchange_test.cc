#include "platform/exchange.h"

#include <gtest/gtest.h>

namespace rekey::platform {
namespace {

using base::Code;
using std::chrono::seconds;

constexpr std::size_t kLimit = 8000;

base::Result<Answer> ask_shell(const std::string& script, std::string_view text = {},
                               std::string_view value = {}, base::Duration timeout = seconds(60)) {
  return ask_process({"sh", "-c", script}, {text, value, kLimit, kLimit}, timeout);
}

TEST(Exchange, AProgramReadsTheQuestionAndTheValueFromTheirOwnDescriptors) {
  const std::string value = "with\nlines and \"quotes\"";
  const auto answer = ask_shell("cat; cat <&3 >&4; echo said >&2; exit 5", "asked", value);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->exit_code, 5);
  EXPECT_EQ(answer->text, "asked");
  EXPECT_EQ(answer->value.reveal(), value);
  EXPECT_EQ(answer->errors_tail.reveal(), "said\n");
}

TEST(Exchange, AProgramSeesItsFiveFilesAndNoValueInArgumentsOrEnvironment) {
  const auto files =
      ask_shell("for n in 0 1 2 3 4 5 6 7 8 9; do test -e /proc/$$/fd/$n && printf $n; done; :");
  ASSERT_TRUE(files) << files.error().detail;
  EXPECT_EQ(files->text, "01234");
  const auto words = ask_shell("tr '\\0' ' ' </proc/$$/cmdline; env", {}, "canary");
  ASSERT_TRUE(words) << words.error().detail;
  EXPECT_EQ(words->text.find("canary"), std::string::npos);
  EXPECT_TRUE(words->text.starts_with("sh -c"));
}

TEST(Exchange, AProgramThatSaysTooMuchIsStopped) {
  EXPECT_EQ(ask_shell("cat /dev/zero").error().code, Code::kLimitReached);
  EXPECT_EQ(ask_shell("cat /dev/zero >&4").error().code, Code::kLimitReached);
  EXPECT_EQ(ask_shell("head -c 8001 /dev/zero >&4").error().code, Code::kLimitReached);
  EXPECT_EQ(ask_shell("head -c 8000 /dev/zero >&4")->value.size_bytes(), kLimit);
}

TEST(Exchange, OnlyTheEndOfWhatGoesToStandardErrorIsKept) {
  const auto answer = ask_shell("head -c 300000 /dev/zero | tr '\\0' x >&2; printf end >&2");
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_LE(answer->errors_tail.size_bytes(), 4097u);
  EXPECT_TRUE(answer->errors_tail.reveal().ends_with("xxend"));
}

TEST(Exchange, ATimeoutKillsTheProgram) {
  const auto answer = ask_shell("sleep 1000", {}, {}, base::Duration(100));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kTimeout);
}

TEST(Exchange, AProgramThatReadsNothingEndsAllTheSame) {
  const auto answer = ask_shell("exit 3", std::string(300'000, 'i'), std::string(300'000, 'v'));
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->exit_code, 3);
}

TEST(Exchange, AMissingProgramIsNotFoundAndNamed) {
  const auto answer = ask_process({"rekey-no-such-program"}, {}, seconds(60));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kNotFound);
  EXPECT_NE(answer.error().detail.find("rekey-no-such-program"), std::string::npos);
  EXPECT_EQ(ask_process({}, {}, seconds(60)).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace rekey::platform
