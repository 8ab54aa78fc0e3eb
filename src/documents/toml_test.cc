#include "documents/toml.h"

#include <gtest/gtest.h>

namespace rekey::documents {
namespace {

using base::Code;

std::string read(std::string_view document, std::string_view key = "key") {
  const auto value = read_value(toml_format(), document, key);
  return value ? std::string(value->reveal()) : "error: " + value.error().detail;
}

Code code_of(std::string_view document, std::string_view key = "key") {
  const auto value = read_value(toml_format(), document, key);
  EXPECT_FALSE(value.has_value()) << document;
  return value ? Code::kInternal : value.error().code;
}

std::string replace(std::string_view document, std::string_view value,
                    std::string_view key = "key") {
  const auto edited = replace_value(toml_format(), document, key, value);
  return edited ? std::string(edited->reveal()) : "error: " + edited.error().detail;
}

TEST(Toml, finds_values_in_tables_lists_and_inline_tables) {
  const auto* document =
      "key = 'top' # note\r\n"
      "a.b.c = \"dotted\"\r\n"
      "in = { x = 1, y = { z = 'inline' }, d.e = 'both' }\r\n"
      "list = [ 'zero', # note\r\n  [ 'nested' ],\r\n]\r\n"
      "[server.\"auth.one\"]\r\nsecret = 's'\r\n"
      "[[client]]\r\nname = 'a'\r\nsecret = 'A'\r\n[client.more]\r\nx = 'xA'\r\n"
      "[[client]]\r\nname = 'b'\r\nsecret = 'B'\r\n[client.more]\r\nx = 'xB'\r\n"
      "[server]\r\nlate = 'l'\r\n[a.b2]\r\nx = 'x'\r\n";
  EXPECT_EQ(read(document), "top");
  EXPECT_EQ(read(document, "a.b.c"), "dotted");
  EXPECT_EQ(read(document, "a.b2.x"), "x");
  EXPECT_EQ(read(document, "in.y.z"), "inline");
  EXPECT_EQ(read(document, "in.d.e"), "both");
  EXPECT_EQ(read(document, "list.0"), "zero");
  EXPECT_EQ(read(document, "/list/1/0"), "nested");
  EXPECT_EQ(read(document, "/server/auth.one/secret"), "s");
  EXPECT_EQ(read(document, "server.late"), "l");
  EXPECT_EQ(read(document, "client.1.secret"), "B");
  EXPECT_EQ(read(document, "client[name=a].more.x"), "xA");
  EXPECT_EQ(code_of(document, "client[name=c].secret"), Code::kNotFound);
  EXPECT_EQ(code_of(document, "in.q"), Code::kNotFound);
  EXPECT_EQ(code_of("", "key"), Code::kNotFound);
}

TEST(Toml, reads_strings) {
  EXPECT_EQ(read("key = 'a\\n\"#'"), "a\\n\"#");
  EXPECT_EQ(read(R"(key = "\b\t\n\f\r\"\\\u00e9\U0001f600#'")"),
            "\b\t\n\f\r\"\\\xc3\xa9\xf0\x9f\x98\x80#'");
  EXPECT_EQ(read("key=''"), "");
  EXPECT_EQ(read("\xef\xbb\xbf\"k\\u0065y\"='v'"), "v");
  EXPECT_EQ(read("x = \"\"\"\nkey = 'x' \\\"\" \"\"\"\"\"\nkey='v'\ny='''\nkey='''''"), "v");
}

TEST(Toml, refuses_a_value_that_is_not_one_string) {
  for (const auto* value : {"1", "true", "1979-05-27", "1979-05-27 07:32:00Z", "inf", "{}", "['x']",
                            "\"\"\"x\"\"\"", "'''x'''"}) {
    EXPECT_EQ(code_of("key = " + std::string(value)), Code::kUnsupported) << value;
  }
  EXPECT_EQ(code_of("key = 'x'\n[sops]\nmac = 'y'"), Code::kUnsupported);
}

TEST(Toml, refuses_what_is_defined_twice) {
  for (const auto* document :
       {"key='a'\nkey='b'", "key='a'\n\"key\"='b'", "x=1\nx=2\nkey='v'", "[a]\n[a]", "a=1\n[a]",
        "[a]\n[[a]]", "[[a]]\n[a]", "a=[{}]\n[[a]]", "a={b=1}\n[a.c]", "a={b=1}\na.c=1",
        "[a.b]\n[a]\nb.c=1", "a.b=1\n[a]", "a.b=1\na.b.c=1", "a={b=1,b=2}", "a={b.c=1,b={}}"}) {
    EXPECT_EQ(code_of(document), Code::kConflict) << document;
  }
  EXPECT_EQ(read("[a]\nx=1\n[b]\nx=1\n[[c]]\nx=1\n[[c]]\nx=1\n[d.e]\n[d]\nkey='v'", "d.key"), "v");
  EXPECT_EQ(
      read("x='a'\nkey='b'\nx='c'"),
      "error: line 3, column 1: this name is defined already, which TOML forbids; remove one");
}

class BrokenToml : public testing::TestWithParam<const char*> {};

TEST_P(BrokenToml, is_never_edited) {
  const auto edited = replace_value(toml_format(), GetParam(), "key", "w");
  ASSERT_FALSE(edited.has_value());
  EXPECT_EQ(edited.error().code, Code::kCorrupt) << edited.error().detail;
  EXPECT_TRUE(edited.error().detail.starts_with("line ")) << edited.error().detail;
  EXPECT_EQ(edited.error().detail.find("canary"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Toml, BrokenToml,
    testing::Values("key", "key =", "key = canary", "key = 'canary", "key = \"canary", "= 'x'",
                    "key = 'canary' canary", "key = 'canary' x = 1", "[a", "[]", "[a]]", "[[a]",
                    "[a] x", "key. = 'x'", ".key = 'x'", "key = \"\\x\"", "key = \"\\u12g4\"",
                    "key = \"\\ud800\"", "key = \"\\U00110000\"", "key = 'can\nary'",
                    "key = \"\"\"canary\"", "key = '''canary''", "key = [ 'canary'",
                    "key = [ 1 2 ]", "key = { a = 1", "key = { a = 1,\n b = 2 }", "key = { , }",
                    "key = 'x'\n\x01", "# \x01\nkey = 'x'", "key = 'x'\rx = 1",
                    "key = 'x'\n\xff = 1", "key = .5", "key = \"a\\", "key = $x"));

TEST(Toml, bounds_the_depth) {
  const auto nest = [](std::string_view open, std::string_view close, int levels) {
    std::string document = "x = ";
    for (int i = 0; i < levels; ++i) document += open;
    for (int i = 0; i < levels; ++i) document += close;
    return document + "\nkey = 'v'";
  };
  EXPECT_EQ(read(nest("[", "]", 100)), "v");
  EXPECT_EQ(code_of(nest("[", "]", 100'000)), Code::kCorrupt);
  EXPECT_EQ(code_of(nest("{a=", "}", 100'000)), Code::kCorrupt);
  EXPECT_EQ(code_of(nest("a.", "", 100'000).substr(4)), Code::kCorrupt);
}

TEST(Toml, keeps_everything_but_the_value) {
  EXPECT_EQ(replace("# top\r\n[a] # x\r\n key\t= \"old\" # note\r\nx=1", "new", "a.key"),
            "# top\r\n[a] # x\r\n key\t= \"new\" # note\r\nx=1");
}

TEST(Toml, changes_the_quotes_only_where_it_must) {
  EXPECT_EQ(replace("key = 'old'", "a\\b\"c"), "key = 'a\\b\"c'");
  EXPECT_EQ(replace("key = 'old'", "it's"), "key = \"it's\"");
  EXPECT_EQ(replace("key = 'old'", "a\nb\x7f"), "key = \"a\\nb\\u007f\"");
  EXPECT_EQ(replace("key = \"old\"", "a\\b\"c"), "key = \"a\\\\b\\\"c\"");
  EXPECT_EQ(replace("key = 'old'", "\xc3\xa9\xf0\x9f\x98\x80"), "key = \"\\u00e9\\U0001f600\"");
  EXPECT_EQ(replace("key = 'old' # \xc3\xa9", "\xc3\xa9"), "key = '\xc3\xa9' # \xc3\xa9");
}

}  // namespace
}  // namespace rekey::documents
