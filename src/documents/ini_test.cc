#include "documents/ini.h"

#include <gtest/gtest.h>

namespace rekey::documents {
namespace {

using base::Code;

std::string read(std::string_view document, std::string_view key = "s.key") {
  const auto value = read_value(ini_format(), document, key);
  return value ? std::string(value->reveal()) : "error: " + value.error().detail;
}

Code code_of(std::string_view document, std::string_view key = "s.key") {
  const auto value = read_value(ini_format(), document, key);
  EXPECT_FALSE(value.has_value()) << document;
  return value ? Code::kInternal : value.error().code;
}

std::string replace(std::string_view document, std::string_view value,
                    std::string_view key = "s.key") {
  const auto edited = replace_value(ini_format(), document, key, value);
  return edited ? std::string(edited->reveal()) : "error: " + edited.error().detail;
}

TEST(Ini, edits_the_configuration_of_FuelSDK_Python) {
  const auto file = [](std::string_view secret) {
    return "[Web Services]\r\nclientid: id\r\nclientsecret: " + std::string(secret) +
           "\r\nauthenticationurl: https://x.auth.marketingcloudapis.com/\r\n\r\n[Auth Service]\r\n"
           "useOAuth2Authentication: True\r\naccountId: 500000001\r\n";
  };
  EXPECT_EQ(replace(file("old"), "new", "Web Services.clientsecret"), file("new"));
  EXPECT_EQ(replace(file("old"), "new", "/Web Services/clientSecret"), file("new"));
}

TEST(Ini, reads_as_configparser_reads) {
  EXPECT_EQ(read("[s]\nkey=value"), "value");
  EXPECT_EQ(read("\xef\xbb\xbf[s]\nKEY : value \r\n"), "value");
  EXPECT_EQ(read("# [x]\n;key=x\n[s] ; note\n\n  key = a = b: c;d#e\n  x=1"), "a = b: c;d#e");
  EXPECT_EQ(read("[s]\nkey=\nx=1"), "");
  EXPECT_EQ(read("[t]\nkey=x\n[s]\nk:ey=y\nkey=z"), "z");
  EXPECT_EQ(read("[a.b]\nkey=v", "a.b.key"), "v");
  EXPECT_EQ(read("[a]\nb.key=v", "/a/b.key"), "v");
  EXPECT_EQ(read("[a]\nb.key=v", "a.b.key"),
            "error: there is no option \"key\" in a section [a.b] of this file");
  EXPECT_EQ(code_of("[S]\nkey=v"), Code::kNotFound);
  EXPECT_EQ(read("[s]\nx = 1\n  key = more\nkey=v"), "v");
}

TEST(Ini, refuses_a_key_without_a_section) {
  for (const auto* key : {"", "key", ".key", "/key", "/a/b/c", "/a~/b"}) {
    EXPECT_EQ(code_of("[s]\nkey=v", key), Code::kInvalidArgument) << key;
  }
}

TEST(Ini, refuses_what_stands_twice) {
  EXPECT_EQ(code_of("[s]\nkey=v\nKey=v"), Code::kConflict);
  EXPECT_EQ(code_of("[s]\nkey=v\n[s]\nx=1"), Code::kConflict);
  EXPECT_EQ(code_of("[s]\nkey=v\n[t]\n[s]\nkey=w"), Code::kConflict);
  EXPECT_EQ(read("[t]\nx=1\nx=2\n[t]\n[s]\nkey=v"), "v");
}

TEST(Ini, refuses_what_readers_read_differently) {
  for (const auto* value :
       {"a%b", "%(name)s", "100%%", "a ; b", "a #b", "#b", "\"a\"", "'a'", "${x}y", "a\x01",
        "\xc2\xa0x", "x\xe3\x80\x80", "a\n more", "a\n\n\n\tmore", "\n more"}) {
    EXPECT_EQ(code_of("[s]\nkey = " + std::string(value) + "\n"), Code::kUnsupported) << value;
  }
  EXPECT_EQ(read("[s]\nkey = a\n# b\n  # c\nx=1"), "a");
  EXPECT_NE(read("[s]\nkey=a%b").find("interpolation"), std::string::npos);
}

TEST(Ini, says_where_a_file_does_not_parse) {
  EXPECT_EQ(read("key=v"), "error: line 1, column 1: expected a [section] before the first option");
  EXPECT_EQ(read("[s]\nkey=v\n=w"), "error: line 3, column 1: expected an option's name");
  EXPECT_EQ(read("[s]\nkey=v\nword"),
            "error: line 3, column 1: expected '=' or ':' after the option's name");
  EXPECT_EQ(read("[s]\nkey=v\n[t"),
            "error: line 3, column 1: expected a section's name in brackets");
  EXPECT_EQ(read("[s] x\nkey=v"),
            "error: line 1, column 4: expected the end of the line after the section's name");
  for (const auto* document : {"[]\nkey=v", "[s];[s]]\nkey=v", "[s]\nkey=a\rb", "[s]\nkey=\xff",
                               "[s]\n\xc2\xa0key=v", "[s]\n\x0bkey=v"}) {
    EXPECT_EQ(code_of(document), Code::kCorrupt) << document;
  }
}

TEST(Ini, keeps_everything_but_the_value) {
  EXPECT_EQ(replace("[s]\r\n# top\r\nKey\t=  old \r\nx=1", "new"),
            "[s]\r\n# top\r\nKey\t=  new \r\nx=1");
  EXPECT_EQ(replace("[s]\nkey =  \nx=1", "new"), "[s]\nkey =new  \nx=1");
  EXPECT_EQ(replace("[s]\nkey=old \nx=1", ""), "[s]\nkey= \nx=1");
  EXPECT_EQ(replace("[s]\nkey = old", ""),
            "error: an INI file carries no empty value behind a blank");
}

TEST(Ini, refuses_a_value_that_it_cannot_carry) {
  for (const auto* value : {" canary", "canary\t", "can\nary", "canary%", "\"canary\"", "'canary",
                            "#canary", "can ;ary", "canary${", "canary\xff",
                            "\xc2\xa0"
                            "canary"}) {
    const auto edited = replace_value(ini_format(), "[s]\nkey=old", "s.key", value);
    ASSERT_FALSE(edited.has_value()) << value;
    EXPECT_EQ(edited.error().code, Code::kInvalidArgument);
    EXPECT_EQ(edited.error().detail.find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace rekey::documents
