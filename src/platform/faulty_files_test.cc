#include "platform/faulty_files.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"

namespace rekey::platform {
namespace {

class FaultyFilesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(files.create(path, "old", 0600)); }
  std::string content() { return std::string(system.read(path, 100)->reveal()); }

  TempFolder folder;
  SystemFiles system;
  FaultyFiles files{system};
  std::string path = folder / "a";
};

TEST_F(FaultyFilesTest, AnErrorBeforeTheEffectLeavesTheOldContentAndTheNextCallPasses) {
  files.plan({.at_call = 2});
  EXPECT_TRUE(files.read(path, 100));
  EXPECT_EQ(files.exchange(path, "old", "new").error().code, base::Code::kIo);
  EXPECT_EQ(content(), "old");
  EXPECT_TRUE(files.exchange(path, "old", "new"));
  EXPECT_EQ(files.calls(), 3);
}

TEST_F(FaultyFilesTest, AnErrorAfterTheEffectLeavesTheNewContent) {
  files.plan({.at_call = 1, .moment = Fault::Moment::kAfterEffect});
  EXPECT_FALSE(files.exchange(path, "old", "new"));
  EXPECT_EQ(content(), "new");
}

TEST_F(FaultyFilesTest, ACrashStopsEverythingUntilTheRestart) {
  files.plan({.at_call = 1, .kind = Fault::Kind::kCrash});
  EXPECT_FALSE(files.exchange(path, "old", "new"));
  EXPECT_TRUE(files.is_crashed());
  EXPECT_FALSE(files.read(path, 100));
  EXPECT_FALSE(files.remove(path));
  EXPECT_EQ(content(), "old");
  files.restart();
  EXPECT_TRUE(files.exchange(path, "old", "new"));
  EXPECT_EQ(content(), "new");
}

}  // namespace
}  // namespace rekey::platform
