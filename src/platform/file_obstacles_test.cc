// What the check says is what an exchange meets.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "platform/descriptor.h"
#include "platform/files.h"
#include "platform/temp_folder.h"

namespace rekey::platform {
namespace {

using base::Code;

constexpr uid_t kSomebody = 65534;
constexpr gid_t kOtherGroup = 65533;

// Root may do nearly everything; while this lives, nobody in particular asks.
class WithoutPrivileges {
 public:
  WithoutPrivileges() {
    if (!is_root_) return;
    EXPECT_EQ(::setgroups(0, nullptr), 0);
    EXPECT_EQ(::setegid(kSomebody), 0);
    EXPECT_EQ(::seteuid(kSomebody), 0);
  }
  WithoutPrivileges(const WithoutPrivileges&) = delete;
  WithoutPrivileges& operator=(const WithoutPrivileges&) = delete;
  ~WithoutPrivileges() {
    if (!is_root_) return;
    EXPECT_EQ(::seteuid(0), 0);
    EXPECT_EQ(::setegid(0), 0);
  }

 private:
  bool is_root_ = ::geteuid() == 0;
};

class FileObstacles : public ::testing::Test {
 protected:
  FileObstacles() {
    EXPECT_TRUE(files.create(path, "old", 0600));
    if (::geteuid() != 0) return;
    EXPECT_EQ(::chown(folder.path().c_str(), kSomebody, kSomebody), 0);
    EXPECT_EQ(::chown(path.c_str(), kSomebody, kSomebody), 0);
  }
  // Ok and done, or refused beforehand with these words and not done.
  void expect(const std::string& words) {
    const WithoutPrivileges somebody;
    const auto said = files.check_exchangeable(path);
    const auto done = files.exchange(path, "old", "new");
    EXPECT_EQ(said.has_value(), words.empty());
    EXPECT_EQ(done.has_value(), words.empty());
    if (said) return;
    EXPECT_EQ(said.error().code, Code::kForbidden);
    EXPECT_NE(said.error().detail.find(words), std::string::npos) << said.error().detail;
  }

  TempFolder folder;
  std::string path = folder / "a";
  SystemFiles files;
};

TEST_F(FileObstacles, NoneSpeaksAgainstAFileOfOnesOwn) {
  expect("");
}

TEST_F(FileObstacles, AFolderThatMayNotBeWrittenIsOne) {
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  expect("give this user permission for the file and its folder");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
}

TEST_F(FileObstacles, AnOwnerWhoCannotBeKeptIsOne) {
  if (::geteuid() != 0) GTEST_SKIP() << "SKIPPED: only root can give a file away";
  ASSERT_EQ(::chown(path.c_str(), 0, kSomebody), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  expect("belongs to user 0");
}

TEST_F(FileObstacles, AGroupThatCannotBeKeptIsOne) {
  if (::geteuid() != 0) GTEST_SKIP() << "SKIPPED: only root can give a file to any group";
  ASSERT_EQ(::chown(path.c_str(), kSomebody, kOtherGroup), 0);
  expect("belongs to group 65533");
}

TEST_F(FileObstacles, AGroupThatTheFolderGivesIsNone) {
  if (::geteuid() != 0) GTEST_SKIP() << "SKIPPED: only root can give a folder to any group";
  ASSERT_EQ(::chown(path.c_str(), kSomebody, kOtherGroup), 0);
  ASSERT_EQ(::chown(folder.path().c_str(), kSomebody, kOtherGroup), 0);
  ASSERT_EQ(::chmod(folder.path().c_str(), 02755), 0);
  expect("");
}

TEST_F(FileObstacles, AFileThatIsMadeImmutableIsOneForRootToo) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  int flags = 0;
  ASSERT_TRUE(file.is_open());
  const bool has_flags = ::ioctl(file.get(), FS_IOC_GETFLAGS, &flags) == 0;
  const int immutable = flags | FS_IMMUTABLE_FL;
  if (!has_flags || ::ioctl(file.get(), FS_IOC_SETFLAGS, &immutable) != 0) {
    GTEST_SKIP() << "SKIPPED: this file system, or this user, cannot make a file immutable";
  }
  const auto said = files.check_exchangeable(path);
  const auto done = files.exchange(path, "old", "new");
  EXPECT_EQ(::ioctl(file.get(), FS_IOC_SETFLAGS, &flags), 0);
  EXPECT_FALSE(done);
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, Code::kForbidden);
  EXPECT_NE(said.error().detail.find("chattr -i"), std::string::npos) << said.error().detail;
}

TEST_F(FileObstacles, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(files.check_exchangeable(folder / "none").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace rekey::platform
