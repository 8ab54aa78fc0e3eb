// Many writers of one file: those who take turns, and those who do not know that there are turns.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "platform/descriptor.h"
#include "platform/files.h"
#include "platform/sibling_file.h"
#include "platform/target_lock.h"
#include "platform/temp_folder.h"

namespace rekey::platform {
namespace {

using base::Code;

constexpr std::int64_t kLimit = 1 << 20;

class FilesExchangeTest : public ::testing::Test {
 protected:
  std::string make(const std::string& name, std::string_view content) {
    EXPECT_TRUE(files.create(folder / name, content, 0644));
    return folder / name;
  }
  std::string content_of(const std::string& path) {
    const auto content = files.read(path, kLimit);
    return content ? std::string(content->reveal()) : "error: " + content.error().detail;
  }
  std::size_t count_names() const {
    const std::filesystem::directory_iterator names(folder.path());
    return static_cast<std::size_t>(std::distance(begin(names), end(names)));
  }

  TempFolder folder;
  SystemFiles files;
};

// Counts one letter of the file up, as a run does with its own key. False where it cannot.
bool count_up(const std::string& path, std::size_t letter) {
  SystemFiles files;
  for (;;) {
    const auto content = files.read(path, kLimit);
    if (!content) return false;
    std::string changed(content->reveal());
    ++changed[letter];
    const auto status = files.exchange(path, content->reveal(), changed);
    if (status) return true;
    const Code code = status.error().code;
    if (code != Code::kConflict && code != Code::kUnavailable) return false;
    std::this_thread::yield();
  }
}

TEST_F(FilesExchangeTest, TwelveThreadsOnOneFileLoseNoExchangeThatWasAcknowledged) {
  constexpr std::size_t kWriters = 12;
  constexpr int kTurns = 5;
  const auto path = make("a", std::string(kWriters, 'a'));
  std::atomic<int> failed = 0;
  std::vector<std::jthread> writers;
  for (std::size_t writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int turn = 0; turn < kTurns; ++turn) failed += !count_up(path, writer);
    });
  }
  writers.clear();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(content_of(path), std::string(kWriters, 'a' + kTurns));
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesExchangeTest, ProcessesOnOneFileThroughALinkLoseNoExchangeEither) {
  constexpr std::size_t kWriters = 4;
  constexpr int kTurns = 10;
  const auto path = make("a", std::string(kWriters, 'a'));
  std::filesystem::create_symlink("a", folder / "link");
  const std::string link = folder / "link";
  std::vector<pid_t> writers;
  for (std::size_t writer = 0; writer < kWriters; ++writer) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (int turn = 0; turn < kTurns; ++turn) {
        if (!count_up(writer % 2 == 0 ? path : link, writer)) ::_exit(1);
      }
      ::_exit(0);
    }
    writers.push_back(child);
  }
  for (const pid_t child : writers) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(content_of(path), std::string(kWriters, 'a' + kTurns));
  EXPECT_EQ(count_names(), 2U);
}

TEST_F(FilesExchangeTest, WhoHasNotTheTurnIsToldToComeAgainAndNothingIsChanged) {
  const auto path = make("a", "old");
  {
    const auto turn = TargetLock::try_acquire(path);
    ASSERT_TRUE(turn) << turn.error().detail;
    const auto status = files.exchange(path, "old", "new");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kUnavailable);
    EXPECT_NE(status.error().detail.find("is being written by another"), std::string::npos);
    EXPECT_EQ(content_of(path), "old");
  }
  EXPECT_TRUE(files.exchange(path, "old", "new"));
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesExchangeTest, AKilledWriterHoldsNobodyUp) {
  const auto path = make("a", "old");
  const pid_t writer = ::fork();
  if (writer == 0) {
    const auto turn = TargetLock::try_acquire(path);
    ::kill(::getpid(), SIGKILL);
  }
  ASSERT_EQ(::waitpid(writer, nullptr, 0), writer);
  ASSERT_EQ(count_names(), 2U);
  EXPECT_TRUE(files.exchange(path, "old", "new"));
  EXPECT_EQ(count_names(), 1U);
}

// What came out is not what was looked at last: an editor was faster by a moment.
TEST_F(FilesExchangeTest, WhatCameOutOfTheExchangeUnexpectedlyIsPutBack) {
  const auto path = make("a", "somebody's");
  {
    auto sibling = SiblingFile::create(path, Sweep::kWithTheTurn);
    ASSERT_TRUE(sibling);
    ASSERT_TRUE(sibling->write("ours"));
    std::string seen;
    const auto status = sibling->exchange_with_target([&](const struct stat& out) -> base::Status {
      seen = content_of(path);
      EXPECT_EQ(out.st_size, 10);
      return base::fail(Code::kConflict, "another one");
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kConflict);
    EXPECT_EQ(seen, "ours");
  }
  EXPECT_EQ(content_of(path), "somebody's");
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesExchangeTest, WhoWritesEvenWhileItIsPutBackHasTheLastWord) {
  const auto path = make("a", "the first of theirs");
  {
    auto sibling = SiblingFile::create(path, Sweep::kWithTheTurn);
    ASSERT_TRUE(sibling);
    ASSERT_TRUE(sibling->write("ours"));
    const auto status = sibling->exchange_with_target([&](const struct stat&) -> base::Status {
      std::ofstream(folder / "editor") << "the second of theirs";
      std::filesystem::rename(folder / "editor", path);
      return base::fail(Code::kConflict, "another one");
    });
    EXPECT_EQ(status.error().code, Code::kConflict);
  }
  EXPECT_EQ(content_of(path), "the second of theirs");
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesExchangeTest, WhoCreatesOrReplacesLeavesWhatAnExchangeHasJustTakenOut) {
  const auto path = make("a", "somebody's");
  {
    const auto turn = TargetLock::try_acquire(path);
    ASSERT_TRUE(turn);
    auto sibling = SiblingFile::create(path, Sweep::kWithTheTurn);
    ASSERT_TRUE(sibling);
    ASSERT_TRUE(sibling->write("ours"));
    const auto status = sibling->exchange_with_target([&](const struct stat&) -> base::Status {
      EXPECT_EQ(files.create(path, "a third", 0644).error().code, Code::kAlreadyExists);
      EXPECT_EQ(count_names(), 3U);  // the target, what came out of it, the lock
      return base::fail(Code::kConflict, "another one");
    });
    EXPECT_EQ(status.error().code, Code::kConflict);
  }
  EXPECT_EQ(content_of(path), "somebody's");
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesExchangeTest, WhoReplacesIsNotHeldUpByATurnAndRemovesNothingMeanwhile) {
  const auto path = make("a", "old");
  const std::string held = folder / sibling_name("a", kLockNumber + 1);
  std::ofstream(held) << "taken out";
  {
    const auto turn = TargetLock::try_acquire(path);
    ASSERT_TRUE(turn);
    EXPECT_TRUE(files.replace(path, "new", 0644));
    EXPECT_EQ(content_of(held), "taken out");
  }
  EXPECT_TRUE(files.replace(path, "newer", 0644));
  EXPECT_EQ(content_of(path), "newer");
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesExchangeTest, WhatCameOutGetsItsNameBackWhereNothingElseHasIt) {
  const auto path = make("a", "theirs");
  {
    auto sibling = SiblingFile::create(path, Sweep::kWithTheTurn);
    ASSERT_TRUE(sibling);
    ASSERT_TRUE(sibling->write("ours"));
    const auto status = sibling->exchange_with_target([&](const struct stat&) -> base::Status {
      std::filesystem::remove(path);
      return base::fail(Code::kConflict, "another one");
    });
    EXPECT_EQ(status.error().code, Code::kConflict);
  }
  EXPECT_EQ(content_of(path), "theirs");
  EXPECT_EQ(count_names(), 1U);
}

}  // namespace
}  // namespace rekey::platform
