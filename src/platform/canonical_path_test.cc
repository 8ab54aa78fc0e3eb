#include "platform/canonical_path.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/temp_folder.h"

namespace rekey::platform {
namespace {

TEST(WithoutLinks, GivesEverySpellingOfAFileOneName) {
  const TempFolder folder;
  const std::string root = std::filesystem::canonical(folder.path()).string();
  std::filesystem::create_directory(root + "/code");
  std::ofstream(root + "/code/a.env") << "A=1\n";
  std::filesystem::create_directory_symlink("code", root + "/link");
  std::filesystem::create_symlink(root + "/link/a.env", root + "/b.env");
  for (const char* name : {"/code/a.env", "/link/a.env", "/b.env", "/code/./../link//a.env"}) {
    EXPECT_EQ(without_links(root + name), root + "/code/a.env") << name;
  }
}

TEST(WithoutLinks, WhatIsNotThereYetKeepsItsNameBelowWhatIs) {
  const TempFolder folder;
  const std::string root = std::filesystem::canonical(folder.path()).string();
  std::filesystem::create_directory_symlink(".", root + "/link");
  EXPECT_EQ(without_links(root + "/link/new/a.env"), root + "/new/a.env");
  EXPECT_EQ(without_links(""), "");
}

}  // namespace
}  // namespace rekey::platform
