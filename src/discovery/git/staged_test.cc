#include "discovery/git/staged.h"

#include <gtest/gtest.h>

#include "discovery/git/codeowners.h"
#include "discovery/git/git_test_support.h"
#include "discovery/git/index_file.h"

namespace rekey::discovery::git {
namespace {

std::vector<std::string> staged_paths(const std::string& path, const std::string& index = "") {
  const auto store = open_store(path);
  const auto staged = staged_files(*store, index);
  EXPECT_TRUE(staged) << staged.error().detail;
  EXPECT_EQ(store->problems().count(), 0U) << told(*store);
  std::vector<std::string> paths;
  auto reader = store->reader(1 << 20);
  for (const auto& file : staged.value_or(std::vector<StagedFile>{})) {
    EXPECT_TRUE(reader.read(file.id)) << file.path;
    paths.push_back(file.path);
  }
  return paths;
}

using Paths = std::vector<std::string>;

constexpr std::string_view kStaged = R"sh(
git init -q -b main $FORMAT r; cd r
mkdir -p a/b; echo one >a/b/one; echo two >a/b/two; echo three >a/three; echo gone >gone
git add -A; git commit -qm first
echo changed >a/b/two; echo new >a/b/twofold; mkdir c; echo new >c/new; git rm -q gone; git add -A
echo 'not staged' >a/three; echo soon >soon; git add --intent-to-add soon
)sh";
const Paths kExpected{"a/b/two", "a/b/twofold", "c/new"};

std::string staged_with(const std::string& format, const std::string& then) {
  return "FORMAT='" + format + "'\n" + std::string(kStaged) + then;
}

TEST(GitStaged, TellsWhatTheNextCommitBringsInEveryVersionOfTheIndex) {
  for (const auto* const then :
       {"", "git update-index --index-version 3", "git update-index --index-version 4",
        "git update-index --split-index; echo more >c/new; git add c/new",
        "git -c index.version=4 update-index --force-write-index"}) {
    const GitFolder folder;
    folder.run(staged_with("", then));
    EXPECT_EQ(staged_paths(folder / "r"), kExpected) << then;
  }
}

TEST(GitStaged, ASplitIndexIsPutTogether) {
  const GitFolder folder;
  folder.run(staged_with("", R"sh(git rm -q --cached soon; git update-index --split-index
echo other >a/b/one; git add a/b/one; git rm -qf a/b/two; echo z >z; git add z)sh"));
  EXPECT_EQ(staged_paths(folder / "r"), Paths({"a/b/one", "a/b/twofold", "c/new", "z"}));
}

TEST(GitStaged, OfARepositoryNamedBySha256) {
  const GitFolder folder;
  folder.run(staged_with("--object-format=sha256", "git gc -q"));
  EXPECT_EQ(staged_paths(folder / "r"), kExpected);
}

TEST(GitStaged, BeforeTheFirstCommitEverythingIsNew) {
  const GitFolder folder;
  folder.run("git init -q -b main r; cd r; echo x >x");
  EXPECT_EQ(staged_paths(folder / "r"), Paths{});
  folder.run("cd r; git add x");
  EXPECT_EQ(staged_paths(folder / "r"), Paths{"x"});
}

TEST(GitStaged, BothSidesOfAConflictCount) {
  const GitFolder folder;
  folder.run(R"sh(git init -q -b main r; cd r
echo base >f; git add f; git commit -qm base; git checkout -qb side; echo side >f
git commit -qam side
git checkout -q main; echo main >f; git commit -qam main
git merge -q side >/dev/null 2>&1 || true)sh");
  EXPECT_EQ(staged_paths(folder / "r"), Paths({"f", "f", "f"}));
}

TEST(GitStaged, AWorktreeHasItsOwnAndAHookMayNameAnother) {
  const GitFolder folder;
  folder.run(staged_with("",
                         "git worktree add -q ../linked; cd ../linked; echo l >l; git add l; "
                         "cp ../r/.git/index ../other"));
  EXPECT_EQ(staged_paths(folder / "linked"), Paths{"l"});
  EXPECT_EQ(staged_paths(folder / "linked", folder / "other"), kExpected);
  const auto store = open_store(folder / "linked");
  EXPECT_EQ(staged_files(*store, folder / "nothing").error().code, base::Code::kNotFound);
}

TEST(GitStaged, AFolderOfASparseIndexIsTakenAsAWhole) {
  const GitFolder folder;
  folder.run(R"sh(git init -q -b main r; cd r
mkdir in out; echo i >in/i; echo o >out/o; git add -A; git commit -qm first
git sparse-checkout set --cone --sparse-index in; echo j >in/j; git add in/j)sh");
  EXPECT_EQ(staged_paths(folder / "r"), Paths{"in/j"});
}

TEST(GitStaged, ABareRepositoryHasNothingToStage) {
  const GitFolder folder;
  folder.run("git init -q --bare r");
  const auto store = open_store(folder / "r");
  EXPECT_EQ(staged_files(*store, "").error().code, base::Code::kNotFound);
}

TEST(GitIndexFile, RefusesWhatBreaksOff) {
  const GitFolder folder;
  folder.run(staged_with("", "git update-index --index-version 4"));
  const auto whole = file_content(folder / "r/.git/index");
  ASSERT_TRUE(parse_index(base::bytes_of(whole), 20));
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    [[maybe_unused]] const auto any = parse_index(base::bytes_of(whole.substr(0, size)), 20);
  }
  EXPECT_FALSE(parse_index(base::bytes_of(whole.substr(0, 150)), 20));
  auto version = whole;
  version[7] = 9;
  EXPECT_EQ(parse_index(base::bytes_of(version), 20).error().code, base::Code::kUnsupported);
}

TEST(CodeOwners, TheLastRuleThatMatchesWins) {
  const auto owners = CodeOwners::parse(R"sh(# a comment
*            @everyone
*.js         @scripts  js@example.com # and why
/build/      @builders
docs/*       @writers
apps/        @apps
/apps/github @github
**/logs      @logs
/plain/file  @plain
/apps/none
with\ space  @space
!/build/not  @nobody
)sh");
  const auto of = [&](std::string_view path) { return owners.owners(path); };
  EXPECT_EQ(of("readme"), Paths{"@everyone"});
  EXPECT_EQ(of("src/a.js"), Paths({"@scripts", "js@example.com"}));
  EXPECT_EQ(of("build/x/y.c"), Paths{"@builders"});
  EXPECT_EQ(of("build/not"), Paths{"@builders"});
  EXPECT_EQ(of("src/build/x"), Paths{"@everyone"});
  EXPECT_EQ(of("docs/a.md"), Paths{"@writers"});
  EXPECT_EQ(of("docs/in/a.md"), Paths{"@everyone"});
  EXPECT_EQ(of("src/apps/x"), Paths{"@apps"});
  EXPECT_EQ(of("apps/github/deep/x"), Paths{"@github"});
  EXPECT_EQ(of("deep/er/logs/x"), Paths{"@logs"});
  EXPECT_EQ(of("plain/file"), Paths{"@plain"});
  EXPECT_EQ(of("plain/files"), Paths{"@everyone"});
  EXPECT_EQ(of("apps/none"), Paths{});
  EXPECT_EQ(of("with space/x"), Paths{"@space"});
}

TEST(CodeOwners, SectionsAddUpAndHaveDefaultOwners) {
  const auto owners = CodeOwners::parse(R"sh(* @all
[Database] @dba
*.sql
/db/special.sql @special
^[Docs][2] @docs
*.md
)sh");
  EXPECT_EQ(owners.owners("db/a.sql"), Paths({"@all", "@dba"}));
  EXPECT_EQ(owners.owners("db/special.sql"), Paths({"@all", "@special"}));
  EXPECT_EQ(owners.owners("a.md"), Paths({"@all", "@docs"}));
}

TEST(CodeOwners, StarsDoNotBlowUp) {
  const auto owners = CodeOwners::parse(std::string("/") + std::string(200, '*') + "x @a\n" +
                                        std::string("/a/**/**/**/**/**/**/b @b\n"));
  EXPECT_EQ(owners.owners(std::string(5000, 'a')), Paths{});
  std::string path = "a";
  for (int i = 0; i < 500; ++i) path += "/a";
  EXPECT_EQ(owners.owners(path), Paths{});
  EXPECT_EQ(owners.owners(path + "/b"), Paths{"@b"});
}

TEST(CodeOwners, AreReadFromTheCommitThatHeadNames) {
  const GitFolder folder;
  folder.run(R"sh(git init -q -b main r; cd r; mkdir docs
echo '* @docs' >docs/CODEOWNERS; git add -A; git commit -qm docs)sh");
  const auto store = open_store(folder / "r");
  const auto owners = read_code_owners(*store);
  ASSERT_TRUE(owners && *owners);
  EXPECT_EQ((*owners)->owners("x"), Paths{"@docs"});
  folder.run("cd r; echo '* @root' >CODEOWNERS; git add -A; git commit -qm root");
  const auto newer = open_store(folder / "r");
  EXPECT_EQ((*read_code_owners(*newer))->owners("x"), Paths{"@root"});
}

}  // namespace
}  // namespace rekey::discovery::git
