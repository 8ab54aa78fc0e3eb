#include "discovery/ignore.h"

#include <gtest/gtest.h>

namespace rekey::discovery {
namespace {

bool leaves_out(std::string_view rules, std::string_view path, bool is_folder = false) {
  return IgnoreRules::parse(rules).leaves_out(path, is_folder).value_or(false);
}

TEST(Ignore, ANameFitsAtEveryLevel) {
  EXPECT_TRUE(leaves_out("*.log\n", "a.log"));
  EXPECT_TRUE(leaves_out("*.log\n", "x/y/a.log"));
  EXPECT_FALSE(leaves_out("*.log\n", "a.logs"));
  EXPECT_TRUE(leaves_out("foo", "x/foo"));
  EXPECT_FALSE(leaves_out("# foo\n\n", "# foo"));
  EXPECT_TRUE(leaves_out("\\#foo", "#foo"));
}

TEST(Ignore, ASlashTiesItToTheFolder) {
  EXPECT_TRUE(leaves_out("/foo", "foo"));
  EXPECT_FALSE(leaves_out("/foo", "x/foo"));
  EXPECT_TRUE(leaves_out("a/b", "a/b"));
  EXPECT_FALSE(leaves_out("a/b", "x/a/b"));
  EXPECT_FALSE(leaves_out("a/*", "a/b/c"));
}

TEST(Ignore, ASlashAtTheEndIsForFolders) {
  EXPECT_TRUE(leaves_out("build/", "build", true));
  EXPECT_FALSE(leaves_out("build/", "build", false));
  EXPECT_TRUE(leaves_out("build/", "x/build", true));
}

TEST(Ignore, TwoStarsAreAnyNumberOfFolders) {
  EXPECT_TRUE(leaves_out("**/foo", "foo"));
  EXPECT_TRUE(leaves_out("**/foo", "a/b/foo"));
  EXPECT_TRUE(leaves_out("a/**/b", "a/b"));
  EXPECT_TRUE(leaves_out("a/**/b", "a/x/y/b"));
  EXPECT_TRUE(leaves_out("abc/**", "abc/x/y"));
  EXPECT_FALSE(leaves_out("abc/**", "abc", true));
  EXPECT_FALSE(leaves_out("a/**/b", "a/x/c"));
}

TEST(Ignore, TheLastThatFitsDecides) {
  EXPECT_FALSE(leaves_out("*.log\n!keep.log\n", "keep.log"));
  EXPECT_TRUE(leaves_out("!keep.log\n*.log\n", "keep.log"));
}

TEST(Ignore, CharactersOfAClassFit) {
  EXPECT_TRUE(leaves_out("a[0-9].txt", "a7.txt"));
  EXPECT_FALSE(leaves_out("a[!0-9].txt", "a7.txt"));
  EXPECT_TRUE(leaves_out("a?c", "abc"));
  EXPECT_TRUE(leaves_out("a\\*c", "a*c"));
  EXPECT_FALSE(leaves_out("a\\*c", "abc"));
  EXPECT_TRUE(leaves_out("name \t", "name"));
  EXPECT_TRUE(leaves_out("a[", "a["));
}

TEST(Ignore, ANamedClassHoldsItsCharacters) {
  EXPECT_TRUE(leaves_out("a[[:digit:]].txt", "a7.txt"));
  EXPECT_FALSE(leaves_out("a[[:digit:]].txt", "ad.txt"));
  EXPECT_FALSE(leaves_out("a[[:digit:]].txt", "a:.txt"));
  EXPECT_FALSE(leaves_out("a[![:digit:]].txt", "a7.txt"));
  EXPECT_TRUE(leaves_out("a[_[:upper:]x-z].txt", "aQ.txt"));
  EXPECT_TRUE(leaves_out("a[_[:upper:]x-z].txt", "ay.txt"));
  EXPECT_TRUE(leaves_out("a[[:punct:]]", "a~"));
  EXPECT_FALSE(leaves_out("a[[:none:]]", "an"));
}

TEST(Ignore, ManyStarsTakeNoTime) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(fits_pattern(pattern + "b", std::string(3000, 'a')));
}

TEST(Ignore, TheNearestFileDecides) {
  auto outer = std::make_shared<IgnoreChain>(
      IgnoreChain{IgnoreRules::parse("*.log\n*.tmp\n"), "/r", nullptr});
  const IgnoreChain inner{IgnoreRules::parse("!a.log\n"), "/r/sub", outer};
  EXPECT_FALSE(is_left_out(&inner, "/r/sub/a.log", false));
  EXPECT_TRUE(is_left_out(&inner, "/r/sub/b.log", false));
  EXPECT_TRUE(is_left_out(outer.get(), "/r/a.log", false));
  EXPECT_FALSE(is_left_out(nullptr, "/r/a.log", false));
}

TEST(Ignore, GitsConfigurationNamesTheGlobalFile) {
  EXPECT_EQ(excludes_file_in("[user]\nname = x\n[core]\n\texcludesFile = ~/ig\n"), "~/ig");
  EXPECT_EQ(excludes_file_in("[Core]\nexcludesfile=\"/a b\"\n"), "/a b");
  EXPECT_EQ(excludes_file_in("[user]\nexcludesfile = x\n"), "");
}

}  // namespace
}  // namespace rekey::discovery
