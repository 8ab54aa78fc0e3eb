#include "rotation/sinks/exec_check.h"

#include <gtest/gtest.h>

#include "rotation/sinks/exec_target.h"

namespace rekey::rotation {
namespace {

using std::chrono::seconds;

// What fails where `edit` changes the sample program's answers on their way.
std::string first_problem(
    const std::function<void(const std::string& request, platform::Answer&)>& edit) {
  conformance::ExecTarget target;
  const AskProcess real = ask_command(*target.spec().words("command"));
  const ExecCheck check = check_exec_program(
      [&](const platform::Question& question,
          base::Duration timeout) -> base::Result<platform::Answer> {
        auto answer = real(question, timeout);
        if (answer) edit(std::string(question.text), *answer);
        return answer;
      },
      seconds{60});
  for (const ExecFinding& finding : check.findings) {
    if (!finding.is_kept) return finding.rule;
  }
  return check.is_passed() ? "" : "not put back";
}

bool is_about(const std::string& request, std::string_view verb) {
  return request.find("\"verb\":\"" + std::string(verb)) != std::string::npos;
}

TEST(ExecCheck, TheSampleProgramPassesAndItsFileIsAsItWas) {
  conformance::ExecTarget target;
  const std::string before = target.raw();
  const ExecCheck check =
      check_exec_program(ask_command(*target.spec().words("command")), seconds{60});
  for (const ExecFinding& finding : check.findings) {
    EXPECT_TRUE(finding.is_kept) << finding.rule << ": " << finding.problem;
  }
  EXPECT_TRUE(check.is_passed());
  EXPECT_EQ(check.findings.at(15).rule, "unusual value 1: carried, or refused as uncarriable");
  EXPECT_EQ(check.findings.at(22).rule, "unusual value 8: carried, or refused as uncarriable");
  EXPECT_EQ(target.raw(), before);
}

TEST(ExecCheck, AProgramThatEndsAValueWithALineBreakIsFound) {
  EXPECT_EQ(first_problem([](const std::string& request, platform::Answer& answer) {
              if (!is_about(request, "read")) return;
              answer.value = base::Secret(std::string(answer.value.reveal()) + "\n");
            }),
            "what was written reads back, byte by byte");
}

TEST(ExecCheck, AVersionThatNeverChangesIsFound) {
  EXPECT_EQ(first_problem([](const std::string& request, platform::Answer& answer) {
              if (is_about(request, "read")) answer.text = R"({"version":"1"})";
            }),
            "a dry run of a write that fits is ok");
}

TEST(ExecCheck, AProgramThatPrintsTheValueIsFound) {
  const std::string rule = "nothing that the program prints holds a value";
  EXPECT_EQ(first_problem([](const std::string&, platform::Answer& answer) {
              answer.errors_tail = answer.value.clone();
            }),
            rule);
}

TEST(ExecCheck, AProgramThatTakesEveryVerbIsFound) {
  EXPECT_EQ(first_problem([](const std::string& request, platform::Answer& answer) {
              if (is_about(request, "no_such")) answer = {0, "{}", {}, {}};
            }),
            "a verb that it does not know is refused as unsupported");
}

TEST(ExecCheck, AProgramThatIsNotThereFailsAtOnce) {
  const ExecCheck check = check_exec_program(ask_command({"rekey-no-such-program"}), seconds{60});
  EXPECT_FALSE(check.is_passed());
  EXPECT_EQ(check.findings.size(), 1u);
  EXPECT_TRUE(check.is_put_back);
}

}  // namespace
}  // namespace rekey::rotation
