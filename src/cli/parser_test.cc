#include "cli/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_code.h"

namespace rekey::cli {
namespace {

using testing::AllOf;
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

TEST(Parser, AnUnknownOptionIsNamedWithTheNearestOne) {
  EXPECT_THAT(parse_command_line({"rotate", "-y"}).error().detail,
              HasSubstr("`rekey rotate` has no option -y; did you mean --yes?"));
  EXPECT_THAT(parse_command_line({"rotate", "--yess"}).error().detail,
              HasSubstr("has no option --yess; did you mean --yes?"));
}

TEST(Parser, AWordTooManyIsNamedUnlessItMayBeAValue) {
  EXPECT_THAT(parse_command_line({"status", "much"}).error().detail,
              HasSubstr("`rekey status` does not take \"much\""));
  const std::string value(64, 'x');
  EXPECT_THAT(parse_command_line({"status", value}).error().detail,
              AllOf(HasSubstr("does not take one more word"), Not(HasSubstr(value))));
}

TEST(Parser, TheLetterOfAnOptionStandsForIt) {
  const auto parsed = parse_command_line({"run", "show", "-f", "a.yaml", "-i", "Order sync"});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  const Arguments& arguments = std::get<Invocation>(*parsed).arguments;
  EXPECT_EQ(arguments.get_or("--file", ""), "a.yaml");
  EXPECT_EQ(arguments.get_or("--integration", ""), "Order sync");
  EXPECT_THAT(std::get<Answer>(*parse_command_line({"plan", "--help"})).text,
              AllOf(HasSubstr("-f, --file FILE"), HasSubstr("-i, --integration NAME")));
  EXPECT_FALSE(parse_command_line({"status", "-i", "x"}));
}

TEST(Parser, AnArgumentThatMayBeLeftOutCanFollowAnOption) {
  const auto parsed = parse_command_line({"report", "-f", "a.yaml", "run-1", "--format", "html"});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  const Arguments& arguments = std::get<Invocation>(*parsed).arguments;
  EXPECT_EQ(arguments.get_or("--file", ""), "a.yaml");
  EXPECT_EQ(arguments.argument("RUN"), "run-1");
  EXPECT_TRUE(parse_command_line({"report"}));
}

TEST(Parser, AnUnknownCommandIsToldInOneSentence) {
  EXPECT_EQ(parse_command_line({"rotat"}).error().detail,
            "\"rotat\" is not a command; did you mean \"rotate\"? `rekey --help` lists them");
}

}  // namespace
}  // namespace rekey::cli
