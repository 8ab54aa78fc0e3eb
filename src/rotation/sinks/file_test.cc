#include "rotation/sinks/file.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "platform/temp_folder.h"
#include "rotation/drivers/secret_search.h"
#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;

class FileSinkTest : public testing::Test {
 protected:
  std::unique_ptr<Sink> sink(const std::string& path, const std::string& format,
                             const std::string& key) {
    auto made = file_sink().make(fakes::file_spec(path, format, key), {clock_, files_});
    EXPECT_TRUE(made) << made.error().detail;
    return *std::move(made);
  }
  platform::SetClock clock_{base::from_millis(0)};
  fakes::MemoryFiles files_;
};

TEST_F(FileSinkTest, ReplacesOneValueAndNoOtherByte) {
  files_.content["/a/.env"] = "# keep\r\nSECRET='old'  # why\nOTHER=old\n";
  const auto env = sink("/a/.env", "dotenv", "SECRET");
  ASSERT_TRUE(env->write(Secret("old"), Secret("new")));
  EXPECT_EQ(files_.content["/a/.env"], "# keep\r\nSECRET='new'  # why\nOTHER=old\n");
  files_.content["/a/c.json"] = R"({ "mce": {"secret" :"old"}, "x":1})";
  const auto json = sink("/a/c.json", "json", "mce.secret");
  ASSERT_TRUE(json->write(Secret("old"), Secret("new")));
  EXPECT_EQ(files_.content["/a/c.json"], R"({ "mce": {"secret" :"new"}, "x":1})");
}

TEST_F(FileSinkTest, NeverOverwritesAForeignChange) {
  files_.content["/a/.env"] = "SECRET=theirs\n";
  const auto status = sink("/a/.env", "dotenv", "SECRET")->write(Secret("old"), Secret("new"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kConflict);
  EXPECT_EQ(status.error().detail.find("theirs"), std::string::npos);
  EXPECT_EQ(files_.content["/a/.env"], "SECRET=theirs\n");
}

TEST_F(FileSinkTest, TheVersionChangesWithTheFile) {
  files_.content["/a/.env"] = "SECRET=old\n";
  const auto env = sink("/a/.env", "dotenv", "SECRET");
  const std::string before = env->read()->version;
  EXPECT_EQ(env->read()->version, before);
  ASSERT_TRUE(env->write(Secret("old"), Secret("new")));
  EXPECT_NE(env->read()->version, before);
}

TEST_F(FileSinkTest, AMissingFileOrKeyIsToldWithThePath) {
  const auto missing = sink("/a/.env", "dotenv", "SECRET")->read();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_NE(missing.error().detail.find("mend the path of this sink"), std::string::npos);
  files_.content["/a/.env"] = "OTHER=1\n";
  const auto absent = sink("/a/.env", "dotenv", "SECRET")->read();
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().detail.find("/a/.env"), std::string::npos);
}

TEST_F(FileSinkTest, CheckingThatItCanBeWrittenChangesNothing) {
  files_.content["/a/.env"] = "SECRET=old\n";
  EXPECT_TRUE(sink("/a/.env", "dotenv", "SECRET")->check_writable("sample_1"));
  EXPECT_EQ(files_.content["/a/.env"], "SECRET=old\n");
}

TEST_F(FileSinkTest, OneFileHasOneAddressThroughLinksAndOtherSpellings) {
  const platform::TempFolder temp;
  const std::string folder = temp.path();
  std::filesystem::create_directory(folder + "/shop");
  std::ofstream(folder + "/shop/.env") << "SECRET=old\n";
  std::filesystem::create_symlink("shop", folder + "/web");
  std::filesystem::create_symlink("shop/.env", folder + "/linked.env");
  const auto address = [&](const std::string& name, const std::string& key) {
    return sink(folder + name, "dotenv", key)->address();
  };
  const std::string plain = address("/shop/.env", "SECRET");
  EXPECT_EQ(address("/linked.env", "SECRET"), plain);
  EXPECT_EQ(address("/web/.env", "SECRET"), plain);
  EXPECT_EQ(address("/shop/../shop/./.env", "SECRET"), plain);
  EXPECT_NE(address("/linked.env", "OTHER"), plain);
  EXPECT_NE(address("/shop/other.env", "SECRET"), plain);
}

// One value of a file that has a key for each of many runs.
base::Status write_key(const std::string& path, int key) {
  platform::SystemClock clock;
  platform::SystemFiles files;
  const auto made =
      file_sink().make(fakes::file_spec(path, "dotenv", "S" + std::to_string(key)), {clock, files});
  if (!made) return tl::unexpected(made.error());
  return (*made)->write(Secret("old" + std::to_string(key)), Secret("new" + std::to_string(key)));
}

std::string file_of_keys(int keys, const std::string& value) {
  std::string text;
  for (int key = 0; key < keys; ++key) {
    text += "S" + std::to_string(key) + "=" + value + std::to_string(key) + "\n";
  }
  return text;
}

std::string text_of(const std::string& path) {
  platform::SystemFiles files;
  const auto text = files.read(path, 1 << 16);
  return text ? std::string(text->reveal()) : text.error().detail;
}

TEST_F(FileSinkTest, TwelveRunsAtOnceThatShareAFileAllHaveTheirValueInIt) {
  constexpr int kRuns = 12;
  const platform::TempFolder temp;
  const std::string path = temp / "all.env";
  std::ofstream(path) << file_of_keys(kRuns, "old");
  std::vector<base::Status> outcomes(kRuns);
  std::vector<std::jthread> runs;
  for (int key = 0; key < kRuns; ++key) {
    runs.emplace_back([&, key] { outcomes[static_cast<std::size_t>(key)] = write_key(path, key); });
  }
  runs.clear();
  for (const base::Status& one : outcomes) EXPECT_TRUE(one) << one.error().detail;
  EXPECT_EQ(text_of(path), file_of_keys(kRuns, "new"));
}

TEST_F(FileSinkTest, SoHaveTheRunsOfSeveralProcesses) {
  constexpr int kRuns = 6;
  const platform::TempFolder temp;
  const std::string path = temp / "all.env";
  std::ofstream(path) << file_of_keys(kRuns, "old");
  std::vector<pid_t> runs;
  for (int key = 0; key < kRuns; ++key) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(write_key(path, key) ? 0 : 1);
    runs.push_back(child);
  }
  for (const pid_t child : runs) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(text_of(path), file_of_keys(kRuns, "new"));
}

// As MemoryFiles, with somebody who changes another line before each exchange.
class RestlessFiles final : public platform::Files {
 public:
  explicit RestlessFiles(fakes::MemoryFiles& inner) : inner_(inner) {}
  int changes_left = 0;
  int exchanges = 0;

  base::Result<Secret> read(const std::string& path, std::int64_t limit) override {
    return inner_.read(path, limit);
  }
  base::Result<platform::FileFacts> facts(const std::string& path) override {
    auto facts = inner_.facts(path);
    if (facts) facts->names = names;
    return facts;
  }
  base::Status create(const std::string& path, std::string_view text, mode_t mode) override {
    return inner_.create(path, text, mode);
  }
  base::Status exchange(const std::string& path, std::string_view expected,
                        std::string_view text) override {
    ++exchanges;
    if (changes_left-- > 0) inner_.content[path] += "# edited\n";
    return inner_.exchange(path, expected, text);
  }
  base::Status replace(const std::string& path, std::string_view text, mode_t mode) override {
    return inner_.replace(path, text, mode);
  }
  base::Status remove(const std::string& path) override { return inner_.remove(path); }
  base::Status make_folder(const std::string& path, mode_t mode) override {
    return inner_.make_folder(path, mode);
  }

  nlink_t names = 1;

 private:
  fakes::MemoryFiles& inner_;
};

TEST_F(FileSinkTest, AFileThatOthersEditAllTheTimeIsTriedForAWhileAndMayBeTriedAgain) {
  RestlessFiles restless(files_);
  files_.content["/a/.env"] = "SECRET=old\n";
  const auto env =
      file_sink().make(fakes::file_spec("/a/.env", "dotenv", "SECRET"), {clock_, restless});
  ASSERT_TRUE(env);
  restless.changes_left = 1000;
  const auto status = (*env)->write(Secret("old"), Secret("new"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable);
  EXPECT_GE(clock_.monotonic(), std::chrono::seconds{15});
  EXPECT_LT(clock_.monotonic(), std::chrono::seconds{16});
  EXPECT_LT(restless.exchanges, 200);
  restless.changes_left = 20;
  EXPECT_TRUE((*env)->write(Secret("old"), Secret("new")));
  EXPECT_EQ(files_.content["/a/.env"].substr(0, 11), "SECRET=new\n");
}

TEST_F(FileSinkTest, AFileWithSeveralNamesIsToldBeforeAnythingIsStaged) {
  RestlessFiles linked(files_);
  linked.names = 2;
  files_.content["/a/.env"] = "SECRET=old\n";
  const auto env =
      file_sink().make(fakes::file_spec("/a/.env", "dotenv", "SECRET"), {clock_, linked});
  ASSERT_TRUE(env);
  const auto status = (*env)->check_writable("sample");
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().detail.find("/a/.env has 2 names (hard links)"), std::string::npos)
      << status.error().detail;
}

// Of permissions, which do not come by waiting.
class ForbiddenFiles final : public platform::Files {
 public:
  explicit ForbiddenFiles(fakes::MemoryFiles& inner) : inner_(inner) {}

  base::Result<Secret> read(const std::string& path, std::int64_t limit) override {
    return inner_.read(path, limit);
  }
  base::Result<platform::FileFacts> facts(const std::string& path) override {
    return inner_.facts(path);
  }
  base::Status create(const std::string&, std::string_view, mode_t) override { return refused(); }
  base::Status exchange(const std::string&, std::string_view, std::string_view) override {
    return refused();
  }
  base::Status check_exchangeable(const std::string& path) override {
    return base::fail(Code::kForbidden, path + " belongs to group 7");
  }
  base::Status replace(const std::string&, std::string_view, mode_t) override { return refused(); }
  base::Status remove(const std::string&) override { return refused(); }
  base::Status make_folder(const std::string&, mode_t) override { return refused(); }

 private:
  static base::Status refused() { return base::fail(Code::kIo, "not permitted"); }
  fakes::MemoryFiles& inner_;
};

TEST_F(FileSinkTest, AFileThatMayNotBeExchangedIsToldBeforeAnythingIsStagedAndIsNotTriedAgain) {
  ForbiddenFiles forbidden(files_);
  files_.content["/a/.env"] = "SECRET=old\n";
  const auto env =
      file_sink().make(fakes::file_spec("/a/.env", "dotenv", "SECRET"), {clock_, forbidden});
  ASSERT_TRUE(env);
  const auto before = (*env)->check_writable("sample");
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().detail, "/a/.env belongs to group 7");
  const auto written = (*env)->write(Secret("old"), Secret("new"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kForbidden) << "what may pass by itself is tried again";
}

TEST_F(FileSinkTest, AnUnknownFormatIsRefused) {
  EXPECT_FALSE(file_sink().make(fakes::file_spec("/a/x", "word", "k"), {clock_, files_}));
}

// By bytes, whatever the key is called where it was found.
TEST_F(FileSinkTest, KnowsItsPlaceAmongThoseThatASearchFinds) {
  const std::string text = "OTHER=old\nSECRET='old'\n";
  const std::string spelled = "/a/b/../.env";
  files_.content[spelled] = text;
  const auto env = sink(spelled, "dotenv", "SECRET");
  FoundPlace place;
  place.path = "/a/.env";
  place.begin = text.find("'old'") + 1;
  place.end = place.begin + 3;
  EXPECT_TRUE(env->is_at(place));
  place.part = "uri:password";
  EXPECT_TRUE(env->is_at(place)) << "all of the text is its";
  FoundPlace other = place;
  other.begin = text.find("old");
  other.end = other.begin + 3;
  EXPECT_FALSE(env->is_at(other));
  other = place;
  other.path = "/a/twin.env";
  EXPECT_FALSE(env->is_at(other));
  files_.content.erase(spelled);
  EXPECT_FALSE(env->is_at(place));
}

}  // namespace
}  // namespace rekey::rotation
