// Every object of a store, in every state that a repository can be in, against the git program.
#include "discovery/git/object_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "discovery/git/git_test_support.h"

namespace rekey::discovery::git {
namespace {

namespace fs = std::filesystem;

// Files that change a little in each commit, so that there are chains of deltas; a large one, a
// binary one, an empty one; two branches that are merged, a tag with a message.
constexpr std::string_view kHistory = R"sh(
git init -q -b main $FORMAT r
cd r
seq 1 400 >numbers; head -c 200000 /dev/zero >zeros; : >empty; printf 'a\0b' >binary
mkdir -p deep/er; seq 500 900 >deep/er/more
git add -A; git commit -qm first
for n in $(seq 1 12); do
  at $n; sed -i "$((n * 17))s/.*/line of $n/" numbers; echo "$n" >>deep/er/more
  git commit -qam "change $n"
done
git checkout -q -b side HEAD~3; echo side >side; git add side; git commit -qm side
git checkout -q main; git merge -q --no-edit side
git tag -a -m 'a tag with words' v1
)sh";

std::string history(const std::string& format = "") {
  return "FORMAT='" + format + "'\n" + std::string(kHistory);
}

VisitOptions all_types(unsigned threads = 2) {
  VisitOptions options;
  options.types = kAllTypes;
  options.threads = threads;
  return options;
}

// Reads the repository at `path` and compares it with what git reads at `by_git`.
VisitCounts expect_as_git_reads(const GitFolder& folder, const std::string& path,
                                const VisitOptions& options = all_types(),
                                const std::string& by_git = "") {
  const auto store = open_store(folder / path);
  if (store == nullptr) return {};
  Keeper keeper;
  const auto counts = store->visit(options, keeper);
  const auto expected = contents_by_git(folder, by_git.empty() ? path : by_git);
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(keeper.contents().size(), expected.size());
  EXPECT_TRUE(keeper.contents() == expected);
  EXPECT_EQ(counts.expected, expected.size());
  EXPECT_EQ(counts.lost, 0U);
  EXPECT_EQ(store->problems().count(), 0U) << told(*store);
  return counts;
}

TEST(GitStore, ReadsLooseObjects) {
  const GitFolder folder;
  folder.run(history());
  expect_as_git_reads(folder, "r");
}

TEST(GitStore, ReadsAPackWithDeltas) {
  const GitFolder folder;
  folder.run(history() + "git gc -q --aggressive --prune=now");
  expect_as_git_reads(folder, "r");
}

TEST(GitStore, ReadsDeltasThatNameTheirBase) {
  const GitFolder folder;
  folder.run(history() + "git -c repack.useDeltaBaseOffset=false repack -qadf");
  expect_as_git_reads(folder, "r");
}

TEST(GitStore, ReadsWithAnyNumberOfThreadsThreaded) {
  const GitFolder folder;
  folder.run(history() +
             "git gc -q --aggressive --prune=now; echo loose | git hash-object -w --stdin");
  for (const unsigned threads : {1U, 2U, 7U}) expect_as_git_reads(folder, "r", all_types(threads));
}

TEST(GitStore, ReadsARepositoryNamedBySha256) {
  const GitFolder folder;
  folder.run(history("--object-format=sha256") +
             "git gc -q; echo loose | git hash-object -w --stdin");
  expect_as_git_reads(folder, "r");
}

TEST(GitStore, GivesAnObjectOnceHoweverManyPacksHoldIt) {
  const GitFolder folder;
  folder.run(history() + R"sh(
git repack -qad; echo one >>numbers; git commit -qam one; git repack -qd
git rev-list --objects HEAD~2 | git pack-objects -q .git/objects/pack/pack
git rev-parse HEAD:numbers | git pack-objects -q .git/objects/pack/pack
git init -q ../loose; git -C ../loose unpack-objects -q <"$(ls .git/objects/pack/*.pack | head -1)"
cp -r ../loose/.git/objects/?? .git/objects/)sh");
  expect_as_git_reads(folder, "r");
}

TEST(GitStore, ReadsPacksThatOnlyAMultiPackIndexNames) {
  const GitFolder folder;
  folder.run(history() + R"sh(
git repack -qad; echo one >>numbers; git commit -qam one; git repack -qd
git multi-pack-index write)sh");
  const auto expected = contents_by_git(folder, "r");
  folder.run("rm -f r/.git/objects/pack/*.idx");
  const auto store = open_store(folder / "r");
  Keeper keeper;
  const auto counts = store->visit(all_types(), keeper);
  EXPECT_TRUE(keeper.contents() == expected);
  EXPECT_EQ(counts.expected, expected.size());
  EXPECT_EQ(store->problems().count(), 0U) << told(*store);
}

TEST(GitStore, APackWithoutAnyIndexIsAProblem) {
  const GitFolder folder;
  folder.run(history() + "git repack -qad; rm -f .git/objects/pack/*.idx");
  const auto store = open_store(folder / "r");
  Keeper keeper;
  EXPECT_EQ(store->visit(all_types(), keeper).expected, 0U);
  EXPECT_EQ(store->problems().count(ProblemKind::kUnsupported), 1U) << told(*store);
}

TEST(GitStore, ReadsAnIndexOfTheFirstVersion) {
  const GitFolder folder;
  folder.run(history() + R"sh(
git repack -qad; cd .git/objects/pack; chmod u+w *
git index-pack --index-version=1 -o new.idx *.pack; mv new.idx pack-*.idx)sh");
  expect_as_git_reads(folder, "r");
}

TEST(GitStore, ReadsWhatNothingHolds) {
  const GitFolder folder;
  folder.run(history() + R"sh(
echo dangling | git hash-object -w --stdin
echo stashed >>numbers; git stash -q; echo again >>numbers; git stash -q; git stash drop -q
echo gone >gone; git add gone; git commit -qm gone; git reset -q --hard HEAD~1
git notes add -m 'a note' HEAD; echo staged >staged; git add staged)sh");
  expect_as_git_reads(folder, "r");
}

TEST(GitStore, OpensABareOneAWorktreeASubmoduleAndAFolderOfGit) {
  const GitFolder folder;
  folder.run(history() + R"sh(
git worktree add -q ../linked side
cd ..; git clone -q --bare r bare.git
git init -q -b main super; cd super; git submodule --quiet add ../r inner
git commit -qm super)sh");
  expect_as_git_reads(folder, "bare.git");
  expect_as_git_reads(folder, "r/.git");
  expect_as_git_reads(folder, "linked");
  expect_as_git_reads(folder, "super/inner");
  const auto linked = open_store(folder / "linked");
  EXPECT_EQ(linked->repository().common_dir, fs::canonical(folder / "r/.git").string());
  EXPECT_EQ(linked->repository().worktrees.size(), 2U);
  const auto super = open_store(folder / "super");
  EXPECT_EQ(submodule_repositories(super->repository()),
            std::vector<std::string>{fs::canonical(folder / "super/.git/modules/inner").string()});
}

TEST(GitStore, ReadsAlternatesAndGoesOnWhereTheyLoop) {
  const GitFolder folder;
  folder.run(history() +
             "git gc -q; cd ..; git clone -q --shared r borrower; cd borrower; "
             "echo own >own; git add own; git commit -qm own");
  expect_as_git_reads(folder, "borrower");
  write_file(folder / "r/.git/objects/info/alternates", "../../../borrower/.git/objects\n# x\n");
  expect_as_git_reads(folder, "borrower");
  write_file(folder / "r/.git/objects/info/alternates", "/nowhere/at/all\n");
  const auto store = open_store(folder / "borrower");
  EXPECT_EQ(store->problems().count(ProblemKind::kMissing), 1U) << told(*store);
}

TEST(GitStore, SaysThatAFolderIsNoRepository) {
  const GitFolder folder;
  const auto store = ObjectStore::open(folder.path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, base::Code::kNotFound);
  write_file(folder / ".git", "something else\n");
  EXPECT_EQ(ObjectStore::open(folder.path()).error().code, base::Code::kNotFound);
}

// A tree of deltas in which every base but the leaves has two children with trees of their own.
TEST(GitStore, ReadsTheSameWithoutRoomForBasesThreaded) {
  const GitFolder folder;
  make_empty(folder / "forged.git");
  ForgedPack forged;
  Contents expected;
  std::vector<std::uint64_t> offsets;
  std::vector<ObjectId> ids;
  for (std::size_t i = 0; i < 255; ++i) {
    ids.push_back(ForgedPack::named(static_cast<std::uint8_t>(i)));
    const auto base = (i + 1) / 2 - 1;
    const auto before = i == 0 ? std::string(5000, 'x') : expected.at(ids[base]).bytes;
    const auto inserted = i == 0 ? std::string() : std::to_string(i);
    offsets.push_back(
        i == 0 ? forged.add_whole(ids[i], ObjectType::kBlob, before)
               : forged.add_offset_delta(ids[i], offsets[base],
                                         ForgedPack::appending(before.size(), inserted)));
    expected[ids[i]] = {ObjectType::kBlob, before + inserted};
  }
  forged.write(folder / "forged.git");
  for (const std::uint64_t budget : {1ULL, 20'000ULL, 1ULL << 20}) {
    for (const unsigned threads : {1U, 3U}) {
      const auto store = open_store(folder / "forged.git");
      Keeper keeper;
      auto options = all_types(threads);
      options.budget_bytes = budget;
      const auto counts = store->visit(options, keeper);
      EXPECT_TRUE(keeper.contents() == expected) << budget;
      EXPECT_EQ(store->problems().count(), 0U) << told(*store);
      EXPECT_EQ(counts.bases_made_anew > 0, budget < 1 << 20) << budget;
    }
  }
}

TEST(GitStore, APackMayBeLargerThanEightGibibytes) {
  const GitFolder folder;
  make_empty(folder / "forged.git");
  ForgedPack forged;
  const auto near = forged.add_whole(ForgedPack::named(9), ObjectType::kBlob, "near");
  forged.add_offset_delta(ForgedPack::named(3), near, ForgedPack::appending(4, "!"));
  forged.leave_gap(9ULL << 30);
  const auto far = forged.add_whole(ForgedPack::named(1), ObjectType::kBlob, "far");
  forged.add_offset_delta(ForgedPack::named(7), far, ForgedPack::appending(3, "!"));
  forged.add_offset_delta(ForgedPack::named(5), near, ForgedPack::appending(4, "?"));
  forged.write(folder / "forged.git");
  const auto store = open_store(folder / "forged.git");
  Keeper keeper;
  [[maybe_unused]] const auto counts = store->visit(all_types(), keeper);
  const auto blob = [](const char* bytes) { return Content{ObjectType::kBlob, bytes}; };
  const Contents expected{{ForgedPack::named(9), blob("near")},
                          {ForgedPack::named(3), blob("near!")},
                          {ForgedPack::named(1), blob("far")},
                          {ForgedPack::named(7), blob("far!")},
                          {ForgedPack::named(5), blob("near?")}};
  EXPECT_TRUE(keeper.contents() == expected);
  EXPECT_EQ(store->problems().count(), 0U) << told(*store);
}

TEST(GitStore, GivesLargeObjectsInPiecesThatOverlap) {
  const GitFolder folder;
  folder.run(R"sh(git init -q -b main r; cd r
seq 1 1300000 >large; git add large; git commit -qm large)sh");
  auto options = all_types();
  options.largest_held_bytes = 1 << 20;
  for (const auto* const state : {"true", "git -c core.bigFileThreshold=1m repack -qad"}) {
    folder.run(std::string("cd r; ") + state);
    const auto store = open_store(folder / "r");
    Keeper keeper;
    const auto counts = store->visit(options, keeper);
    EXPECT_TRUE(keeper.contents() == contents_by_git(folder, "r")) << state;
    EXPECT_EQ(keeper.pieces(), 1) << state;
    EXPECT_EQ(counts.lost, 0U);
    EXPECT_EQ(store->problems().count(), 0U) << told(*store);
  }
}

TEST(GitStore, ALargeDeltaIsLostAndToldAndTheOthersAreRead) {
  const GitFolder folder;
  folder.run(history() + "git gc -q --aggressive --prune=now");
  auto options = all_types();
  options.largest_held_bytes = 1000;
  const auto store = open_store(folder / "r");
  Keeper keeper;
  const auto counts = store->visit(options, keeper);
  const auto by_git = contents_by_git(folder, "r");
  EXPECT_GT(counts.lost, 0U);
  EXPECT_EQ(keeper.contents().size() + counts.lost, by_git.size());
  EXPECT_GT(store->problems().count(ProblemKind::kTooLarge), 0U);
  for (const auto& [id, content] : keeper.contents()) EXPECT_EQ(by_git.at(id), content);
}

TEST(GitStore, PassesOverTypesThatAreNotAskedFor) {
  const GitFolder folder;
  folder.run(history() + "git gc -q; echo loose | git hash-object -w --stdin");
  const auto store = open_store(folder / "r");
  Keeper keeper;
  const auto counts = store->visit({}, keeper);
  EXPECT_EQ(counts.of(ObjectType::kTree), 0U);
  EXPECT_EQ(counts.of(ObjectType::kTag), 1U);
  EXPECT_EQ(counts.of(ObjectType::kCommit), 15U);
  EXPECT_GT(counts.passed_over, 0U);
  EXPECT_EQ(counts.expected, counts.of(ObjectType::kBlob) + 16U + counts.passed_over);
}

TEST(GitStore, StopsWhenItIsTold) {
  const GitFolder folder;
  folder.run(history() + "git gc -q");
  const auto store = open_store(folder / "r");
  const std::atomic<bool> stop{true};
  auto options = all_types();
  options.stop = &stop;
  Keeper keeper;
  EXPECT_EQ(store->visit(options, keeper).of(ObjectType::kBlob), 0U);
}

class Nothing final : public ObjectVisitor {
 public:
  void take(unsigned /*thread*/, const ObjectView& /*object*/) override {}
};

std::string find_missing(ObjectStore& store) {
  Nothing nothing;
  [[maybe_unused]] const auto counts = store.visit_and_find_missing(all_types(), nothing);
  return std::to_string(store.problems().count(ProblemKind::kMissing));
}

TEST(GitStore, APartialCloneSaysWhatIsMissing) {
  const GitFolder folder;
  folder.run(history() + R"sh(
git config uploadpack.allowFilter true; cd ..
git clone -q --no-checkout --filter=blob:none "file://$PWD/r" partial
git clone -q --depth 1 "file://$PWD/r" shallow)sh");
  const auto whole = open_store(folder / "r");
  EXPECT_FALSE(whole->repository().is_partial);
  EXPECT_EQ(find_missing(*whole), "0") << told(*whole);
  const auto partial = open_store(folder / "partial");
  EXPECT_TRUE(partial->repository().is_partial);
  const auto expected =
      folder.ask("git -C partial rev-list --objects --all --missing=print | grep -c '^?'");
  EXPECT_EQ(find_missing(*partial), expected);
  EXPECT_NE(told(*partial).find("numbers"), std::string::npos) << told(*partial);
  const auto shallow = open_store(folder / "shallow");
  EXPECT_EQ(find_missing(*shallow), "0") << told(*shallow);
  EXPECT_EQ(shallow->problems().count(ProblemKind::kCut), 1U);
}

// Trees that are deltas of one another, of many files, folders and a submodule; what is missing is
// named by few of them, in what a delta inserts and over its borders.
TEST(GitStore, FindsWhatIsMissingWhereTreesAreDeltas) {
  const GitFolder folder;
  folder.run(R"sh(
git init -q -b main r; cd r; mkdir sub
for n in $(seq 1 300); do echo "$n" >"file $n"; echo "in $n" >"sub/$n"; done
git add -A; git update-index --add --cacheinfo "160000,$(printf 1 | git hash-object --stdin),link"
git commit -qm first
for n in $(seq 1 120); do
  at $n; echo "version $n" >"file $((n * 7 % 300 + 1))"
  echo "version $n" >"sub/$((n * 11 % 90 + 1))"
  git add -A .; git commit -qm "$n"
done
git config uploadpack.allowFilter true; git repack -qadf --depth=50 --window=50; cd ..
git clone -q --no-checkout --filter=blob:limit=9 "file://$PWD/r" partial
git -C partial repack -qadf --depth=50 --window=50)sh");
  const auto expected =
      folder.ask("git -C partial rev-list --objects --all --missing=print | grep -c '^?'");
  const auto whole = open_store(folder / "r");
  EXPECT_EQ(find_missing(*whole), "0") << told(*whole);
  const auto partial = open_store(folder / "partial");
  EXPECT_NE(expected, "0");
  EXPECT_EQ(find_missing(*partial), expected);
}

TEST(GitStore, ReadsOneObjectById) {
  const GitFolder folder;
  folder.run(history() + "git gc -q --aggressive; echo loose | git hash-object -w --stdin");
  const auto store = open_store(folder / "r");
  auto reader = store->reader(1 << 20);
  for (const auto& [id, content] : contents_by_git(folder, "r")) {
    const auto object = reader.read(id);
    ASSERT_TRUE(object) << object.error().detail;
    EXPECT_EQ(object->type, content.type);
    EXPECT_EQ(base::text_of(object->content()), content.bytes);
    EXPECT_TRUE(store->has(id));
  }
  const auto nothing = reader.read(ForgedPack::named(7));
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, base::Code::kNotFound);
}

}  // namespace
}  // namespace rekey::discovery::git
