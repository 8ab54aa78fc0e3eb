#include "discovery/sources/contents.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "discovery/sources/archive_test_support.h"

namespace rekey::discovery {
namespace {

// Hexadecimal digits, which no compression makes much smaller than a half.
std::string noise(std::size_t size) {
  std::uint32_t state = 1;
  std::string text(size, ' ');
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = "0123456789abcdef"[state >> 28U];
  }
  return text;
}

class Kept final : public Visitor {
 public:
  void visit(const Content& content) override {
    seen[describe(content.place)] += content.bytes;
    is_editable = content.place.is_editable;
    offset = content.offset;
    line_bytes = content.line_bytes;
  }
  std::map<std::string, std::string> seen;
  bool is_editable = true;
  std::uint64_t offset = 0;  // of the last window
  std::uint64_t line_bytes = 0;
};

class ContentsTest : public testing::Test {
 protected:
  std::map<std::string, std::string> read(const std::string& name, const std::string& bytes) {
    kept_.seen.clear();
    Contents contents(kept_, coverage_, limits_);
    PrefixedStream stream(bytes, nullptr);
    contents.read(Place{name, {}}, stream, bytes.size());
    return kept_.seen;
  }
  std::uint64_t problems(Unread reason) {
    const auto unread = coverage_.certificate().unread;
    return unread.contains(reason) ? unread.at(reason) : 0;
  }

  Kept kept_;
  Coverage coverage_;
  ArchiveLimits limits_;
};

TEST_F(ContentsTest, EveryKindOfArchiveIsRead) {
  const Members members{{"a.txt", "one"}, {"b/c.txt", "two"}};
  const std::map<std::string, std::string> expected{{"x!a.txt", "one"}, {"x!b/c.txt", "two"}};
  for (const auto& [format, filter] :
       std::vector<std::pair<const char*, const char*>>{{"zip", ""},
                                                        {"gnutar", ""},
                                                        {"gnutar", "gzip"},
                                                        {"pax", "xz"},
                                                        {"gnutar", "zstd"},
                                                        {"ustar", "bzip2"},
                                                        {"7zip", ""},
                                                        {"newc", ""},
                                                        {"gnutar", "lz4"}}) {
    EXPECT_EQ(read("x", packed(format, filter, members)), expected) << format << " " << filter;
  }
  EXPECT_TRUE(coverage_.certificate().is_complete());
  EXPECT_FALSE(kept_.is_editable);
}

TEST_F(ContentsTest, FirstBytesOfAnArchiveAloneAreAContent) {
  for (const auto& [format, filter] :
       std::vector<std::pair<const char*, const char*>>{{"zip", ""},
                                                        {"gnutar", ""},
                                                        {"gnutar", "gzip"},
                                                        {"gnutar", "xz"},
                                                        {"gnutar", "lzma"},
                                                        {"gnutar", "zstd"},
                                                        {"gnutar", "bzip2"},
                                                        {"7zip", ""},
                                                        {"newc", ""},
                                                        {"gnutar", "lz4"}}) {
    const std::string whole = packed(format, filter, {{"a", "one"}});
    for (std::size_t size = 1; size <= std::min<std::size_t>(whole.size(), 300); ++size) {
      EXPECT_FALSE(read("x", whole.substr(0, size)).empty()) << format << " " << filter << size;
    }
  }
}

TEST_F(ContentsTest, ACompressedFileIsItsContent) {
  const auto seen = read("log/app.log.gz", packed("raw", "gzip", {{"x", "a line\n"}}));
  EXPECT_EQ(seen, (std::map<std::string, std::string>{{"log/app.log.gz!app.log", "a line\n"}}));
}

TEST_F(ContentsTest, ACompressedFileMayBeEmpty) {
  read("a.gz", packed("raw", "gzip", {{"x", ""}}));
  EXPECT_TRUE(coverage_.certificate().is_complete());
}

TEST_F(ContentsTest, ArchivesInArchivesAreRead) {
  const std::string layer = packed("gnutar", "gzip", {{"etc/app.env", "X=1\n"}});
  const std::string image = packed("gnutar", "", {{"1/layer.tar", layer}, {"manifest.json", "[]"}});
  const auto seen = read("image.tar", image);
  EXPECT_EQ(seen.at("image.tar!1/layer.tar!etc/app.env"), "X=1\n");
  EXPECT_EQ(seen.at("image.tar!manifest.json"), "[]");
  const auto certificate = coverage_.certificate();
  EXPECT_EQ(certificate.files_expected, 4U);
  EXPECT_EQ(certificate.files_read, 4U);
}

TEST_F(ContentsTest, EachLimitIsAProblemAndEndsThere) {
  limits_.depth = 2;
  std::string nested = packed("gnutar", "gzip", {{"x", "deep"}});
  for (int i = 0; i < 4; ++i) nested = packed("gnutar", "gzip", {{"n.tgz", nested}});
  read("nested.tgz", nested);
  EXPECT_EQ(problems(Unread::kLimit), 1U);

  limits_ = {};
  limits_.free_bytes = 1 << 16;
  const std::string bomb = packed("gnutar", "gzip", {{"zeros", std::string(64 << 20, '\0')}});
  read("bomb.tgz", bomb);
  EXPECT_EQ(problems(Unread::kLimit), 2U);
  EXPECT_LT(coverage_.certificate().bytes_read, std::uint64_t{200} << 20);

  limits_ = {};
  limits_.bytes = 100;
  read("large.tgz", packed("gnutar", "gzip", {{"a", std::string(1000, 'x')}, {"b", "never"}}));
  EXPECT_EQ(problems(Unread::kLimit), 3U);
  EXPECT_FALSE(kept_.seen.contains("large.tgz!b"));

  limits_ = {};
  limits_.members = 2;
  read("many.tar", packed("gnutar", "", {{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(problems(Unread::kLimit), 4U);
  EXPECT_FALSE(kept_.seen.contains("many.tar!c"));
}

TEST_F(ContentsTest, ABrokenArchiveIsAProblemAndWhatCameIsSeen) {
  const std::string whole =
      packed("gnutar", "gzip", {{"a", "first"}, {"b", std::string(200'000, 'x')}});
  read("cut.tgz", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(problems(Unread::kBroken), 1U);
  read("no.gz", "\x1f\x8b\x08 no gzip at all, and still a text");
  EXPECT_EQ(problems(Unread::kBroken), 2U);
  EXPECT_NE(kept_.seen["no.gz"].find("still a text"), std::string::npos);
}

struct Packer {
  const char* filter;
  const char* options;  // so that a block is small beside the text
};
const std::vector<Packer> kPackers{{"gzip", ""},
                                   {"xz", ""},
                                   {"lzma", ""},
                                   {"zstd", ""},
                                   {"bzip2", "bzip2:compression-level=1"},
                                   {"lz4", "lz4:block-size=4"}};

TEST_F(ContentsTest, OfCompressedDataThatIsCutOffEverythingUpToTheCutIsRead) {
  const std::string text = noise(1 << 19);
  std::uint64_t broken = 0;
  for (const auto& [filter, options] : kPackers) {
    const std::string whole = packed("raw", filter, {{"x", text}}, options);
    const auto seen = read(filter, whole.substr(0, whole.size() / 2));
    const std::string& came = seen.at(std::string(filter) + "!content");
    EXPECT_TRUE(text.starts_with(came)) << filter;
    EXPECT_GT(came.size(), text.size() * 3 / 10) << filter;
    EXPECT_EQ(problems(Unread::kBroken), ++broken) << filter;
  }
}

TEST_F(ContentsTest, OfCompressedDataThatIsDamagedWhatCameIsReadAndWhatFollowsAsItIs) {
  const std::string text = noise(1 << 19);
  std::string whole = packed("raw", "gzip", {{"x", text}});
  whole.replace(whole.size() / 2, 4, "\xff\xff\xff\xff");
  const auto seen = read("x", whole + "appended");
  EXPECT_GT(seen.at("x!content").size(), text.size() * 3 / 10);
  EXPECT_TRUE(seen.at("x").ends_with("appended"));
  EXPECT_EQ(problems(Unread::kBroken), 1U);
}

TEST_F(ContentsTest, AShortTextInACompressedFileThatIsCutOffIsRead) {
  const std::string whole = packed("raw", "gzip", {{"x", "a line\n"}});
  EXPECT_EQ(read("x", whole.substr(0, whole.size() - 6)).at("x!content"), "a line\n");
  EXPECT_EQ(problems(Unread::kBroken), 1U);
}

TEST_F(ContentsTest, OfATarThatIsCutOffTheMemberAtTheCutIsReadUpToIt) {
  const std::string text = noise(1 << 19);
  const Members members{{"a", "first"}, {"b", text}};
  std::uint64_t broken = 0;
  for (const char* filter : {"", "gzip", "xz"}) {
    const std::string name = std::string("tar of ") + filter;
    const std::string whole = packed("gnutar", filter, members);
    const auto seen = read(name, whole.substr(0, whole.size() / 2));
    EXPECT_EQ(seen.at(name + "!a"), "first");
    EXPECT_TRUE(text.starts_with(seen.at(name + "!b"))) << name;
    EXPECT_GT(seen.at(name + "!b").size(), text.size() * 4 / 10) << name;
    EXPECT_EQ(problems(Unread::kBroken), ++broken) << name;
  }
}

TEST_F(ContentsTest, WhatStandsBehindADamagedHeaderOfATarIsReadAsItIs) {
  std::string tar = packed("gnutar", "", {{"a", "one"}, {"b", "two"}, {"c", "three"}});
  tar[1024 + 150] ^= 1;  // in the checksum of the second
  const auto seen = read("x", tar);
  EXPECT_EQ(seen.at("x!a"), "one");
  EXPECT_NE(seen.at("x").find("two"), std::string::npos);
  EXPECT_NE(seen.at("x").find("three"), std::string::npos);
  EXPECT_EQ(problems(Unread::kBroken), 1U);
}

TEST_F(ContentsTest, OfAZipWhoseMemberIsDamagedTheOthersAreReadToo) {
  std::string zip = packed("zip", "", {{"a", std::string(5000, 'x')}, {"b", "two"}});
  zip[14] ^= 1;  // the first one's checksum (APPNOTE.TXT 4.3.7)
  const auto seen = read("x", zip);
  EXPECT_EQ(seen.at("x!a"), std::string(5000, 'x'));
  EXPECT_EQ(seen.at("x!b"), "two");
  EXPECT_EQ(problems(Unread::kBroken), 1U);
}

TEST_F(ContentsTest, CompressedDataThatWasJoinedIsOneContent) {
  for (const auto& [filter, options] : kPackers) {
    if (filter == std::string("lzma")) continue;  // its old format knows no joining
    const std::string one = packed("raw", filter, {{"x", "one "}}, options);
    const std::string two = packed("raw", filter, {{"x", "two"}}, options);
    const auto seen = read(filter, one + two + "appended");
    EXPECT_EQ(seen.at(std::string(filter) + "!content"), "one two") << filter;
    EXPECT_EQ(seen.at(filter), "appended") << filter;
  }
  EXPECT_TRUE(coverage_.certificate().is_complete());
}

TEST_F(ContentsTest, AZipThatIsCutOffIsReadOnceAndToldOnce) {
  const std::string zip = packed("zip", "", {{"a", "one"}, {"b", "two"}});
  const auto cut_by = [&](const std::string& name, std::size_t missing) {
    EXPECT_EQ(read(name, zip.substr(0, zip.size() - missing)),
              (std::map<std::string, std::string>{{name + "!a", "one"}, {name + "!b", "two"}}));
  };
  cut_by("in its last record", 10);
  EXPECT_EQ(problems(Unread::kBroken), 1U);
  cut_by("in its table", 120);
  EXPECT_EQ(problems(Unread::kBroken), 2U);
  EXPECT_EQ(problems(Unread::kLimit), 0U);
}

TEST_F(ContentsTest, WhatFollowsAnArchivesEndIsReadToo) {
  const std::string tar = packed("gnutar", "", {{"a", "one"}});
  const std::string second = packed("gnutar", "", {{"b", "two"}});
  EXPECT_EQ(read("x", tar + second),
            (std::map<std::string, std::string>{{"x!a", "one"}, {"x!b", "two"}}));
  EXPECT_TRUE(coverage_.certificate().is_complete());
  const std::string zip = packed("zip", "", {{"a", "one"}});
  for (const auto& [name, whole] : std::vector<std::pair<std::string, std::string>>{
           {"tar", tar + "appended"},
           {"long tar", tar + std::string(2000, '.') + "appended"},
           {"gz", packed("raw", "gzip", {{"a", "one"}}) + "appended"},
           {"zip", zip + "appended"},
           {"7z", packed("7zip", "", {{"a", "one"}}) + "appended"}}) {
    const auto seen = read(name, whole);
    EXPECT_EQ(seen.count(name + "!a") + seen.count(name + "!gz") + seen.count("gz!content"), 1U)
        << name;
    EXPECT_TRUE(seen.contains(name) && seen.at(name).ends_with("appended")) << name;
  }
}

TEST_F(ContentsTest, BehindTheFillingOfATapeTheNextCompressedDataIsRead) {
  const std::string one = packed("raw", "gzip", {{"x", "one"}});
  const std::string two = packed("raw", "gzip", {{"x", "two"}});
  for (const std::size_t filling : {std::size_t{512}, std::size_t{600'000}}) {
    kept_.seen.clear();
    const auto seen = read("x.gz", one + std::string(filling, '\0') + two);
    EXPECT_EQ(seen.at("x.gz!x"), "onetwo") << filling;
  }
  EXPECT_TRUE(coverage_.certificate().is_complete());
  read("x.gz", one + std::string(600'000, '\0'));
  EXPECT_EQ(kept_.seen.size(), 1U);
}

TEST_F(ContentsTest, AProgramThatEndsAsAZipIsOpenedAndReadAsItIs) {
  const std::string zip = packed("zip", "", {{"a", std::string(1000, 'x')}});
  const auto seen = read("x",
                         "\x7f"
                         "ELF of a program" +
                             zip);
  EXPECT_EQ(seen.at("x!a"), std::string(1000, 'x'));
  EXPECT_NE(seen.at("x").find("of a program"), std::string::npos);
  EXPECT_EQ(coverage_.certificate().files_expected, 2U);
  EXPECT_EQ(coverage_.certificate().files_read, 2U);
  EXPECT_TRUE(coverage_.certificate().is_complete());
}

TEST_F(ContentsTest, ZipsThatWereJoinedAreAllRead) {
  std::string joined;
  for (const char* name : {"a", "b", "c"}) {
    joined += packed("zip", "", {{name, std::string(500, *name)}, {name + std::string("2"), "x"}});
  }
  const auto seen = read("x", joined);
  EXPECT_EQ(seen.size(), 6U);
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_EQ(seen.at("x!" + std::string(name)), std::string(500, *name));
  }
  EXPECT_TRUE(coverage_.certificate().is_complete());
  EXPECT_EQ(coverage_.certificate().files_expected, coverage_.certificate().files_read);
  EXPECT_FALSE(kept_.is_editable);
}

TEST_F(ContentsTest, ZipsThatWereJoinedAreNoDeeperThanOne) {
  std::string joined;
  for (int i = 0; i < 12; ++i) joined += packed("zip", "", {{std::to_string(i), "x"}});
  EXPECT_EQ(read("x", joined).size(), 12U);
  EXPECT_TRUE(coverage_.certificate().is_complete());
  limits_.joined = 10;
  EXPECT_EQ(read("x", joined).size(), 11U);
  EXPECT_EQ(problems(Unread::kLimit), 1U);
}

TEST_F(ContentsTest, AZipBehindAnythingElseIsOpenedAndTheOtherReadAsItIs) {
  const std::string zip = packed("zip", "", {{"a", std::string(1000, 'x')}});
  for (const std::string& before :
       {std::string("words of a text\n"), "\x89PNG\r\n" + std::string(300'000, '.'),
        std::string("#!/bin/sh\n") + packed("zip", "", {{"b", "two"}})}) {
    const auto seen = read("x", before + zip);
    EXPECT_EQ(seen.at("x!a"), std::string(1000, 'x')) << before.substr(0, 9);
    EXPECT_TRUE(seen.at("x").starts_with(before.substr(0, 9)));
    EXPECT_EQ(seen.contains("x!b"), before.starts_with("#!"));
  }
  EXPECT_TRUE(coverage_.certificate().is_complete());
}

TEST_F(ContentsTest, AZipBehindAMarkOrAWordThatBeginsAsOneIsOpened) {
  using namespace std::string_view_literals;
  const std::string zip = packed("zip", "", {{"a", std::string(1000, 'x')}});
  for (const std::string_view before : {"PK00"sv, "PK\x07\x08"sv, "PKG_CONFIG=1\n"sv}) {
    const auto seen = read("x", std::string(before) + zip);
    EXPECT_EQ(seen.at("x!a"), std::string(1000, 'x')) << before;
    const std::string tar = packed("gnutar", "gzip", {{"y", std::string(before) + zip}});
    EXPECT_TRUE(read("x", tar).contains(before.starts_with("PKG") ? "x!y" : "x!y!a")) << before;
  }
  EXPECT_TRUE(coverage_.certificate().is_complete());
  EXPECT_EQ(read("x", "PK00123,a row\n").at("x"), "PK00123,a row\n");
  EXPECT_TRUE(coverage_.certificate().is_complete());
}

TEST_F(ContentsTest, AZipThatCannotBeReachedIsAProblem) {
  const std::string zip = packed("zip", "", {{"a", "one"}});
  const std::string tar = packed("gnutar", "gzip", {{"x", std::string(300'000, '.') + zip}});
  const auto seen = read("x.tgz", tar);
  EXPECT_FALSE(seen.contains("x.tgz!x!a"));
  EXPECT_EQ(problems(Unread::kBroken), 1U);
  std::string commented = zip + "a comment";
  commented[zip.size() - 2] = 9;  // its size (APPNOTE.TXT 4.3.16)
  read("y.tgz", packed("gnutar", "gzip", {{"x", std::string(300'000, '.') + commented}}));
  EXPECT_EQ(problems(Unread::kBroken), 2U);
  read("z.tgz", packed("gnutar", "gzip", {{"x", std::string(300'000, '.') + zip + "a comment"}}));
  EXPECT_EQ(problems(Unread::kBroken), 2U);
}

TEST_F(ContentsTest, EveryWindowKnowsWhereInItsLineItBegins) {
  const std::string line(kWindowBytes / 3, 'x');
  const std::string text = line + "\n" + line + line + line + "\n" + line;
  Contents contents(kept_, coverage_, limits_);
  PrefixedStream stream(text, nullptr);
  contents.read(Place{"x", {}}, stream, text.size());
  EXPECT_GT(kept_.line_bytes, line.size());
  EXPECT_EQ(text.substr(kept_.offset - kept_.line_bytes - 1, 1), "\n");
}

TEST_F(ContentsTest, LzmasOldFormatIsRead) {
  EXPECT_EQ(read("a.lzma", packed("raw", "lzma", {{"x", "a line\n"}})).at("a.lzma!a"), "a line\n");
}

TEST_F(ContentsTest, APackedKindThatIsNotUnpackedIsAProblem) {
  using namespace std::string_literals;
  read("x.rar", "Rar!\x1a\x07\x01\0 and more"s);
  EXPECT_EQ(problems(Unread::kBroken), 1U);
  read("x.zst", "\x50\x2a\x4d\x18\x01\0\0\0 "s + packed("raw", "zstd", {{"x", "text"}}));
  EXPECT_EQ(problems(Unread::kBroken), 2U);
  read("x.pack", "PACK\0\0\0\x02 and more"s);
  read("x.bundle", "# v3 git bundle\n and more");
  read("x.lz4", "\x02\x21\x4c\x18 and more");
  read("x.sz", "\xff\x06\0\0sNaPpY and more"s);
  EXPECT_EQ(problems(Unread::kBroken), 6U);
  read("x.txt", "hardly a text");
  EXPECT_EQ(problems(Unread::kBroken), 6U);
}

TEST_F(ContentsTest, AfterALimitTheArchiveIsLeft) {
  limits_.free_bytes = 1 << 16;
  const std::string zeros(16 << 20, '\0');
  read("bomb.tgz", packed("gnutar", "gzip", {{"a", zeros}, {"b", "never"}}));
  EXPECT_EQ(problems(Unread::kLimit), 1U);
  EXPECT_FALSE(kept_.seen.contains("bomb.tgz!b"));
}

TEST_F(ContentsTest, AMemberWithAPasswordIsAProblem) {
  read("locked.zip", packed("zip", "", {{"a", "text"}}, "zip:encryption=aes256"));
  EXPECT_EQ(problems(Unread::kEncrypted), 1U);
}

TEST_F(ContentsTest, WhatIsNoArchiveIsReadAsItIs) {
  EXPECT_EQ(read("a.zip", "a text").at("a.zip"), "a text");
  EXPECT_EQ(read("a", "").at("a"), "");
  EXPECT_EQ(read("a", "070701 is a number").at("a"), "070701 is a number");
  EXPECT_TRUE(coverage_.certificate().is_complete());
}

}  // namespace
}  // namespace rekey::discovery
