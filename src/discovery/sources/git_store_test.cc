#include "discovery/sources/git_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "discovery/git/git_test_support.h"
#include "discovery/scan.h"
#include "discovery/values_test_support.h"

namespace rekey::discovery {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kLargest = 1 << 20;

// "path@standing:line" of each.
std::vector<std::string> places_of(const std::vector<Finding>& findings) {
  std::vector<std::string> places;
  for (const Finding& one : findings) {
    places.push_back(describe(one.place) + ":" + std::to_string(one.line));
  }
  return places;
}

class GitStoreSourceTest : public testing::Test {
 protected:
  std::vector<std::string> scan(GitStoreSource::What what = GitStoreSource::What::kEverything,
                                Progress* progress = nullptr) {
    const Matcher matcher;
    coverage_ = std::make_unique<Coverage>(progress);
    Scan scan(matcher, crypto::RootKey::generate(), *coverage_);
    GitStoreSource source(folder_ / "r", matcher, what, {}, kLargest);
    const auto status = source.run(1, scan, *coverage_);
    EXPECT_TRUE(status) << (status ? "" : status.error().detail);
    return places_of(scan.take());
  }
  [[nodiscard]] std::string at(const std::string& place) const { return folder_ / "r/" + place; }
  // More than is held whole, and more than one piece.
  static std::string lines(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "a line of a dump\n";
    return text;
  }

  Values values_{77};
  git::GitFolder folder_;
  std::unique_ptr<Coverage> coverage_;
};

TEST_F(GitStoreSourceTest, TellsWhatStandsInObjectsThatAreTooLargeToBeHeld) {
  constexpr std::size_t kLines = 600'000;  // 17 bytes each
  folder_.run("git init -q -b main r");
  git::write_file(at("dump.sql"), lines(kLines) + values_.ours() + "\n" + lines(9));
  git::write_file(at("small.env"), values_.ours() + "\n");
  folder_.run("cd r; git add .; git commit -qm one");
  const std::vector<std::string> all{at("dump.sql@tip:600001"), at("small.env@tip:1")};
  for (const auto* const state : {"true", "git -c core.bigFileThreshold=1m repack -qad"}) {
    folder_.run(std::string("cd r; ") + state);
    EXPECT_EQ(scan(), all) << state;
    EXPECT_TRUE(coverage_->certificate().is_complete()) << state;
  }
}

TEST_F(GitStoreSourceTest, TellsThemInTheIndexUnderEveryPath) {
  folder_.run("git init -q -b main r; cd r; git commit -qm none --allow-empty");
  git::write_file(at("a.sql"), lines(100'000) + values_.ours() + "\n");
  folder_.run("cd r; cp a.sql b.sql; git add .");
  EXPECT_THAT(scan(GitStoreSource::What::kStaged),
              testing::ElementsAre(at("a.sql@index:100001"), at("b.sql@index:100001")));
  EXPECT_TRUE(coverage_->certificate().is_complete());
}

TEST_F(GitStoreSourceTest, SaysThatNoArchiveOfThatSizeIsOpened) {
  folder_.run("git init -q -b main r; cd r; head -c 9500000 /dev/urandom | gzip >a.gz; git add .");
  EXPECT_THAT(scan(), testing::IsEmpty());
  const Certificate certificate = coverage_->certificate();
  ASSERT_EQ(certificate.problems.size(), 1U);
  EXPECT_EQ(certificate.problems[0].reason, Unread::kLimit);
  EXPECT_THAT(certificate.problems[0].detail, HasSubstr("too large to be opened"));
}

TEST_F(GitStoreSourceTest, AnArchiveIsCountedOnceAndEachOfItsMembers) {
  folder_.run("git init -q -b main r; cd r; echo line | gzip >a.gz; git add .; git commit -qm one");
  EXPECT_THAT(scan(), testing::IsEmpty());
  const Certificate certificate = coverage_->certificate();
  EXPECT_EQ(certificate.files_expected, 3U);  // the commit, the archive, its member
  EXPECT_EQ(certificate.files_read, 3U);
  EXPECT_TRUE(certificate.is_complete());
}

// Takes a file away once contents of a size have been looked at.
class Remover final : public Progress {
 public:
  Remover(std::string path, std::uint64_t size_bytes)
      : path_(std::move(path)), size_bytes_(size_bytes) {}
  void begin(const std::string& /*step*/) override {}
  void advance(std::uint64_t bytes) override {
    if (bytes == size_bytes_) std::filesystem::remove(path_);
  }
  void reach(double /*share*/) override {}

 private:
  std::string path_;
  std::uint64_t size_bytes_;
};

TEST_F(GitStoreSourceTest, TellsWhatCannotBeReadTheSecondTime) {
  folder_.run("git init -q -b main r");
  const std::string text = values_.ours() + "\n";
  git::write_file(at("a.env"), text);
  folder_.run("cd r; git add .; git commit -qm one");
  const std::string blob = folder_.id("HEAD:a.env").hex();
  Remover remover(at(".git/objects/" + blob.substr(0, 2) + "/" + blob.substr(2)), text.size());
  EXPECT_THAT(scan(GitStoreSource::What::kEverything, &remover), testing::IsEmpty());
  const Certificate certificate = coverage_->certificate();
  const auto is_at_tip = [&](const Problem& problem) { return problem.where == at("a.env@tip"); };
  EXPECT_EQ(std::count_if(certificate.problems.begin(), certificate.problems.end(), is_at_tip), 1);
}

}  // namespace
}  // namespace rekey::discovery
