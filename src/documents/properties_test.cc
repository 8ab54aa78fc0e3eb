#include "documents/properties.h"

#include <gtest/gtest.h>

namespace rekey::documents {
namespace {

using base::Code;

std::string read(std::string_view document, std::string_view key = "key") {
  const auto value = read_value(properties_format(), document, key);
  return value ? std::string(value->reveal()) : "error: " + value.error().detail;
}

Code code_of(std::string_view document, std::string_view key = "key") {
  const auto value = read_value(properties_format(), document, key);
  EXPECT_FALSE(value.has_value()) << document;
  return value ? Code::kInternal : value.error().code;
}

std::string replace(std::string_view document, std::string_view value,
                    std::string_view key = "key") {
  const auto edited = replace_value(properties_format(), document, key, value);
  return edited ? std::string(edited->reveal()) : "error: " + edited.error().detail;
}

TEST(PropertiesFile, edits_the_files_of_FuelSDK_Java_and_MuleSoft) {
  EXPECT_EQ(
      replace("clientId=id\nclientSecret=old\nauthEndpoint=https\\://x/\n", "new", "clientSecret"),
      "clientId=id\nclientSecret=new\nauthEndpoint=https\\://x/\n");
  EXPECT_EQ(
      replace("config-with-oauth.clientSecret = old\r\n", "new", "config-with-oauth.clientSecret"),
      "config-with-oauth.clientSecret = new\r\n");
  EXPECT_EQ(code_of("config-with-oauth.clientSecret=![c2VjcmV0]", "config-with-oauth.clientSecret"),
            Code::kUnsupported);
}

TEST(PropertiesFile, reads_as_Java_reads) {
  for (const auto* document :
       {"key=value", "key:value", "key value", "key \t\f= value", "key  :value\r\nx=1",
        " \fkey=value\rx=1", "k\\u0065y=v\\u0061lue", "\\key=\\value", "# key=x\\\nkey=value",
        "! key=x\nkey=value", "ke\\\n  y=value", "key\\\r\n\t=\\\n value",
        "key=val\\\n   u\\\r\\\r\ne", "key=value\\\n", "key=value\\\n\nx=1", "x=\\\n\nkey=value",
        "\xef\xbb\xbfkey=value"}) {
    EXPECT_EQ(read(document), "value") << document;
  }
  EXPECT_EQ(read("k\\=\\:\\ \\#=v", "k=: #"), "v");
  EXPECT_EQ(read("key==v"), "=v");
  EXPECT_EQ(read("key= v \t"), "v \t");
  EXPECT_EQ(read("key=#v!"), "#v!");
  EXPECT_EQ(read("key=\\t\\n\\r\\f\\q\\\\\\\""), "\t\n\r\fq\\\"");
  EXPECT_EQ(read("key=\\u00e9\\ud83d\\ude00"), "\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(read("key=v\\\n#w"), "v#w");
  for (const auto* document : {"key=", "key =  ", "key \nx", "key=\\\n\nx=1"}) {
    EXPECT_EQ(read(document), "") << document;
  }
}

TEST(PropertiesFile, refuses_a_property_that_is_set_twice) {
  EXPECT_EQ(read("key=a\nx=1\nk\\u0065y=b"),
            "error: the property \"key\" is set twice, once more at line 3, column 1; remove one");
  EXPECT_EQ(read("x=1\nx=2\nkey=v"), "v");
  EXPECT_EQ(code_of("Key=v\nkey2=v"), Code::kNotFound);
}

TEST(PropertiesFile, refuses_what_readers_read_differently) {
  for (const auto* document : {"key=\xc3\xa9", "key=\xe9", "key=\\ud83d", "key=\\ude00\\ud83d",
                               "key=a${b}c", "key=${b}", "key=ENC(x)", "key"}) {
    EXPECT_EQ(code_of(document), Code::kUnsupported) << document;
  }
  EXPECT_EQ(read("x=\xe9\nkey=v"), "v");
}

TEST(PropertiesFile, says_where_a_file_does_not_parse) {
  EXPECT_EQ(read("key=v\nx=\\u12g4"), "error: line 2, column 3: \\u needs four hex digits");
  EXPECT_EQ(read("key=v\\"), "error: line 1, column 6: the file ends in a backslash");
  EXPECT_EQ(read("key=v\n \\\n# x"),
            "error: line 2, column 2: a line that is empty and goes on in the next one");
  EXPECT_EQ(code_of(std::string_view("k\0e\0", 4)), Code::kCorrupt);
}

TEST(PropertiesFile, keeps_everything_but_the_value) {
  EXPECT_EQ(replace("# \xe9\r\nkey :  ol\\\r\n  d\r\nx=1", "new"), "# \xe9\r\nkey :  new\r\nx=1");
  EXPECT_EQ(replace("key old\nx=1", ""), "key \nx=1");
  EXPECT_EQ(replace("key \nx=1", "new"), "key new\nx=1");
}

TEST(PropertiesFile, writes_the_escapes_that_must_be) {
  EXPECT_EQ(replace("key=old", "a=b:c#d!\"'"), "key=a=b:c#d!\"'");
  EXPECT_EQ(replace("key old", "=b"), "key \\=b");
  EXPECT_EQ(replace("key=old", " a b "), "key=\\u0020a b\\u0020");
  EXPECT_EQ(replace("key=old", "a\\\n\xc3\xa9\xf0\x9f\x98\x80\x01"),
            "key=a\\\\\\n\\u00e9\\ud83d\\ude00\\u0001");
}

TEST(PropertiesFile, refuses_a_value_that_it_cannot_carry) {
  for (const auto* value : {"canary\xff", "canary${x}"}) {
    const auto edited = replace_value(properties_format(), "key=old", "key", value);
    ASSERT_FALSE(edited.has_value()) << value;
    EXPECT_EQ(edited.error().code, Code::kInvalidArgument);
    EXPECT_EQ(edited.error().detail.find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace rekey::documents
