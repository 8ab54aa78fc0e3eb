#include "cli/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_code.h"

namespace rekey::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Parser, TextThatIsNotUtf8IsAUsageErrorThatSaysWhichWord) {
  const auto parsed = parse_command_line({"package", "create", "caf\xe9", "--scope", "email_send"});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(exit_code_of(parsed.error().code), kExitUsage);
  EXPECT_THAT(parsed.error().detail, HasSubstr("word 3 of the command line, after create, is not"));
  EXPECT_THAT(parsed.error().detail, Not(HasSubstr("caf")));
}

TEST(Parser, TextInUtf8IsTakenAsItIs) {
  const auto parsed = parse_command_line({"package", "create", "caf\xc3\xa9"});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(std::get<Invocation>(*parsed).arguments.argument("NAME"), "caf\xc3\xa9");
}

}  // namespace
}  // namespace rekey::cli
