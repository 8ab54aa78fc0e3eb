// Where a hit stands, in every state that a repository can be in.
#include "discovery/git/attribution.h"

#include <gtest/gtest.h>

#include "discovery/git/git_test_support.h"
#include "discovery/git/projection.h"
#include "discovery/git/tree_links.h"
#include "discovery/git/tree_search.h"

namespace rekey::discovery::git {
namespace {

// One file of one content in each state.
constexpr std::string_view kStates = R"sh(
git init -q -b main $FORMAT r; cd r
mkdir -p src/deep; echo base >base; git add -A; as Ann; at 0; git commit -qm base
as Tina; at 1; echo tip >src/deep/tip; git add -A; git commit -qm tip
as Hugo; at 2; echo past >past; echo moved >moved; git add -A; git commit -qm past
as Rita; at 3; git rm -q past; git mv moved src/moved; git commit -qm 'past is gone'
as Sven; at 4; echo stashed >base; git stash -q
at 5; echo older >base; git stash -q; git stash drop -q stash@{0}
as Lena; at 6; echo lost >lost; git add -A; git commit -qm lost; git reset -q --hard HEAD~1
as Nora; at 7; git notes add -m 'a note' HEAD
as Mila; at 8; git checkout -q -b side; echo left >both; echo aside >aside
git add -A; git commit -qm left
git checkout -q main; echo right >both; git add -A; git commit -qm right
git merge -q side >/dev/null 2>&1 || true
as Max; at 9; echo resolved >both; git add -A; git commit -qm merged
as Tara; at 10; git tag -a -m 'words of a tag' v1
git tag blob-tag "$(echo tagged | git hash-object -w --stdin)"
echo dangling | git hash-object -w --stdin
echo staged >staged; git add staged
)sh";

class GitAttribution : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_.run("FORMAT='" + std::string(GetParam()) + "'\n" + std::string(kStates));
  }

  std::vector<Place> places(const std::vector<Hit>& hits) {
    store_ = open_store(folder_ / "r");
    auto places = attribute(*store_, hits, 2);
    EXPECT_EQ(store_->problems().count(), 0U) << told(*store_);
    return places;
  }
  // Of a blob with this content.
  Place one_place(const std::string& content) {
    const auto id = ObjectId::from_hex(
        folder_.ask("cd r; printf '%s\\n' '" + content + "' | git hash-object --stdin"));
    const auto found = places({{*id, ObjectType::kBlob}});
    EXPECT_EQ(found.size(), 1U) << content;
    return found.empty() ? Place{} : found[0];
  }
  static std::string author(const Place& place) {
    return place.introduced_by ? place.introduced_by->author_name : "nobody";
  }

  GitFolder folder_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_P(GitAttribution, TheTipAndWhoBroughtIt) {
  const auto place = one_place("tip");
  EXPECT_EQ(place.path, "src/deep/tip");
  EXPECT_EQ(place.standing, Standing::kTip);
  EXPECT_TRUE(place.is_in_index);
  EXPECT_EQ(author(place), "Tina");
  EXPECT_EQ(place.introduced_by->author_email, "Tina@example.com");
  EXPECT_EQ(base::format_instant(place.introduced_by->authored), "2026-01-02T00:00:00Z");
  EXPECT_EQ(place.introductions, 1U);
  EXPECT_FALSE(place.is_only_in_merges);
  EXPECT_EQ(place.refs, (std::vector<std::string>{"HEAD", "refs/heads/main", "refs/heads/side",
                                                  "refs/tags/v1"}));
  EXPECT_EQ(place.introduced_by->id, folder_.id("main~4"));
}

TEST_P(GitAttribution, HistoryAlone) {
  const auto place = one_place("past");
  EXPECT_EQ(place.path, "past");
  EXPECT_EQ(place.standing, Standing::kHistory);
  EXPECT_EQ(place.commits, 1U);
  EXPECT_EQ(author(place), "Hugo");
  EXPECT_TRUE(place.refs.empty());
}

TEST_P(GitAttribution, EveryPathOfAFileThatMoved) {
  const auto id = folder_.id("main:src/moved");
  const auto found = places({{id, ObjectType::kBlob}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].path, "moved");
  EXPECT_EQ(found[0].standing, Standing::kHistory);
  EXPECT_EQ(author(found[0]), "Hugo");
  EXPECT_EQ(found[1].path, "src/moved");
  EXPECT_EQ(found[1].standing, Standing::kTip);
  EXPECT_EQ(author(found[1]), "Rita");
}

TEST_P(GitAttribution, AStashAndOneThatWasDropped) {
  const auto stashed = one_place("stashed");
  EXPECT_EQ(stashed.path, "base");
  EXPECT_EQ(stashed.standing, Standing::kStash);
  EXPECT_EQ(author(stashed), "Sven");
  EXPECT_EQ(one_place("older").standing, Standing::kDangling);
  EXPECT_EQ(one_place("older").path, "base");
}

TEST_P(GitAttribution, AReflogAlone) {
  const auto place = one_place("lost");
  EXPECT_EQ(place.standing, Standing::kReflog);
  EXPECT_EQ(place.path, "lost");
  EXPECT_EQ(author(place), "Lena");
}

TEST_P(GitAttribution, ANoteByTheCommitThatItIsOn) {
  const auto found = places(
      {{folder_.id("refs/notes/commits:" + folder_.ask("cd r; git notes list | cut -d' ' -f2")),
        ObjectType::kBlob}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].standing, Standing::kNote);
  EXPECT_EQ(author(found[0]), "Nora");
}

TEST_P(GitAttribution, WhatOnlyTheResolutionOfAMergeHolds) {
  const auto place = one_place("resolved");
  EXPECT_EQ(place.path, "both");
  EXPECT_TRUE(place.is_only_in_merges);
  EXPECT_EQ(author(place), "Max");
  EXPECT_FALSE(one_place("right").is_only_in_merges);
}

TEST_P(GitAttribution, AMergeDoesNotIntroduceWhatOneOfItsParentsHas) {
  const auto place = one_place("aside");
  EXPECT_EQ(place.standing, Standing::kTip);
  EXPECT_EQ(author(place), "Mila");
  EXPECT_EQ(place.introductions, 1U);
  EXPECT_EQ(place.commits, 2U);
}

TEST_P(GitAttribution, TheIndexAlone) {
  const auto place = one_place("staged");
  EXPECT_EQ(place.path, "staged");
  EXPECT_EQ(place.standing, Standing::kIndex);
  EXPECT_EQ(author(place), "nobody");
}

TEST_P(GitAttribution, WhatNothingHoldsAndWhatATagHoldsWithoutAPath) {
  const auto dangling = one_place("dangling");
  EXPECT_EQ(dangling.path, "");
  EXPECT_EQ(dangling.standing, Standing::kDangling);
  const auto tagged = one_place("tagged");
  EXPECT_EQ(tagged.path, "");
  EXPECT_EQ(tagged.standing, Standing::kTip);
  EXPECT_EQ(tagged.refs, std::vector<std::string>{"refs/tags/blob-tag"});
}

TEST_P(GitAttribution, MessagesOfCommitsAndTags) {
  const auto found = places({{folder_.id("main~4"), ObjectType::kCommit},
                             {folder_.id("main"), ObjectType::kCommit},
                             {folder_.id("ORIG_HEAD"), ObjectType::kCommit},
                             {folder_.id("v1"), ObjectType::kTag}});
  std::map<ObjectId, Place> by_id;
  for (const auto& place : found) by_id[place.object] = place;
  EXPECT_EQ(by_id[folder_.id("main~4")].standing, Standing::kHistory);
  EXPECT_EQ(author(by_id[folder_.id("main~4")]), "Tina");
  EXPECT_EQ(by_id[folder_.id("main")].standing, Standing::kTip);
  EXPECT_EQ(by_id[folder_.id("v1")].standing, Standing::kTip);
  EXPECT_EQ(by_id[folder_.id("v1")].type, ObjectType::kTag);
  EXPECT_EQ(author(by_id[folder_.id("v1")]), "Carl");
}

TEST_P(GitAttribution, TheSameWhenEverythingIsPacked) {
  const std::vector<std::string> contents{"tip", "past", "stashed", "lost", "resolved", "staged"};
  std::vector<Hit> hits;
  for (const auto& content : contents) {
    hits.push_back({*ObjectId::from_hex(folder_.ask("cd r; printf '%s\\n' " + content +
                                                    " | git hash-object --stdin")),
                    ObjectType::kBlob});
  }
  const auto tell = [&](const std::vector<Place>& found) {
    std::string text;
    for (const auto& place : found) {
      text += place.object.hex() + " " + place.path + " " + std::string(name_of(place.standing)) +
              " " + author(place) + " " + std::to_string(place.commits) + "\n";
    }
    return text;
  };
  const auto loose = tell(places(hits));
  folder_.run("cd r; git repack -qadfk; git pack-refs --all");
  EXPECT_EQ(tell(places(hits)), loose);
}

TEST_P(GitAttribution, TheSameTreesWhenTheirLinksAreTooManyToKeep) {
  const std::vector<ObjectId> hits{folder_.id("main:src/deep/tip"), folder_.id("main:base")};
  store_ = open_store(folder_ / "r");
  const auto kept = find_holding_trees(*store_, hits, 2);
  EXPECT_GT(kept.size(), 5U);
  EXPECT_TRUE(find_holding_trees(*store_, hits, 2, {}, 0) == kept);
  EXPECT_EQ(store_->problems().count(), 0U) << told(*store_);
}

INSTANTIATE_TEST_SUITE_P(Hashes, GitAttribution, ::testing::Values("", "--object-format=sha256"));

TEST(GitAttributionBounds, ATreeThatHoldsItselfManyTimesOverIsCutAndTold) {
  const GitFolder folder;
  folder.run(R"sh(git init -q -b main r; cd r
id=$(echo hit | git hash-object -w --stdin); mode='100644 blob'
for level in $(seq 1 9); do
  id=$(for n in 0 1 2 3 4 5 6 7 8 9; do printf '%s %s\t%s\n' "$mode" "$id" "$n"; done | git mktree)
  mode='040000 tree'
done
git update-ref refs/heads/main "$(git commit-tree -m bomb "$id")")sh");
  const auto store = open_store(folder / "r");
  const auto hit = ObjectId::from_hex(folder.ask("echo hit | git hash-object --stdin"));
  const auto places = attribute(*store, std::vector<Hit>{{*hit, ObjectType::kBlob}}, 2);
  EXPECT_EQ(places.size(), kMostPaths);
  EXPECT_EQ(store->problems().count(ProblemKind::kTooLarge), 1U) << told(*store);
}

TEST(GitAttributionBounds, AForgedTreeThatHoldsItselfEnds) {
  const GitFolder folder;
  make_empty(folder / "forged.git");
  const auto tree = ForgedPack::named(1);
  const auto blob = ForgedPack::named(2);
  ForgedPack forged;
  const auto entry = [](std::string_view head, const ObjectId& id) {
    return std::string(head) + '\0' + std::string(base::text_of(id.view()));
  };
  forged.add_whole(tree, ObjectType::kTree, entry("40000 again", tree) + entry("100644 hit", blob));
  forged.add_whole(blob, ObjectType::kBlob, "hit");
  forged.write(folder / "forged.git");
  const auto store = open_store(folder / "forged.git");
  const auto places = attribute(*store, std::vector<Hit>{{blob, ObjectType::kBlob}}, 1);
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(places[0].standing, Standing::kDangling);
}

class ForgedTrees : public ::testing::Test {
 protected:
  ForgedTrees() { make_empty(path()); }
  [[nodiscard]] std::string path() const { return folder_ / "forged.git"; }
  static std::string entry(const std::string& head, const ObjectId& id) {
    return head + '\0' + std::string(base::text_of(id.view()));
  }
  std::vector<Place> places(const std::vector<Hit>& hits) {
    forged_.write(path());
    store_ = open_store(path());
    return attribute(*store_, hits, 2);
  }
  [[nodiscard]] std::uint64_t count(ProblemKind kind) const {
    return store_->problems().count(kind);
  }

  const ObjectId blob_ = ForgedPack::named(1);
  const ObjectId tree_ = ForgedPack::named(2);
  const ObjectId other_ = ForgedPack::named(3);
  const Hit hit_{blob_, ObjectType::kBlob};
  GitFolder folder_;
  ForgedPack forged_;
  std::unique_ptr<ObjectStore> store_;
};

// Damage that a delta brings loses places of hits, and nothing else: told where there are any.
TEST_F(ForgedTrees, ADamagedTreeIsToldOnceThoughADeltaBringsTheDamage) {
  forged_.add_whole(blob_, ObjectType::kBlob, "hit");
  forged_.add_whole(tree_, ObjectType::kTree,
                    entry("100644 a", blob_) + entry("x100644 b", blob_) +
                        entry("100644 c", ForgedPack::named(9)));
  const auto whole = entry("100644 a", blob_);
  const auto base = forged_.add_whole(ForgedPack::named(4), ObjectType::kTree, whole);
  forged_.add_offset_delta(other_, base,
                           ForgedPack::appending(whole.size(), entry("x100644 b", blob_)));
  for (const auto& hits : {std::vector<Hit>{}, std::vector<Hit>{hit_}}) {
    EXPECT_EQ(places(hits).size(), hits.size());
    EXPECT_EQ(count(ProblemKind::kCorrupt), 1U + hits.size()) << told(*store_);
    EXPECT_EQ(store_->problems().count(), 1U + hits.size()) << told(*store_);
  }
}

TEST_F(ForgedTrees, WhatIsMissingCountsOnceThoughLinksAreTooManyToKeep) {
  constexpr std::uint8_t kMissing = 250;  // more than are listed
  static_assert(kMissing > kMostProblemsListed);
  std::string tree = entry("100644 hit", blob_);
  for (std::uint8_t i = 0; i < kMissing; ++i) {
    auto id = ForgedPack::named(9);
    id.bytes[5] = i;
    tree += entry("100644 missing" + std::to_string(i), id);
  }
  forged_.add_whole(blob_, ObjectType::kBlob, "hit");
  forged_.add_whole(tree_, ObjectType::kTree, tree);
  forged_.write(path());
  store_ = open_store(path());
  EXPECT_EQ(find_holding_trees(*store_, std::vector{blob_}, 1, {}, 0).size(), 1U);
  EXPECT_EQ(count(ProblemKind::kMissing), kMissing);
}

TEST_F(ForgedTrees, ANameLongerThanAPathIsNeitherKeptNorPrinted) {
  const std::string name(100'000, 'n');
  forged_.add_whole(blob_, ObjectType::kBlob, "hit");
  forged_.add_whole(tree_, ObjectType::kTree,
                    entry("100644 " + name, blob_) + entry("100644 short", blob_) +
                        entry("100644 z" + name, ForgedPack::named(9)));
  const auto found = places({hit_});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "short");
  EXPECT_EQ(count(ProblemKind::kTooLarge), 1U) << told(*store_);
  EXPECT_EQ(count(ProblemKind::kMissing), 1U);
  EXPECT_LT(told(*store_).size(), 1'000U);
  EXPECT_EQ(find_holding_trees(*store_, std::vector{blob_}, 1, {}, 0).at(tree_).size(), 1U);
}

TEST_F(ForgedTrees, APathThatNoSystemTakesIsToldAsALimit) {
  const std::string name(1'500, 'n');
  forged_.add_whole(blob_, ObjectType::kBlob, "hit");
  forged_.add_whole(tree_, ObjectType::kTree, entry("100644 hit", blob_));
  auto inner = tree_;
  for (std::uint8_t level = 3; level < 6; ++level) {
    const auto outer = ForgedPack::named(level);
    forged_.add_whole(outer, ObjectType::kTree, entry("40000 " + name, inner));
    inner = outer;
  }
  const auto found = places({hit_});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "");
  EXPECT_EQ(count(ProblemKind::kTooLarge), 1U) << told(*store_);
}

TEST_F(ForgedTrees, BytesOfNamesAreBounded) {
  const Holdings holdings;
  ObjectNumbers numbers(holdings);
  LinkPairs pairs(numbers, 10);
  const auto first = pairs.of("eight by", blob_);
  EXPECT_NE(first, LinkPairs::kNone);
  EXPECT_EQ(pairs.of("three", blob_), LinkPairs::kNone);
  EXPECT_EQ(pairs.of("eight by", blob_), first);
  EXPECT_NE(pairs.of("eight by", tree_), LinkPairs::kNone);
}

}  // namespace
}  // namespace rekey::discovery::git
