#include "platform/maildir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "platform/temp_folder.h"

namespace rekey::platform {
namespace {

class MaildirTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream stream(temp_ / name);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  [[nodiscard]] std::size_t count(const std::string& folder) const {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(temp_ / folder)) {
      files += entry.is_regular_file() ? 1 : 0;
    }
    return files;
  }
  TempFolder temp_;
  Maildir box_ = Maildir::open(temp_ / "mail").value();
};

TEST_F(MaildirTest, HasItsThreePartsForThisUserOnly) {
  for (const char* part : {"mail", "mail/tmp", "mail/new", "mail/cur"}) {
    struct stat facts {};
    ASSERT_EQ(::stat((temp_ / part).c_str(), &facts), 0) << part;
    EXPECT_EQ(facts.st_mode & 0777u, 0700u) << part;
  }
  EXPECT_TRUE(Maildir::open(temp_ / "mail"));
}

TEST_F(MaildirTest, PutsAWholeMailIntoNewAndLeavesNothingElse) {
  ASSERT_TRUE(box_.deliver("1.a.rekey", "Subject: x\r\n\r\ny\r\n"));
  EXPECT_EQ(content("mail/new/1.a.rekey"), "Subject: x\r\n\r\ny\r\n");
  EXPECT_EQ(count("mail/tmp"), 0u);
}

TEST_F(MaildirTest, KeepsTheFirstMailOfAName) {
  ASSERT_TRUE(box_.deliver("1", "first"));
  EXPECT_EQ(box_.deliver("1", "second").error().code, base::Code::kAlreadyExists);
  EXPECT_EQ(content("mail/new/1"), "first");
  EXPECT_EQ(count("mail/tmp"), 0u);
}

TEST_F(MaildirTest, FindsAMailThatAReaderHasMoved) {
  ASSERT_TRUE(box_.deliver("1", "x"));
  EXPECT_TRUE(box_.has("1").value());
  std::filesystem::rename(temp_ / "mail/new/1", temp_ / "mail/cur/1:2,S");
  EXPECT_TRUE(box_.has("1").value());
  EXPECT_FALSE(box_.has("2").value());
  std::filesystem::rename(temp_ / "mail/cur/1:2,S", temp_ / "mail/cur/12:2,S");
  EXPECT_FALSE(box_.has("1").value());
}

TEST_F(MaildirTest, WritesADraftThatWasCutOffAnew) {
  std::ofstream(temp_ / "mail/tmp/1") << "a longer text that a killed process left";
  ASSERT_TRUE(box_.deliver("1", "whole"));
  EXPECT_EQ(content("mail/new/1"), "whole");
}

TEST_F(MaildirTest, TakesNoNameThatLeavesTheFolder) {
  for (const char* name : {"", ".", "../x", "a/b", ".hidden", "a:2,S", "a\nb"}) {
    EXPECT_EQ(box_.deliver(name, "x").error().code, base::Code::kInvalidArgument) << name;
    EXPECT_FALSE(box_.has(name)) << name;
  }
}

}  // namespace
}  // namespace rekey::platform
