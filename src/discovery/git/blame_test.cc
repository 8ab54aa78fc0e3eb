// Compared with what the git program tells, line by line.
#include "discovery/git/blame.h"

#include <gtest/gtest.h>

#include "discovery/git/git_test_support.h"
#include "discovery/git/line_diff.h"

namespace rekey::discovery::git {
namespace {

// Two branches change the same file and are merged; a merge changes a line of its own; a file moves
// to another folder, another comes back as it was.
constexpr std::string_view kHistory = R"sh(
git init -q -b main $FORMAT r; cd r
mkdir -p conf/deep
seq -f 'line %g' 40 >conf/deep/app.env; echo first >README
git add -A; as Ann; at 0; git commit -qm one
as Ben; at 1; sed -i 's/^line 3$/line 3 of Ben/' conf/deep/app.env; git commit -qam two
as Cid; at 2; git checkout -q -b side
sed -i -e 's/^line 20$/line 20 of Cid/' -e '30a added by Cid' conf/deep/app.env
git commit -qam side
as Dan; at 3; echo more >>README; git commit -qam readme
as Eve; at 4; git checkout -q main
sed -i -e 's/^line 5$/line 5 of Eve/' -e '10d' conf/deep/app.env; git commit -qam main
as Fay; at 5; git merge -q --no-commit side
sed -i 's/^line 35$/line 35 of the merge/' conf/deep/app.env; git add -A; git commit -qm merged
as Gus; at 6; sed -i 's/^line 20 of Cid$/line 20 of Gus/' conf/deep/app.env; git commit -qam three
as Hal; at 7; printf 'x\ny\nz\n' >back; git add -A; git commit -qm back
as Ida; at 8; printf 'x\nother\nz\n' >back; git commit -qam other
as Jon; at 9; printf 'x\ny\nz\n' >back; git commit -qam again
as Kim; at 10; git checkout -q -b third HEAD~2; echo third >>README; git commit -qam third
git checkout -q main; at 11; git merge -q third -m octopus
as Lee; at 12; printf 'no end of line' >>back; git commit -qam end
as Mia; at 13; git rm -q README; git commit -qm gone; echo first >README; git add README
as Nia; at 14; git commit -qm 'README is back'
git repack -adq
)sh";

class GitBlame : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_.run("FORMAT='" + std::string(GetParam()) + "'\n" + std::string(kHistory));
    store_ = open_store(folder_ / "r");
  }

  // "COMMIT AUTHOR" of each line.
  std::vector<std::string> by_git(const std::string& revision, const std::string& path) const {
    std::istringstream lines(
        folder_.ask("cd r; git blame --line-porcelain " + revision + " -- '" + path +
                    "' | awk 'length($1) >= 40 && NF > 2 {c=$1} /^author / {print c, $2}'"));
    std::vector<std::string> told;
    for (std::string line; std::getline(lines, line);) told.push_back(line);
    return told;
  }

  std::vector<std::string> by_us(const std::string& revision, const std::string& path,
                                 std::size_t most_reads = kMostBlameReads) {
    const std::string text = folder_.ask("cd r; git show " + revision + ":" + path);
    std::vector<BlameRequest> requests;
    for (std::uint32_t line = 0; line < lines_of(text).size(); ++line) {
      requests.push_back({folder_.id(revision), path, line});
    }
    std::vector<std::string> told;
    for (const auto& answer : blame(*store_, requests, most_reads)) {
      told.push_back(answer ? answer->id.hex() + " " + answer->author_name : "not found out");
    }
    return told;
  }

  GitFolder folder_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_P(GitBlame, TellsWhatGitTells) {
  for (const auto& [revision, path] :
       std::vector<std::pair<std::string, std::string>>{{"main", "conf/deep/app.env"},
                                                        {"main~4", "conf/deep/app.env"},
                                                        {"side", "conf/deep/app.env"},
                                                        {"main", "back"},
                                                        {"main", "README"},
                                                        {"third", "README"}}) {
    const auto expected = by_git(revision, path);
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(by_us(revision, path), expected) << revision << " " << path;
  }
}

TEST_P(GitBlame, GivesUpWhenItHasReadEnough) {
  for (const std::string& answer : by_us("main", "conf/deep/app.env", 5)) {
    EXPECT_EQ(answer, "not found out");
  }
}

TEST_P(GitBlame, NamesNobodyWhereHistoryIsCut) {
  folder_.run("git clone -q --depth 2 \"file://$PWD/r\" shallow");
  store_ = open_store(folder_ / "shallow");
  const auto answers = by_us("main", "conf/deep/app.env");
  EXPECT_EQ(std::count(answers.begin(), answers.end(), "not found out"),
            static_cast<long>(answers.size()));
}

TEST_P(GitBlame, AFileThatIsNotThereHasNobody) {
  const BlameRequest request{folder_.id("main"), "conf/none", 0};
  const auto answers = blame(*store_, {&request, 1});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_FALSE(answers[0]);
}

INSTANTIATE_TEST_SUITE_P(Formats, GitBlame, ::testing::Values("", "--object-format=sha256"));

}  // namespace
}  // namespace rekey::discovery::git
