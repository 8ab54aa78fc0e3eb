// What the plan of a rotation is told of places that hold a secret.
#include "cli/root_search.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/text.h"
#include "platform/temp_folder.h"

namespace rekey::cli {
namespace {

class RootSearchTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    const std::filesystem::path path(root() + "/" + name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  [[nodiscard]] std::string root() const {
    return std::filesystem::canonical(folder_.path()).string();
  }
  rotation::SearchReport search(const std::vector<std::string>& roots) {
    std::vector<base::Secret> values;
    values.emplace_back(other_);
    values.emplace_back(value_);
    auto report = search_.search(roots, values);
    EXPECT_TRUE(report) << report.error().detail;
    return *std::move(report);
  }

  platform::TempFolder folder_;
  RootSearch search_;
  std::string value_ = std::string(20, 'x') + "Ab1Ab1Ab1Ab1";
  std::string other_ = std::string(20, 'y') + "Ab1Ab1Ab1Ab1";
};

TEST_F(RootSearchTest, TellsWhichValueStandsWhereInBytes) {
  const std::string encoded = base::base64_encode(base::bytes_of(value_));
  write("k8s.yaml", "kind: Secret\ndata:\n  secret: " + encoded + "\n");
  const auto report = search({root()});
  ASSERT_EQ(report.places.size(), 1u);
  const rotation::FoundPlace& place = report.places[0];
  EXPECT_EQ(place.path, root() + "/k8s.yaml");
  EXPECT_EQ(place.value, 1u);
  EXPECT_TRUE(place.is_file);
  EXPECT_FALSE(place.is_exposed);
  EXPECT_EQ(place.where, root() + "/k8s.yaml:3, data.secret, base64");
  const std::size_t at = std::string("kind: Secret\ndata:\n  secret: ").size();
  EXPECT_GE(place.begin, at);
  EXPECT_LE(place.end, at + encoded.size());
  EXPECT_TRUE(report.is_complete());
}

TEST_F(RootSearchTest, ReadsWhatIgnoreRulesLeaveOutAndNamesPlacesWithoutLinks) {
  write("code/.gitignore", "*.env\n");
  write("code/.git/HEAD", "ref: refs/heads/main\n");
  write("code/a.env", "SECRET=" + value_ + "\n");
  std::filesystem::create_directory_symlink(root() + "/code", root() + "/link");
  const auto report = search({root() + "/link"});
  ASSERT_EQ(report.places.size(), 1u);
  EXPECT_EQ(report.places[0].path, root() + "/code/a.env");
}

TEST_F(RootSearchTest, TheNameOfAFileForgesNoLine) {
  write("a\nb.env", "SECRET=" + value_ + "\n");
  write("c\nd.zip", "PK\x03\x04 and no more");
  const auto report = search({root()});
  ASSERT_EQ(report.places.size(), 1u);
  EXPECT_EQ(report.places[0].path, root() + "/a\nb.env");
  EXPECT_EQ(report.places[0].where, root() + "/a\\u{A}b.env:1, SECRET");
  ASSERT_EQ(report.not_read.size(), 1u);
  EXPECT_TRUE(report.not_read[0].starts_with(root() + "/c\\u{A}d.zip: ")) << report.not_read[0];
}

TEST_F(RootSearchTest, FindingsNameTheirDetectorsAsLongAsTheyAreKept) {
  write("a.env", "CLIENT_SECRET=" + value_ + "\n");
  const auto key = crypto::RootKey::generate();
  std::vector<base::Secret> values;
  values.emplace_back(value_);
  const std::vector<std::string> roots{root()};
  const auto given = scan_for_values({roots, key}, values);
  ASSERT_TRUE(given && given->findings.size() == 1);
  EXPECT_EQ(given->findings[0].detector, given->matcher->detectors().data());
  const auto scanned = scan_by_detectors({roots, key});
  ASSERT_TRUE(scanned);
  for (const auto& finding : scanned->findings) EXPECT_FALSE(finding.detector->title.empty());
}

TEST_F(RootSearchTest, WhatCannotBeReadIsCountedAndTheFirstAreNamed) {
  for (int i = 0; i < 8; ++i)
    write("broken" + std::to_string(i) + ".zip", "PK\x03\x04 and no more");
  const auto report = search({root()});
  EXPECT_FALSE(report.is_complete());
  EXPECT_GE(report.not_read_count, 8u);
  EXPECT_EQ(report.not_read.size(), rotation::SearchReport::kMostTold);
}

TEST_F(RootSearchTest, ARootThatIsNotThereIsAnError) {
  const auto report = search_.search({root() + "/gone"}, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, base::Code::kUnavailable);
}

}  // namespace
}  // namespace rekey::cli
