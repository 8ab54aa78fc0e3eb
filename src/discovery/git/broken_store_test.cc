// Stores that are damaged, forged or changed while they are read: what can be read is read, the
// rest is told once, and nothing crashes.
#include <gtest/gtest.h>

#include <filesystem>

#include "discovery/git/git_test_support.h"
#include "discovery/git/object_store.h"

namespace rekey::discovery::git {
namespace {

namespace fs = std::filesystem;

struct Visited {
  Contents contents;
  VisitCounts counts;
  std::unique_ptr<ObjectStore> store;
  [[nodiscard]] bool has(const ObjectId& id) const { return contents.contains(id); }
  [[nodiscard]] std::uint64_t count(ProblemKind kind) const {
    return store->problems().count(kind);
  }
};

Visited visit(const std::string& path) {
  Visited visited;
  visited.store = open_store(path);
  Keeper keeper;
  VisitOptions options;
  options.types = kAllTypes;
  visited.counts = visited.store->visit(options, keeper);
  visited.contents = keeper.contents();
  const auto& counts = visited.counts;
  EXPECT_EQ(counts.expected, visited.contents.size() + counts.lost) << told(*visited.store);
  return visited;
}

class BrokenGitStore : public ::testing::Test {
 protected:
  BrokenGitStore() { make_empty(path()); }
  [[nodiscard]] std::string path() const { return folder_ / "forged.git"; }

  // Whole objects A and B, and C as a delta of B.
  static constexpr std::string_view kA = "the first object";
  static constexpr std::string_view kB = "the second object, on which another one stands";
  const ObjectId a_ = ForgedPack::named(0x0a);
  const ObjectId b_ = ForgedPack::named(0x0b);
  const ObjectId c_ = ForgedPack::named(0x0c);
  const ObjectId d_ = ForgedPack::named(0x0d);
  ForgedPack forged_;
  GitFolder folder_;
};

TEST_F(BrokenGitStore, TheForgeryItselfIsSound) {
  forged_.add_whole(a_, ObjectType::kBlob, kA);
  const auto b = forged_.add_whole(b_, ObjectType::kCommit, kB);
  forged_.add_offset_delta(c_, b, ForgedPack::appending(kB.size(), " and more"));
  // Its base comes later in the pack.
  const auto e = ForgedPack::named(0x0e);
  forged_.add_id_delta(d_, e, ForgedPack::appending(kA.size(), "!"));
  forged_.add_whole(e, ObjectType::kTag, kA);
  forged_.write(path());
  const auto visited = visit(path());
  EXPECT_EQ(visited.contents.size(), 5U) << told(*visited.store);
  EXPECT_EQ(visited.contents.at(c_), (Content{ObjectType::kCommit, std::string(kB) + " and more"}));
  EXPECT_EQ(visited.contents.at(d_), (Content{ObjectType::kTag, std::string(kA) + "!"}));
  EXPECT_EQ(visited.store->problems().count(), 0U) << told(*visited.store);
}

TEST_F(BrokenGitStore, DeltasThatGoInCirclesAreLostAndTold) {
  forged_.add_whole(a_, ObjectType::kBlob, kA);
  forged_.add_id_delta(b_, c_, ForgedPack::appending(1, "b"));
  forged_.add_id_delta(c_, b_, ForgedPack::appending(2, "c"));
  forged_.add_id_delta(d_, d_, ForgedPack::appending(2, "d"));
  forged_.write(path());
  const auto visited = visit(path());
  EXPECT_TRUE(visited.has(a_));
  EXPECT_EQ(visited.counts.lost, 3U);
  EXPECT_EQ(visited.count(ProblemKind::kCorrupt), 3U) << told(*visited.store);
  auto reader = visited.store->reader(1000);
  EXPECT_FALSE(reader.read(b_));
  EXPECT_FALSE(reader.read(d_));
}

TEST_F(BrokenGitStore, ADeltaWhoseBaseIsNowhereIsLostWithAllThatStandsOnIt) {
  const auto b = forged_.add_id_delta(b_, ForgedPack::named(0x77), ForgedPack::appending(3, "b"));
  forged_.add_offset_delta(c_, b, ForgedPack::appending(4, "c"));
  forged_.add_whole(a_, ObjectType::kBlob, kA);
  forged_.write(path());
  const auto visited = visit(path());
  EXPECT_TRUE(visited.has(a_));
  EXPECT_EQ(visited.counts.lost, 2U);
  EXPECT_EQ(visited.count(ProblemKind::kMissing), 2U) << told(*visited.store);
}

TEST_F(BrokenGitStore, ADeltaMayStandOnAnotherPackOrOnALooseObject) {
  ForgedPack other;
  other.add_whole(a_, ObjectType::kTag, kA);
  other.write(path(), "pack-other");
  const auto loose = ForgedPack::named(0x1f);
  write_file(loose_path(path() + "/objects", loose),
             ForgedPack::deflated(std::string("blob 5\0loose", 12)));
  forged_.add_id_delta(b_, a_, ForgedPack::appending(kA.size(), "b"));
  forged_.add_id_delta(c_, loose, ForgedPack::appending(5, "c"));
  forged_.write(path());
  const auto visited = visit(path());
  EXPECT_EQ(visited.contents.at(b_), (Content{ObjectType::kTag, std::string(kA) + "b"}));
  EXPECT_EQ(visited.contents.at(c_), (Content{ObjectType::kBlob, "loosec"}));
  EXPECT_EQ(visited.store->problems().count(), 0U) << told(*visited.store);
}

TEST_F(BrokenGitStore, AnIndexThatPointsBeyondThePackOrTwiceToAPlace) {
  const auto at = forged_.add_whole(a_, ObjectType::kBlob, kA);
  forged_.place(b_, 1'000'000);
  forged_.place(c_, at);
  forged_.place(d_, 3);
  forged_.write(path());
  const auto visited = visit(path());
  EXPECT_TRUE(visited.has(a_) || visited.has(c_));
  EXPECT_EQ(visited.contents.size(), 1U);
  EXPECT_EQ(visited.counts.lost, 3U);
  EXPECT_GT(visited.count(ProblemKind::kCorrupt), 0U);
}

TEST_F(BrokenGitStore, GiganticSizesAndGarbageAskForNoMemory) {
  forged_.add_whole(a_, ObjectType::kBlob, kA);
  forged_.add(b_, 3, 1ULL << 60, "", ForgedPack::deflated("x"));
  forged_.add(c_, 3, 10, "", "this is not a stream of zlib");
  forged_.add(d_, 5, 10, "", ForgedPack::deflated("no such kind"));
  std::string bomb = ForgedPack::deflated("bomb");
  bomb.back() = static_cast<char>(bomb.back() ^ 1);  // its checksum is wrong
  forged_.add(ForgedPack::named(0x11), 3, 4, "", bomb);
  const auto e = ForgedPack::named(0x12);
  // A delta that says that it makes 2^62 bytes.
  forged_.add_offset_delta(e, 12, std::string("\x10\x80\x80\x80\x80\x80\x80\x80\x80\x40", 10));
  forged_.write(path());
  const auto visited = visit(path());
  EXPECT_EQ(visited.contents.size(), 1U);
  EXPECT_EQ(visited.counts.lost, 5U) << told(*visited.store);
  EXPECT_EQ(visited.count(ProblemKind::kTooLarge), 1U);
}

TEST_F(BrokenGitStore, DeltasThatReachOutOfTheirBaseAreRefused) {
  const auto a = forged_.add_whole(a_, ObjectType::kBlob, "0123456789");
  forged_.add_offset_delta(b_, a, std::string("\x0a\x05\x91\x08\x05", 5));  // copies 8 to 13
  forged_.add_offset_delta(c_, a, std::string("\x0b\x01\x01x", 4));         // of a longer base
  forged_.add_offset_delta(d_, a, std::string("\x0a\x01\x00", 3));          // the reserved one
  forged_.write(path());
  const auto visited = visit(path());
  EXPECT_EQ(visited.contents.size(), 1U);
  EXPECT_EQ(visited.counts.lost, 3U);
  EXPECT_EQ(visited.count(ProblemKind::kCorrupt), 3U) << told(*visited.store);
}

TEST_F(BrokenGitStore, ADamagedObjectIsReadFromAnotherCopyAndSoIsWhatStandsOnIt) {
  const auto b = forged_.add(b_, 3, kB.size(), "", "garbage where a stream should be");
  forged_.add_offset_delta(c_, b, ForgedPack::appending(kB.size(), "c"));
  forged_.write(path());
  write_file(loose_path(path() + "/objects", b_),
             ForgedPack::deflated("blob " + std::to_string(kB.size()) + '\0' + std::string(kB)));
  const auto visited = visit(path());
  EXPECT_EQ(visited.contents.at(b_).bytes, kB);
  EXPECT_EQ(visited.contents.at(c_).bytes, std::string(kB) + "c");
  EXPECT_EQ(visited.counts.lost, 0U);
  EXPECT_EQ(visited.count(ProblemKind::kCorrupt), 1U) << told(*visited.store);
  auto reader = visited.store->reader(1000);
  const auto c = reader.read(c_);
  ASSERT_TRUE(c) << c.error().detail;
  EXPECT_EQ(base::text_of(c->content()), std::string(kB) + "c");
}

TEST_F(BrokenGitStore, LooseObjectsThatAreNone) {
  const auto put = [&](std::uint8_t name, std::string_view content) {
    write_file(loose_path(path() + "/objects", ForgedPack::named(name)), content);
  };
  put(1, "");
  put(2, "garbage");
  put(3, ForgedPack::deflated("blob 4"));
  put(4, ForgedPack::deflated(std::string("blob 99\0short", 13)));
  put(5, ForgedPack::deflated(std::string("blob 99999999999999999\0bomb", 27)));
  put(6, ForgedPack::deflated(std::string("thing 1\0x", 9)));
  put(7, ForgedPack::deflated(std::string("blob 1\0x", 8)));
  write_file(path() + "/objects/aa/tmp_obj_being_written", "half");
  fs::create_directories(loose_path(path() + "/objects", ForgedPack::named(8)));
  const auto visited = visit(path());
  EXPECT_EQ(visited.contents.size(), 1U);
  EXPECT_EQ(visited.counts.lost, 7U) << told(*visited.store);
  EXPECT_EQ(visited.store->problems().count(), 7U) << told(*visited.store);
}

TEST_F(BrokenGitStore, IndexesOfEveryBrokenKind) {
  forged_.add_whole(a_, ObjectType::kBlob, kA);
  const auto whole = forged_.index();
  auto falling = whole;
  falling[8] = 1;
  auto later = whole;
  later[7] = 9;
  auto many = whole;
  for (std::size_t i = 8; i < 8 + 1024; i += 4) many[i] = 0x7f;
  for (const auto& index :
       {std::string(), std::string("short"), whole.substr(0, 1060), falling, later, many}) {
    forged_.write(path());
    write_file(path() + "/objects/pack/pack-forged.idx", index);
    const auto visited = visit(path());
    EXPECT_EQ(visited.counts.expected, 0U);
    EXPECT_EQ(visited.store->problems().count(), 1U) << told(*visited.store);
  }
}

TEST_F(BrokenGitStore, APackThatWasCutShortGivesWhatItStillHolds) {
  forged_.add_whole(a_, ObjectType::kBlob, kA);
  const auto b = forged_.add_whole(b_, ObjectType::kBlob, kB);
  forged_.add_offset_delta(c_, b, ForgedPack::appending(kB.size(), "c"));
  forged_.write(path(), "pack-forged", b + 10);
  const auto visited = visit(path());
  EXPECT_TRUE(visited.has(a_));
  EXPECT_EQ(visited.counts.lost, 2U);
  EXPECT_NE(told(*visited.store).find("cut short"), std::string::npos) << told(*visited.store);
}

TEST(ChangingGitStore, APackThatIsCutShortWhileItIsMappedReadsAsDamaged) {
  const GitFolder folder;
  folder.run(R"sh(git init -q -b main r; cd r
for n in $(seq 1 60); do head -c 3000 /dev/urandom | base64 >"file$n"; done
git add -A; git commit -qm first; git repack -qad; chmod u+w .git/objects/pack/*)sh");
  const auto store = open_store(folder / "r");
  Keeper before;
  VisitOptions options;
  options.types = kAllTypes;
  const auto whole = store->visit(options, before);
  EXPECT_EQ(whole.lost, 0U);
  for (const auto& file : fs::directory_iterator(folder / "r/.git/objects/pack")) {
    if (file.path().extension() == ".pack") fs::resize_file(file.path(), 9000);
  }
  Keeper after;
  const auto cut = store->visit(options, after);
  EXPECT_EQ(cut.expected, whole.expected);
  EXPECT_GT(cut.lost, 0U);
  EXPECT_EQ(after.contents().size() + cut.lost, whole.expected);
  EXPECT_EQ(store->problems().count(ProblemKind::kChanged), 1U) << told(*store);
}

TEST(ChangingGitStore, ACollectionOfGarbageMeanwhileLosesNothing) {
  const GitFolder folder;
  folder.run(R"sh(git init -q -b main r; cd r
seq 1 100 >a; git add a; git commit -qm first; git repack -qad
seq 1 90 >b; git add b; git commit -qm second; echo gone | git hash-object -w --stdin)sh");
  const auto expected = contents_by_git(folder, "r");

  // The first object that is given sees to it that the loose ones are gone before their turn.
  class Collecting final : public ObjectVisitor {
   public:
    explicit Collecting(const GitFolder& where) : where_(where) {}
    void take(unsigned thread, const ObjectView& object) override {
      if (!is_collected_) where_.run("cd r; git repack -qad; git prune --expire=now");
      is_collected_ = true;
      keeper.take(thread, object);
    }
    Keeper keeper;

   private:
    const GitFolder& where_;
    bool is_collected_ = false;
  };
  const auto store = open_store(folder / "r");
  Collecting collecting(folder);
  VisitOptions options;
  options.types = kAllTypes;
  options.threads = 1;
  const auto counts = store->visit(options, collecting);
  // The dangling blob is gone for good; everything else was found in the new pack.
  EXPECT_EQ(collecting.keeper.contents().size(), expected.size() - 1);
  EXPECT_EQ(counts.lost, 1U);
  EXPECT_EQ(store->problems().count(), 1U) << told(*store);
  EXPECT_EQ(store->problems().count(ProblemKind::kChanged), 1U) << told(*store);
}

}  // namespace
}  // namespace rekey::discovery::git
