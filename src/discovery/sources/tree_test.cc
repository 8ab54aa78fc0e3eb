#include "discovery/sources/tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "discovery/sources/archive_test_support.h"
#include "platform/temp_folder.h"

namespace rekey::discovery {
namespace {

namespace fs = std::filesystem;

// Keeps what it was shown.
class Kept final : public Visitor {
 public:
  void visit(const Content& content) override {
    const std::lock_guard lock(mutex_);
    auto& text = seen[describe(content.place)];
    if (content.offset <= text.size()) text.resize(content.offset);
    text += content.bytes;
    line_feeds = content.line_feeds;
    is_editable = content.place.is_editable;
  }
  std::uint64_t line_feeds = 0;  // of the last one
  bool is_editable = true;
  std::map<std::string, std::string> seen;

 private:
  std::mutex mutex_;
};

class TreeTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    const fs::path path = fs::path(root_) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  // The names below the root, each followed by a blank.
  std::string read(TreeOptions options = {}) {
    if (options.roots.empty()) options.roots = {root_};
    options.roots[0] = options.roots[0].empty() ? root_ : options.roots[0];
    kept_.seen.clear();
    coverage_ = std::make_unique<Coverage>();
    const auto status = TreeSource(options).run(2, kept_, *coverage_);
    EXPECT_TRUE(status) << status.error().detail;
    std::string names;
    for (const auto& [name, text] : kept_.seen) names += name.substr(root_.size() + 1) + " ";
    return names;
  }
  Certificate certificate() { return coverage_->certificate(); }

  platform::TempFolder folder_;
  std::string root_ = folder_.path() + "/root";
  Kept kept_;
  std::unique_ptr<Coverage> coverage_;
};

TEST_F(TreeTest, EveryFileIsReadHiddenOnesToo) {
  write("a", "1");
  write(".b", "2");
  write("c/.d/e", "3");
  write("empty", "");
  EXPECT_EQ(read(), ".b a c/.d/e empty ");
  EXPECT_EQ(certificate().files_expected, 4U);
  EXPECT_EQ(certificate().files_read, 4U);
  EXPECT_EQ(certificate().bytes_read, 3U);
  EXPECT_TRUE(certificate().is_complete());
}

TEST_F(TreeTest, ThreadedManyFilesOfOneFolderAreReadOnce) {
  for (int i = 0; i < 500; ++i) write("f" + std::to_string(i), "x");
  read();
  EXPECT_EQ(kept_.seen.size(), 500U);
  EXPECT_EQ(certificate().files_read, 500U);
}

TEST_F(TreeTest, AFileIsReadThoughItsRulesLeaveItOut) {
  write(".git/config", "");
  write(".gitignore", "*.env\n");
  write("a.env", "1");
  EXPECT_EQ(read({.roots = {root_ + "/a.env"}}), "a.env ");
}

TEST_F(TreeTest, RulesHoldInARepositoryAlone) {
  write(".gitignore", "*.log\n");
  write("a.log", "1");
  EXPECT_EQ(read(), ".gitignore a.log ");
  write(".git/config", "");
  EXPECT_EQ(read(), ".gitignore ");
  EXPECT_EQ(certificate().left_out.at(LeftOut::kIgnored), 1U);
  EXPECT_EQ(certificate().left_out.at(LeftOut::kGitStore), 1U);
  EXPECT_TRUE(certificate().is_complete());
  EXPECT_EQ(read({.keeps_ignore_rules = false}), ".gitignore a.log ");
}

TEST_F(TreeTest, RulesOfFoldersAndOfGitItselfHold) {
  write(".git/info/exclude", "excluded\n");
  write(".gitignore", "build/\n");
  write("build/x", "1");
  write("excluded", "1");
  write("global.tmp", "1");
  write("sub/.gitignore", "!build/\nown\n");
  write("sub/build/y", "1");
  write("sub/own", "1");
  EXPECT_EQ(read({.global_excludes = "*.tmp\n"}), ".gitignore sub/.gitignore sub/build/y ");
  // A root below the repository's top has the rules of the folders above it.
  write("deep/build/z", "1");
  write("deep/w", "1");
  EXPECT_EQ(read({.roots = {root_ + "/deep"}}), "deep/w ");
  // Another repository within has its own.
  write("sub/other/.git/config", "");
  write("sub/other/build/v", "1");
  EXPECT_EQ(read({.roots = {root_ + "/sub/other"}}), "sub/other/build/v ");
}

TEST_F(TreeTest, TheShareThatIsDoneGrowsToTheWhole) {
  struct Told final : Progress {
    void begin(const std::string&) override { shares.clear(); }
    void advance(std::uint64_t more) override { bytes += more; }
    void reach(double share) override { shares.push_back(share); }
    std::vector<double> shares;
    std::uint64_t bytes = 0;
  };
  for (int i = 0; i < 100; ++i) write("a/f" + std::to_string(i), "12");
  write("a/b/c/d", "3");
  write("e", "45");
  std::filesystem::create_directory(root_ + "/empty");
  TreeSource source({.roots = {root_}});
  Told told;
  Coverage coverage(&told);
  ASSERT_TRUE(source.run(1, kept_, coverage));
  EXPECT_EQ(told.bytes, 203U);
  EXPECT_TRUE(std::is_sorted(told.shares.begin(), told.shares.end()));
  ASSERT_FALSE(told.shares.empty());
  EXPECT_NEAR(told.shares.back(), 1, 1e-9);
}

TEST_F(TreeTest, RepositoriesAreNamedAndTheirStoresLeftOut) {
  write("a/.git/objects/x", "1");
  write("a/b", "1");
  write("bare.git/HEAD", "1");
  write("bare.git/objects/x", "1");
  write("bare.git/refs/x", "1");
  write("worktree/.git", "gitdir: ../a/.git/worktrees/worktree");
  TreeSource source({.roots = {root_}});
  Coverage coverage;
  ASSERT_TRUE(source.run(2, kept_, coverage));
  EXPECT_EQ(source.repositories(),
            (std::vector<std::string>{root_ + "/a", root_ + "/bare.git", root_ + "/worktree"}));
  EXPECT_EQ(coverage.certificate().left_out.at(LeftOut::kGitStore), 3U);
  EXPECT_EQ(kept_.seen.size(), 1U);
}

TEST_F(TreeTest, OfARepositorysOwnFolderAllIsReadButTheStoreOfObjects) {
  write("a/.gitignore", "*\n");
  write("a/.git/HEAD", "h");
  write("a/.git/refs/x", "r");
  write("a/.git/config", "c");
  write("a/.git/hooks/pre-push", "p");
  write("a/.git/lfs/objects/aa/aabb", "l");
  write("a/.git/objects/aa/" + std::string(38, 'a'), "1");
  write("a/.git/objects/pack/p.pack", "1");
  write("a/.git/objects/pack/p.idx", "1");
  write("a/.git/objects/info/alternates", "o");
  write("a/.git/modules/b/HEAD", "h");
  write("a/.git/modules/b/refs/x", "r");
  write("a/.git/modules/b/objects/pack/p.pack", "1");
  write("bare.git/HEAD", "h");
  write("bare.git/objects/pack/p.pack", "1");
  write("bare.git/objects/note", "n");
  write("bare.git/refs/x", "r");
  TreeOptions options;
  options.roots = {root_};
  options.leaves_out_stores = false;
  TreeSource source(options);
  Coverage coverage;
  ASSERT_TRUE(source.run(2, kept_, coverage));
  std::string names;
  for (const auto& [name, text] : kept_.seen) names += name.substr(root_.size() + 1) + " ";
  EXPECT_EQ(names,
            "a/.git/HEAD a/.git/config a/.git/hooks/pre-push a/.git/lfs/objects/aa/aabb "
            "a/.git/modules/b/HEAD a/.git/modules/b/refs/x a/.git/objects/info/alternates "
            "a/.git/refs/x bare.git/HEAD bare.git/objects/note bare.git/refs/x ");
  EXPECT_EQ(source.repositories(), (std::vector<std::string>{root_ + "/a", root_ + "/bare.git",
                                                             root_ + "/a/.git/modules/b"}));
  EXPECT_FALSE(coverage.certificate().left_out.contains(LeftOut::kGitStore));
}

TEST_F(TreeTest, AmongAStoresObjectsWhatIsNoneIsRead) {
  write("a/.git/HEAD", "h");
  write("a/.git/refs/x", "r");
  write("a/.git/objects/ab/notes.env", "n");
  write("a/.git/objects/ab/cd/x.pack", "x");
  write("a/.git/objects/ab/" + std::string(62, 'a'), "1");
  write("a/.git/objects/x.pack", "p");
  write("a/.git/objects/pack/p.pack", "1");
  write("a/.git/objects/pack/p.env", "e");
  EXPECT_EQ(read({.leaves_out_stores = false}),
            "a/.git/HEAD a/.git/objects/ab/cd/x.pack a/.git/objects/ab/notes.env "
            "a/.git/objects/pack/p.env a/.git/objects/x.pack a/.git/refs/x ");
  EXPECT_TRUE(certificate().is_complete());
}

TEST_F(TreeTest, ObjectsOfAPushThatDidNotEndAreAProblem) {
  write("a/.git/HEAD", "h");
  write("a/.git/refs/x", "r");
  write("a/.git/objects/tmp_objdir-incoming-x/ab/" + std::string(38, 'a'), "1");
  read({.leaves_out_stores = false});
  EXPECT_EQ(certificate().unread.at(Unread::kBroken), 1U);
}

TEST_F(TreeTest, WhatLiesBelowSeveralRootsIsReadOnce) {
  write("a/b/c", "1");
  write("a/d", "2");
  write("a/e", "3");
  EXPECT_EQ(read({.roots = {root_, root_ + "/a/b", root_ + "/a/../a", root_ + "/a/d"}}),
            "a/../a/e a/b/c a/d ");
}

TEST_F(TreeTest, LinksAreNotFollowedAndLoopsEnd) {
  write("a/b", "1");
  fs::create_directory_symlink(root_, root_ + "/a/loop");
  fs::create_symlink("/etc/hostname", root_ + "/out");
  EXPECT_EQ(read(), "a/b ");
  EXPECT_EQ(certificate().left_out.at(LeftOut::kLink), 2U);
}

TEST_F(TreeTest, ALinkThatTakesAFoldersPlaceMeanwhileLeadsNowhere) {
  class Swapping final : public Visitor {
   public:
    explicit Swapping(std::string root) : root_(std::move(root)) {}
    void visit(const Content& content) override {
      seen += content.place.path.substr(root_.size() + 1) + " ";
      if (!content.place.path.ends_with("/first")) return;
      fs::rename(root_ + "/later", root_ + "/../moved");
      fs::create_directory_symlink(root_ + "/../outside", root_ + "/later");
    }
    std::string seen;

   private:
    std::string root_;
  };
  write("first", "1");
  write("later/x", "2");
  write("../outside/x", "3");
  Swapping visitor(root_);
  Coverage coverage;
  // Of one folder files come before folders.
  ASSERT_TRUE(TreeSource({.roots = {root_}}).run(1, visitor, coverage));
  EXPECT_EQ(visitor.seen, "first ");
  EXPECT_EQ(coverage.certificate().unread.at(Unread::kChanged), 1U);
}

TEST_F(TreeTest, APipeIsLeftOut) {
  write("a", "1");
  ASSERT_EQ(::mkfifo((root_ + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(read(), "a ");
  EXPECT_EQ(certificate().left_out.at(LeftOut::kSpecial), 1U);
}

TEST_F(TreeTest, WhatMayNotBeReadIsAProblem) {
  write("a", "1");
  write("closed/b", "1");
  fs::permissions(root_ + "/a", fs::perms::none);
  fs::permissions(root_ + "/closed", fs::perms::none);
  // Root may read everything: somebody else has to try, who is still in root's group.
  constexpr uid_t kNobody = 65534;
  const uid_t self = ::geteuid();
  for (const std::string& open : {folder_.path(), root_}) {
    fs::permissions(open, fs::perms::group_exec | fs::perms::group_read, fs::perm_options::add);
  }
  if (self == 0) ASSERT_EQ(::seteuid(kNobody), 0);
  EXPECT_EQ(read(), "");
  ASSERT_EQ(::seteuid(self), 0);
  ASSERT_TRUE(certificate().unread.contains(Unread::kUnreadable));
  EXPECT_EQ(certificate().unread.at(Unread::kUnreadable), 2U);
  EXPECT_FALSE(certificate().is_complete());
  fs::permissions(root_ + "/closed", fs::perms::owner_all);
}

TEST_F(TreeTest, ALargeFileComesInWindowsThatOverlap) {
  std::string text(3 * kWindowBytes + 5, '.');
  for (std::size_t i = 0; i < text.size(); i += 1000)
    text[i] = static_cast<char>('a' + i / 1000 % 26);
  write("large", text);
  EXPECT_EQ(read(), "large ");
  EXPECT_TRUE(kept_.seen[root_ + "/large"] == text);
  EXPECT_EQ(certificate().bytes_read, text.size());
}

TEST_F(TreeTest, OfASparseFileOnlyWhatWasWrittenIsRead) {
  write("sparse", "begin");
  fs::resize_file(root_ + "/sparse", std::uintmax_t{50} << 30);
  const int file = ::open((root_ + "/sparse").c_str(), O_WRONLY);
  const std::string end = "end";
  ASSERT_EQ(::pwrite(file, end.data(), end.size(), off_t{30} << 30), 3);
  ::close(file);
  read();
  EXPECT_LT(certificate().bytes_read, std::uint64_t{16} << 20);
  EXPECT_EQ(certificate().left_out.at(LeftOut::kHole), 1U);
  EXPECT_TRUE(certificate().is_complete());
}

TEST_F(TreeTest, StretchesOfASparseFileCountLinesOn) {
  write("sparse", "1\n2\n");
  fs::resize_file(root_ + "/sparse", std::uintmax_t{64} << 20);
  const int file = ::open((root_ + "/sparse").c_str(), O_WRONLY);
  const std::string end = "end\n";
  ASSERT_EQ(::pwrite(file, end.data(), end.size(), off_t{32} << 20), 4);
  ::close(file);
  read();
  EXPECT_EQ(kept_.line_feeds, 2U);
  EXPECT_FALSE(kept_.is_editable);
}

TEST_F(TreeTest, AnArchiveWithHolesIsOpened) {
  // A tar of one member of 4 MiB, all but its header a hole (POSIX.1-2017, pax, "ustar").
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, std::string_view text) {
    header.replace(at, text.size(), text);
  };
  put(0, "inner");
  put(100, "0000644");
  put(124, "00020000000");
  put(156, "0");
  put(257, "ustar");
  put(263, "00");
  put(148, "        ");
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  put(148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  write("holes.tar", header);
  fs::resize_file(root_ + "/holes.tar", 512 + (std::uintmax_t{4} << 20) + 1024);
  EXPECT_EQ(read(), "holes.tar!inner ");
  EXPECT_TRUE(certificate().is_complete());
}

TEST_F(TreeTest, OfAProgramWithAHoleTheZipAtItsEndIsOpened) {
  write("program",
        "\x7f"
        "ELF of a program");
  const std::uintmax_t size = std::uintmax_t{4} << 20;
  fs::resize_file(root_ + "/program", size);
  std::ofstream(root_ + "/program", std::ios::binary | std::ios::app)
      << packed("zip", "", {{"a", "one"}});
  EXPECT_EQ(read(), "program program!a ");
  EXPECT_EQ(kept_.seen.at(root_ + "/program!a"), "one");
  EXPECT_TRUE(certificate().is_complete());
}

TEST_F(TreeTest, APackedFileWithAHoleThatIsNotUnpackedIsAProblem) {
  write("x.rar", std::string("Rar!\x1a\x07\x01\0", 8));
  fs::resize_file(root_ + "/x.rar", std::uintmax_t{4} << 20);
  read();
  EXPECT_EQ(certificate().unread.at(Unread::kBroken), 1U);
}

TEST_F(TreeTest, ARootThatIsNotThereIsAnError) {
  Coverage coverage;
  const auto status = TreeSource({.roots = {root_ + "/none"}}).run(1, kept_, coverage);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kUnavailable);
}

TEST_F(TreeTest, ANameMayHoldAnyBytes) {
  write("a\xff\x1b[31m", "1");
  read();
  EXPECT_EQ(kept_.seen.count(root_ + "/a\xff\x1b[31m"), 1U);
}

}  // namespace
}  // namespace rekey::discovery
