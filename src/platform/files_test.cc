#include "platform/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "platform/descriptor.h"
#include "platform/temp_folder.h"

namespace rekey::platform {
namespace {

using base::Code;

constexpr std::int64_t kLimit = 1 << 20;

class FilesTest : public ::testing::Test {
 protected:
  std::string make(const std::string& name, std::string_view content, mode_t mode = 0644) {
    const auto status = files.create(folder / name, content, mode);
    EXPECT_TRUE(status) << status.error().detail;
    return folder / name;
  }
  std::string content_of(const std::string& path) {
    auto content = files.read(path, kLimit);
    return content ? std::string(content->reveal()) : "error: " + content.error().detail;
  }
  // Names in the folder, hidden ones too.
  std::size_t count_names() const {
    const std::filesystem::directory_iterator names(folder.path());
    return static_cast<std::size_t>(std::distance(begin(names), end(names)));
  }

  TempFolder folder;
  SystemFiles files;
};

TEST_F(FilesTest, CreateGivesExactlyThePermissionBitsAndContentAskedFor) {
  const mode_t mask = ::umask(077);
  const auto path = make("a", std::string_view("x\0\r\n y", 6), 0664);
  ::umask(mask);
  EXPECT_EQ(content_of(path), std::string_view("x\0\r\n y", 6));
  EXPECT_EQ(files.facts(path)->mode, 0664U);
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesTest, CreateRefusesANameThatIsTakenAndLeavesItAlone) {
  const auto path = make("a", "old");
  EXPECT_EQ(files.create(path, "new", 0600).error().code, Code::kAlreadyExists);
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesTest, CreateRefusesADanglingLink) {
  std::filesystem::create_symlink("nowhere", folder / "link");
  EXPECT_EQ(files.create(folder / "link", "new", 0600).error().code, Code::kAlreadyExists);
}

TEST_F(FilesTest, ReadTellsMissingTooLargeAndNotAFileApart) {
  EXPECT_EQ(files.read(folder / "none", kLimit).error().code, Code::kNotFound);
  const auto path = make("a", "12345");
  EXPECT_EQ(files.read(path, 4).error().code, Code::kLimitReached);
  EXPECT_EQ(files.read(path, 5)->reveal(), "12345");
  EXPECT_EQ(files.read(folder.path(), kLimit).error().code, Code::kInvalidArgument);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(files.read(folder / "pipe", kLimit).error().code, Code::kInvalidArgument);
}

TEST_F(FilesTest, ReadGivesAllOfAFileThatSaysItIsEmpty) {
  EXPECT_FALSE(content_of("/proc/self/status").empty());
}

TEST_F(FilesTest, FactsSeeThroughALinkAndSayThatItIsOne) {
  make("a", "12345", 0640);
  std::filesystem::create_symlink("a", folder / "link");
  const auto facts = files.facts(folder / "link");
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->is_link);
  EXPECT_TRUE(facts->is_regular);
  EXPECT_EQ(facts->mode, 0640U);
  EXPECT_EQ(facts->size_bytes, 5);
  EXPECT_FALSE(files.facts(folder.path())->is_regular);
}

TEST_F(FilesTest, ExchangeKeepsModeAndLeavesNoOtherFile) {
  const auto path = make("a.env", "old\n", 0640);
  const auto status = files.exchange(path, "old\n", "new, and longer");
  ASSERT_TRUE(status) << status.error().detail;
  EXPECT_EQ(content_of(path), "new, and longer");
  EXPECT_EQ(files.facts(path)->mode, 0640U);
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesTest, ExchangeKeepsTheOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a file that is somebody else's";
  const auto path = make("a", "old", 0460);
  ASSERT_EQ(::chown(path.c_str(), 12345, 23456), 0);
  ASSERT_TRUE(files.exchange(path, "old", "new"));
  const auto facts = files.facts(path);
  EXPECT_EQ(facts->owner, 12345U);
  EXPECT_EQ(facts->group, 23456U);
  EXPECT_EQ(facts->mode, 0460U);
}

TEST_F(FilesTest, ExchangeChangesNothingWhereTheOwnerCannotBeKept) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a file that is somebody else's";
  const auto path = make("a", "old");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  ASSERT_EQ(::seteuid(12345), 0);
  const auto status = files.exchange(path, "old", "new");
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kIo);
  EXPECT_NE(status.error().detail.find("was not changed"), std::string::npos);
  EXPECT_NE(status.error().detail.find("owner"), std::string::npos);
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesTest, ExchangeReplacesTheTargetOfALinkAndKeepsTheLink) {
  ASSERT_TRUE(files.make_folder(folder / "real", 0755));
  make("real/a", "old");
  std::filesystem::create_symlink("real", folder / "current");
  std::filesystem::create_symlink("current/a", folder / "link");
  ASSERT_TRUE(files.exchange(folder / "link", "old", "new"));
  EXPECT_TRUE(files.facts(folder / "link")->is_link);
  EXPECT_EQ(content_of(folder / "real/a"), "new");
}

TEST_F(FilesTest, ExchangeIsAConflictWhereTheContentIsAnother) {
  const auto path = make("a", "foreign");
  for (const std::string_view expected : {"", "foreig", "foreigN", "foreign "}) {
    const auto status = files.exchange(path, expected, "new");
    ASSERT_FALSE(status) << expected;
    EXPECT_EQ(status.error().code, Code::kConflict);
  }
  EXPECT_EQ(content_of(path), "foreign");
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesTest, ExchangeErrorsDoNotQuoteContent) {
  const auto path = make("a", "canary-in-file");
  const auto status = files.exchange(path, "canary-expected", "canary-new");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().detail.find("canary"), std::string::npos) << status.error().detail;
}

TEST_F(FilesTest, ExchangeOfAMissingFileOrADanglingLinkIsNotFound) {
  EXPECT_EQ(files.exchange(folder / "none", "", "new").error().code, Code::kNotFound);
  std::filesystem::create_symlink("nowhere", folder / "link");
  EXPECT_EQ(files.exchange(folder / "link", "", "new").error().code, Code::kNotFound);
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesTest, ExchangeRefusesAFileWithSeveralHardLinks) {
  const auto path = make("a", "old");
  std::filesystem::create_hard_link(path, folder / "b");
  EXPECT_EQ(files.exchange(path, "old", "new").error().code, Code::kUnsupported);
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(count_names(), 2U);
}

TEST_F(FilesTest, ExchangeKeepsUserAttributes) {
  const auto path = make("a", "old");
  if (::setxattr(path.c_str(), "user.origin", "vault", 5, 0) != 0) {
    GTEST_SKIP() << "the file system of the temporary folder has no user attributes";
  }
  ASSERT_TRUE(files.exchange(path, "old", "new"));
  char value[8] = {};
  EXPECT_EQ(::getxattr(path.c_str(), "user.origin", value, sizeof value), 5);
  EXPECT_EQ(std::string_view(value), "vault");
}

// A POSIX access list in the kernel's form: read for the owner, `named_user` and the mask.
std::string access_list(std::uint32_t named_user) {
  std::string bytes;
  const auto add = [&bytes](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  };
  const auto add_entry = [&add](std::uint32_t tag, std::uint32_t permissions, std::uint32_t id) {
    add(tag, 2);
    add(permissions, 2);
    add(id, 4);
  };
  constexpr std::uint32_t kNobody = 0xffffffff;
  add(2, 4);
  add_entry(0x01, 6, kNobody);
  add_entry(0x02, 4, named_user);
  add_entry(0x04, 0, kNobody);
  add_entry(0x10, 4, kNobody);
  add_entry(0x20, 0, kNobody);
  return bytes;
}

TEST_F(FilesTest, ExchangeKeepsTheAccessList) {
  const auto path = make("a", "old");
  const auto list = access_list(12345);
  if (::setxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0) {
    GTEST_SKIP() << "the file system of the temporary folder has no access lists";
  }
  ASSERT_TRUE(files.exchange(path, "old", "new"));
  std::string found(256, '\0');
  const auto size = ::getxattr(path.c_str(), "system.posix_acl_access", found.data(), found.size());
  ASSERT_GT(size, 0);
  found.resize(static_cast<std::size_t>(size));
  EXPECT_EQ(found, list);
}

TEST_F(FilesTest, ADefaultAccessListOfTheFolderLetsNobodyElseIn) {
  const auto path = make("a", "old", 0640);
  const auto list = access_list(12345);
  if (::setxattr(folder.path().c_str(), "system.posix_acl_default", list.data(), list.size(), 0) !=
      0) {
    GTEST_SKIP() << "the file system of the temporary folder has no access lists";
  }
  ASSERT_TRUE(files.exchange(path, "old", "new"));
  make("b", "new", 0640);
  EXPECT_LT(::getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0), 0);
  EXPECT_LT(::getxattr((folder / "b").c_str(), "system.posix_acl_access", nullptr, 0), 0);
  EXPECT_EQ(files.facts(path)->mode, 0640U);
}

TEST_F(FilesTest, WhatAKilledWriterLeftBehindIsRemovedByTheNextOne) {
  const auto path = make("a", "old");
  for (const char* name : {".a.rekey-0.tmp", ".a.rekey-3.tmp"}) {
    std::ofstream(folder / name) << "half a secret";
  }
  ASSERT_TRUE(files.exchange(path, "old", "new"));
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesTest, WhatSomebodyWritesNowStaysWhereItIs) {
  const auto path = make("a", "old");
  const std::string held = folder / ".a.rekey-1.tmp";
  std::ofstream(held) << "half a secret";
  const Descriptor writer(::open(held.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(writer.get(), LOCK_EX | LOCK_NB), 0);
  ASSERT_TRUE(files.exchange(path, "old", "new"));
  EXPECT_EQ(content_of(held), "half a secret");
}

TEST_F(FilesTest, ManyWritersOfOneFileAtOnceLoseNothing) {
  const auto path = make("a", "old");
  std::vector<std::jthread> writers;
  std::atomic<int> failed = 0;
  for (int writer = 0; writer < 6; ++writer) {
    writers.emplace_back([&, writer] {
      const std::string content(100, static_cast<char>('a' + writer));
      for (int turn = 0; turn < 40; ++turn) failed += !files.replace(path, content, 0644);
    });
  }
  writers.clear();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(content_of(path), std::string(100, content_of(path).front()));
  EXPECT_EQ(count_names(), 1U);
}

TEST_F(FilesTest, AReaderSeesTheOldContentOrTheNewWhenTheWriterIsKilled) {
  const std::string old_content(300'000, 'o');
  const std::string new_content(300'000, 'n');
  const auto path = make("a", old_content);
  for (int round = 0; round < 8; ++round) {
    const pid_t writer = ::fork();
    if (writer == 0) {
      for (;;) {
        if (!files.replace(path, new_content, 0644)) ::_exit(1);
        if (!files.replace(path, old_content, 0644)) ::_exit(1);
      }
    }
    for (int i = 0; i < 20 * (round + 1); ++i) {
      const auto seen = content_of(path);
      ASSERT_TRUE(seen == old_content || seen == new_content) << seen.substr(0, 60);
    }
    ASSERT_EQ(::kill(writer, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto seen = content_of(path);
    ASSERT_TRUE(seen == old_content || seen == new_content) << seen.substr(0, 60);
  }
  ASSERT_TRUE(files.replace(path, "end", 0644));
  EXPECT_EQ(count_names(), 1U);
}

RC_GTEST_FIXTURE_PROP(FilesTest, ExchangeWritesAnyBytesExactly,
                      (const std::string& before, const std::string& after)) {
  const std::string path = folder / "property";
  RC_ASSERT(files.replace(path, before, 0600).has_value());
  RC_ASSERT(files.exchange(path, before, after).has_value());
  RC_ASSERT(content_of(path) == after);
}

TEST_F(FilesTest, ReplaceCreatesWithTheModeAndLaterKeepsWhatTheFileHas) {
  const std::string path = folder / "a";
  ASSERT_TRUE(files.replace(path, "one", 0600));
  EXPECT_EQ(files.facts(path)->mode, 0600U);
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  ASSERT_TRUE(files.replace(path, "two", 0600));
  EXPECT_EQ(files.facts(path)->mode, 0640U);
  EXPECT_EQ(content_of(path), "two");
}

TEST_F(FilesTest, AVeryLongNameCanBeExchanged) {
  const auto path = make(std::string(255, 'n'), "old");
  EXPECT_TRUE(files.exchange(path, "old", "new"));
  EXPECT_EQ(content_of(path), "new");
}

TEST_F(FilesTest, RemoveTakesTheLinkAndNotItsTarget) {
  make("a", "kept");
  std::filesystem::create_symlink("a", folder / "link");
  ASSERT_TRUE(files.remove(folder / "link"));
  EXPECT_EQ(content_of(folder / "a"), "kept");
  EXPECT_EQ(files.remove(folder / "link").error().code, Code::kNotFound);
}

TEST_F(FilesTest, MakeFolderIsRepeatableAndRefusesAFile) {
  ASSERT_TRUE(files.make_folder(folder / "d", 0700));
  EXPECT_EQ(files.facts(folder / "d")->mode, 0700U);
  EXPECT_TRUE(files.make_folder(folder / "d", 0755));
  EXPECT_EQ(files.facts(folder / "d")->mode, 0700U);
  make("a", "");
  EXPECT_EQ(files.make_folder(folder / "a", 0700).error().code, Code::kAlreadyExists);
  EXPECT_EQ(files.make_folder(folder / "x/y", 0700).error().code, Code::kNotFound);
}

TEST_F(FilesTest, ALockNamesItsHolderAndIsFreeAgainAfterIt) {
  const std::string path = folder / "lock";
  {
    const auto lock = FileLock::acquire(path);
    ASSERT_TRUE(lock) << lock.error().detail;
    const auto second = FileLock::acquire(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kConflict);
    EXPECT_NE(second.error().detail.find(std::to_string(::getpid())), std::string::npos);
  }
  EXPECT_TRUE(FileLock::acquire(path));
}

TEST_F(FilesTest, ALockEndsWithAKilledHolder) {
  const std::string path = folder / "lock";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t holder = ::fork();
  if (holder == 0) {
    const auto lock = FileLock::acquire(path);
    if (!lock || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto refused = FileLock::acquire(path);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find(std::to_string(holder)), std::string::npos);
  ASSERT_EQ(::kill(holder, SIGKILL), 0);
  ASSERT_EQ(::waitpid(holder, nullptr, 0), holder);
  EXPECT_TRUE(FileLock::acquire(path));
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace rekey::platform
