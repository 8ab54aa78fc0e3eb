#include "rotation/sinks/file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/temp_folder.h"
#include "rotation/fakes_test_support.h"

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

TEST_F(FileSinkTest, AnUnknownFormatIsRefused) {
  EXPECT_FALSE(file_sink().make(fakes::file_spec("/a/x", "word", "k"), {clock_, files_}));
}

}  // namespace
}  // namespace rekey::rotation
