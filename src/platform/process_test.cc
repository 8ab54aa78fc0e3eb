#include "platform/process.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "platform/clock.h"
#include "platform/temp_folder.h"

namespace rekey::platform {
namespace {

using base::Code;
using std::chrono::seconds;

constexpr base::Duration kPlenty = seconds(60);

base::Result<ProcessResult> run_shell(const std::string& script, base::Duration timeout = kPlenty) {
  return run_process({"sh", "-c", script}, timeout);
}

TEST(Process, GivesExitCodeAndBothOutputs) {
  const auto result = run_shell("echo out; echo err >&2; exit 7");
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_EQ(result->output_tail, "out\nerr\n");
}

TEST(Process, TellsASignalAsTheShellDoes) {
  EXPECT_EQ(run_shell("kill -9 $$")->exit_code, 128 + SIGKILL);
}

TEST(Process, KeepsOnlyTheEndOfALongOutput) {
  const auto result = run_shell("head -c 300000 /dev/zero | tr '\\0' x; printf end");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output_tail.size(), 4096U);
  EXPECT_TRUE(result->output_tail.ends_with("xxend"));
}

TEST(Process, PassesTheEnvironmentOnWithoutOurOwnVariables) {
  ASSERT_EQ(::setenv("REKEY_CREDENTIAL", "canary", 1), 0);
  ASSERT_EQ(::setenv("OTHER_REKEY_VARIABLE", "kept", 1), 0);
  const auto result = run_shell("env");
  ::unsetenv("REKEY_CREDENTIAL");
  ::unsetenv("OTHER_REKEY_VARIABLE");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output_tail.find("canary"), std::string::npos);
  EXPECT_NE(result->output_tail.find("OTHER_REKEY_VARIABLE=kept"), std::string::npos);
}

TEST(Process, AProgramThatDoesNotExistIsNotFoundAndNamed) {
  const auto result = run_process({"rekey-no-such-program"}, kPlenty);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kNotFound);
  EXPECT_NE(result.error().detail.find("rekey-no-such-program"), std::string::npos);
  EXPECT_EQ(run_process({}, kPlenty).error().code, Code::kInvalidArgument);
}

TEST(Process, ATimeoutKillsTheWholeGroup) {
  const TempFolder folder;
  const std::string number_file = folder / "number";
  const auto result =
      run_shell("sleep 1000 & echo $! >" + number_file + "; wait", base::Duration(300));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kTimeout);
  const auto number = run_shell("cat " + number_file);
  ASSERT_TRUE(number);
  const int grandchild = std::atoi(number->output_tail.c_str());
  if (grandchild == 0) GTEST_SKIP() << "the machine was too slow to start the second program";
  // A killed orphan lingers as a zombie until init collects it.
  const auto state = run_shell("sed -n 's/^State:[[:space:]]*//p' /proc/" +
                               std::to_string(grandchild) + "/status 2>/dev/null");
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->output_tail.empty() || state->output_tail[0] == 'Z') << state->output_tail;
}

TEST(Process, ReturnsWhenTheProgramEndsAlthoughItLeftAnotherRunning) {
  const auto result = run_shell("sleep 1000 & echo $!");
  ASSERT_TRUE(result) << result.error().detail;
  const int left = std::atoi(result->output_tail.c_str());
  EXPECT_TRUE(send_signal(left, SIGKILL));
}

TEST(Process, AChildHasNoInputAndNoFilesOfOurs) {
  const auto result = run_shell("wc -c; ls /proc/self/fd | wc -l");
  ASSERT_TRUE(result);
  // ls itself has its listing open beside the three.
  EXPECT_EQ(result->output_tail, "0\n4\n");
}

TEST(Process, AChildReadsTheInputThatItIsGivenToItsEnd) {
  const std::string input(300'000, 'i');
  const auto result = run_process_with_input({"sh", "-c", "wc -c"}, input, kPlenty);
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->output_tail, "300000\n");
  EXPECT_EQ(run_process_with_input({"cat"}, "a\nb", kPlenty)->output_tail, "a\nb");
}

TEST(Process, AChildThatReadsNothingOfItsInputEndsAllTheSame) {
  const auto result =
      run_process_with_input({"sh", "-c", "exit 3"}, std::string(300'000, 'i'), kPlenty);
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->exit_code, 3);
}

TEST(Process, AChildHasDefaultSignalsAlthoughWeIgnoreAndBlockSome) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigset_t mask_before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &mask_before);
  const auto piped = run_shell("kill -PIPE $$");
  const auto terminated = run_shell("kill -TERM $$");
  pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
  std::signal(SIGPIPE, before);
  EXPECT_EQ(piped->exit_code, 128 + SIGPIPE);
  EXPECT_EQ(terminated->exit_code, 128 + SIGTERM);
}

TEST(Process, SignalsReachAProcessAndAGoneOneIsNotFound) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  ASSERT_TRUE(send_signal(child, SIGTERM));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_EQ(send_signal(child, SIGTERM).error().code, Code::kNotFound);
  EXPECT_EQ(send_signal(0, SIGTERM).error().code, Code::kInvalidArgument);
  EXPECT_EQ(send_signal(-child, SIGTERM).error().code, Code::kInvalidArgument);
}

TEST(Process, ABlockedStopSignalIsWaitedFor) {
  const pid_t child = ::fork();
  if (child == 0) {
    block_stop_signals();
    if (::raise(SIGTERM) != 0) ::_exit(1);
    ::_exit(wait_for_stop_signal() == SIGTERM ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Process, ForbidsCoreFiles) {
  const pid_t child = ::fork();
  if (child == 0) {
    forbid_core_dumps();
    rlimit limit{};
    ::_exit(::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Clock, TheSystemClockIsPastThisProgramsBirthAndNeverGoesBack) {
  SystemClock clock;
  EXPECT_GT(clock.now(), *base::parse_instant("2026-01-01"));
  const auto before = clock.monotonic();
  clock.sleep_for(base::Duration(1));
  EXPECT_GE(clock.monotonic(), before);
}

TEST(Clock, ASetClockMovesOnlyWhenTold) {
  SetClock clock(*base::parse_instant("2026-11-24"));
  clock.sleep_for(std::chrono::hours(24 * 180));
  EXPECT_EQ(base::format_instant(clock.now()), "2027-05-23T00:00:00Z");
  clock.set(*base::parse_instant("2026-11-25"));
  EXPECT_EQ(base::format_instant(clock.now()), "2026-11-25T00:00:00Z");
}

}  // namespace
}  // namespace rekey::platform
