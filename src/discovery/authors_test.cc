#include "discovery/authors.h"

#include <gtest/gtest.h>

#include "discovery/git/git_test_support.h"
#include "discovery/owners.h"

namespace rekey::discovery {
namespace {

class AuthorsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.run(R"sh(
git init -q -b main r; cd r
printf 'a\nb\nc\n' >conf; as Ann; at 0; git add -A; git commit -qm one
printf 'a\nb2\nc\n' >conf; as Ben; at 1; git commit -qam two
git checkout -q -b other; printf 'a\nb2\nc\nd\n' >conf; as Cid; at 2; git commit -qam three
git checkout -q main)sh");
    for (const Detector& one : builtin_detectors()) {
      if (one.id == "rekey-secret") detector_ = &one;
    }
  }

  Finding finding(const std::string& path, std::uint64_t line,
                  std::optional<Revision> revision = std::nullopt) const {
    Finding made;
    made.detector = detector_;
    made.place = {folder_ / ("r/" + path), {}, true, std::move(revision)};
    made.line = line;
    return made;
  }

  // "Ann <…>", "not committed", "nobody knows".
  std::string author(Finding finding) const {
    std::vector<Finding> findings;
    findings.push_back(std::move(finding));
    name_owners(findings, {folder_ / "r"}, [](std::string_view text) { return std::string(text); });
    const auto& blame = findings[0].blame;
    if (!blame) return "nobody knows";
    EXPECT_EQ(findings[0].owner, blame->author);
    return blame->commit.empty() ? "not committed" : blame->author;
  }

  git::GitFolder folder_;
  const Detector* detector_ = nullptr;
};

TEST_F(AuthorsTest, OfAWorkTreeAreThoseOfHeadsLines) {
  EXPECT_EQ(author(finding("conf", 1)), "Ann <Ann@example.com>");
  EXPECT_EQ(author(finding("conf", 2)), "Ben <Ben@example.com>");
  folder_.run("cd r; printf 'new\\na\\nb2\\r\\nc\\nlast\\n' >conf");
  EXPECT_EQ(author(finding("conf", 1)), "not committed");
  EXPECT_EQ(author(finding("conf", 2)), "Ann <Ann@example.com>");
  EXPECT_EQ(author(finding("conf", 3)), "Ben <Ben@example.com>");
  EXPECT_EQ(author(finding("conf", 5)), "not committed");
  EXPECT_EQ(author(finding("conf", 9)), "nobody knows");
  folder_.run("cd r; echo x >untracked");
  EXPECT_EQ(author(finding("untracked", 1)), "not committed");
}

TEST_F(AuthorsTest, OfATipAreThoseOfItsLines) {
  const std::string object = folder_.id("other:conf").hex();
  Revision tip{"tip", "", "", "", object, "refs/heads/other"};
  EXPECT_EQ(author(finding("conf", 4, tip)), "Cid <Cid@example.com>");
  EXPECT_EQ(author(finding("conf", 2, tip)), "Ben <Ben@example.com>");
  tip.ref = "refs/heads/gone";
  EXPECT_EQ(author(finding("conf", 2, tip)), "nobody knows");
}

TEST_F(AuthorsTest, TheNameOfATipIsShownAsOtherTextsOnceTheAuthorIsFound) {
  const std::string object = folder_.id("other:conf").hex();
  std::vector<Finding> findings;
  findings.push_back(finding("conf", 4, Revision{"tip", "", "", "", object, "refs/heads/other"}));
  name_owners(findings, {folder_ / "r"}, [](std::string_view text) {
    return text.starts_with("refs/") ? std::string("masked") : std::string(text);
  });
  EXPECT_EQ(findings[0].place.revision->ref, "masked");
  EXPECT_EQ(findings[0].owner, "Cid <Cid@example.com>");
}

TEST_F(AuthorsTest, OfTheIndexAreThoseOfHeadsLines) {
  folder_.run("cd r; printf 'a\\nb2\\nstaged\\n' >conf; git add conf");
  const Revision index{"index", "", "", "", folder_.id(":conf").hex(), ""};
  EXPECT_EQ(author(finding("conf", 2, index)), "Ben <Ben@example.com>");
  EXPECT_EQ(author(finding("conf", 3, index)), "not committed");
}

TEST_F(AuthorsTest, NothingIsReadThroughALink) {
  folder_.run("cd r; mv conf ../conf; ln -s ../conf conf");
  EXPECT_EQ(author(finding("conf", 1)), "nobody knows");
}

TEST_F(AuthorsTest, GitsOwnFilesAndMembersOfArchivesHaveNone) {
  EXPECT_EQ(author(finding(".git/config", 1)), "nobody knows");
  Finding member = finding("conf", 1);
  member.place.inside = {"a"};
  EXPECT_EQ(author(std::move(member)), "nobody knows");
}

}  // namespace
}  // namespace rekey::discovery
