#include "platform/large_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "platform/files.h"
#include "platform/temp_folder.h"

namespace rekey::platform {
namespace {

using base::Code;

class LargeFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::size_t entries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(temp_.path())) {
      ++count;
    }
    return count;
  }
  TempFolder temp_;
  const std::string path_ = temp_ / "large";
};

TEST_F(LargeFileTest, IsThereOnlyWhenItIsWhole) {
  {
    auto file = NewFile::create(path_, 0600);
    ASSERT_TRUE(file) << file.error().detail;
    ASSERT_TRUE(file->append("one, "));
    ASSERT_TRUE(file->append("two"));
    EXPECT_FALSE(std::filesystem::exists(path_));
    ASSERT_TRUE(file->finish());
  }
  SystemFiles files;
  EXPECT_EQ(files.read(path_, 100)->reveal(), "one, two");
  EXPECT_EQ(files.facts(path_)->mode, 0600u);
  EXPECT_EQ(entries(), 1u);
}

TEST_F(LargeFileTest, LeavesNothingBehindWhereItWasNotFinished) {
  {
    auto file = NewFile::create(path_, 0600);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->append("half"));
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(LargeFileTest, NeverTakesTheNameOfAnother) {
  auto file = NewFile::create(path_, 0600);
  ASSERT_TRUE(file);
  std::ofstream(path_) << "theirs";
  EXPECT_EQ(file->finish().error().code, Code::kAlreadyExists);
  EXPECT_EQ(NewFile::create(path_, 0600).error().code, Code::kAlreadyExists);
  EXPECT_EQ(SystemFiles().read(path_, 100)->reveal(), "theirs");
  ASSERT_EQ(::symlink("nowhere", (temp_ / "link").c_str()), 0);
  EXPECT_EQ(NewFile::create(temp_ / "link", 0600).error().code, Code::kAlreadyExists);
}

TEST_F(LargeFileTest, IsReadInPiecesToItsEnd) {
  std::ofstream(path_) << "0123456789";
  auto reader = LargeFileReader::open(path_);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->size_bytes(), 10);
  std::array<char, 4> piece{};
  std::string all;
  for (const std::size_t expected : {4u, 4u, 2u, 0u}) {
    const auto size = reader->read(piece);
    ASSERT_TRUE(size);
    EXPECT_EQ(*size, expected);
    all.append(piece.data(), *size);
  }
  EXPECT_EQ(all, "0123456789");
  ASSERT_TRUE(reader->seek(7));
  EXPECT_EQ(reader->read(piece).value(), 3u);
  EXPECT_EQ(std::string(piece.data(), 3), "789");
}

TEST_F(LargeFileTest, WhatIsNoFileIsNotRead) {
  EXPECT_EQ(LargeFileReader::open(path_).error().code, Code::kNotFound);
  EXPECT_EQ(LargeFileReader::open(temp_.path()).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace rekey::platform
