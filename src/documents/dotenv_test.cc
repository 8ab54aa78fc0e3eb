#include "documents/dotenv.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "base/text.h"

namespace rekey::documents {
namespace {

using base::Code;

std::string read(std::string_view document, std::string_view key = "KEY") {
  const auto value = read_value(dotenv_format(), document, key);
  return value ? std::string(value->reveal()) : "error: " + value.error().detail;
}

Code code_of(std::string_view document, std::string_view key = "KEY") {
  const auto value = read_value(dotenv_format(), document, key);
  EXPECT_FALSE(value.has_value());
  return value ? Code::kInternal : value.error().code;
}

std::string replace(std::string_view document, std::string_view value) {
  const auto edited = replace_value(dotenv_format(), document, "KEY", value);
  return edited ? std::string(edited->reveal()) : "error: " + edited.error().detail;
}

TEST(Dotenv, reads_every_way_of_writing_a_value) {
  EXPECT_EQ(read("KEY=value"), "value");
  EXPECT_EQ(read("KEY=value\n"), "value");
  EXPECT_EQ(read("KEY=value\r\nX=1\r\n"), "value");
  EXPECT_EQ(read("\xef\xbb\xbfKEY=value"), "value");
  EXPECT_EQ(read("  export \t KEY = value  \n"), "value");
  EXPECT_EQ(read("# KEY=x\n\n  # KEY=y\nKEY=a b # note\n"), "a b");
  EXPECT_EQ(read("KEY='a\"\\n$X #b' # note"), "a\"\\n$X #b");
  EXPECT_EQ(read(R"(KEY="a\"b\\c\$d\ne'#" # note)"), "a\"b\\c$d\ne'#");
  EXPECT_EQ(read("KEY=\"a\nb\"\nX=1"), "a\nb");
  EXPECT_EQ(read("A=\"\nKEY=x\n\"\nKEY=value"), "value");
  EXPECT_EQ(read("KEY=a$ b"), "a$ b");
  EXPECT_EQ(read("export=1\nKEY=2"), "2");
  EXPECT_EQ(read("export = 1\n", "export"), "1");
}

TEST(Dotenv, reads_an_empty_value) {
  for (const auto* document :
       {"KEY=", "KEY=\nX=1", "KEY=\r\n", "KEY=  # note", "KEY=''", "KEY=\"\""}) {
    EXPECT_EQ(read(document), "") << document;
  }
}

TEST(Dotenv, says_that_a_variable_is_not_there) {
  const auto value = read_value(dotenv_format(), "KEY2=x\nkey=x\nA_KEY=x", "KEY");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().code, Code::kNotFound);
  EXPECT_EQ(value.error().detail, "there is no variable \"KEY\" in this file; did you mean key?");
  const auto other = read_value(dotenv_format(), "X=x", "MCE_CLIENT_SECRET");
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().detail, "there is no variable \"MCE_CLIENT_SECRET\" in this file");
}

TEST(Dotenv, refuses_a_variable_that_is_set_twice) {
  EXPECT_EQ(code_of("KEY=a\nX=1\nexport KEY=a"), Code::kConflict);
  EXPECT_EQ(code_of("KEY=a\nKEY=a\nKEY=a"), Code::kConflict);
  EXPECT_EQ(read("X=1\nX=2\nKEY=a"), "a");
}

TEST(Dotenv, refuses_what_readers_read_differently) {
  for (const auto* document : {"KEY=${X}", "KEY=a$X", "KEY=\"${X}\"", "KEY=\"$X\"", "KEY=$(id)",
                               "KEY=a$$", "KEY=`id`", "KEY=\"`id`\"", "KEY=a#b", "KEY=#b",
                               "KEY=\"a\\tb\"", "KEY='a\r\nb'", "KEY=\"a\r\nb\"", "KEY=a\rb"}) {
    EXPECT_EQ(code_of(document), Code::kUnsupported) << document;
  }
}

TEST(Dotenv, says_where_a_file_does_not_parse) {
  const auto detail_of = [](std::string_view document) {
    const auto value = read_value(dotenv_format(), document, "KEY");
    return value || value.error().code != Code::kCorrupt ? "" : value.error().detail;
  };
  EXPECT_EQ(detail_of("KEY=a\nfoo bar\n"),
            "line 2, column 5: expected '=' after the variable's name");
  EXPECT_EQ(detail_of("KEY=a\n=b"), "line 2, column 1: expected a variable's name");
  EXPECT_EQ(detail_of("KEY=a\nX = 'b\n"), "line 2, column 5: this quote is not closed");
  EXPECT_EQ(detail_of("X=\"b\\"), "line 1, column 3: this quote is not closed");
  EXPECT_EQ(detail_of("X='b'c\nKEY=a"),
            "line 1, column 6: expected the end of the line after the closing quote");
  EXPECT_EQ(detail_of("X='b'#c\nKEY=a"),
            "line 1, column 6: expected the end of the line after the closing quote");
  EXPECT_EQ(detail_of(std::string_view("K\0E\0", 4)),
            "line 1, column 2: a NUL character; is this UTF-16? Only UTF-8 is read");
}

TEST(Dotenv, keeps_everything_but_the_value) {
  EXPECT_EQ(replace("\xef\xbb\xbf# top\r\nexport KEY = old  # note\r\n X=1", "new"),
            "\xef\xbb\xbf# top\r\nexport KEY = new  # note\r\n X=1");
  EXPECT_EQ(replace("KEY='old' # a\nX=1\n", "new"), "KEY='new' # a\nX=1\n");
  EXPECT_EQ(replace("KEY=\"old\nold\"", "new"), "KEY=\"new\"");
  EXPECT_EQ(replace("KEY=", "new"), "KEY=new");
  EXPECT_EQ(replace("KEY= # note", "new"), "KEY=new # note");
  EXPECT_EQ(replace("KEY = \r\nX=1", "new"), "KEY =new \r\nX=1");
  EXPECT_EQ(replace("KEY=old # note", ""), "KEY= # note");
}

TEST(Dotenv, changes_the_quotes_only_where_it_must) {
  EXPECT_EQ(replace("KEY = old", ""), "KEY = \"\"");
  EXPECT_EQ(replace("KEY=old", "a b"), "KEY=\"a b\"");
  EXPECT_EQ(replace("KEY=old", "a$b"), "KEY='a$b'");
  EXPECT_EQ(replace("KEY=\"old\"", "a\\b"), "KEY='a\\b'");
  EXPECT_EQ(replace("KEY='old'", "it's"), "KEY=\"it's\"");
  EXPECT_EQ(replace("KEY='old'", "it's $5\n"), "KEY=\"it's \\$5\\n\"");
  EXPECT_EQ(replace("KEY='old'", "`id`"), "KEY='`id`'");
}

TEST(Dotenv, refuses_a_value_that_it_cannot_carry) {
  for (const auto value : {std::string_view("a\0b", 3), std::string_view("a\rb"),
                           std::string_view("a\xff"), std::string_view("`it's`")}) {
    const auto edited = replace_value(dotenv_format(), "KEY=old", "KEY", value);
    ASSERT_FALSE(edited.has_value());
    EXPECT_EQ(edited.error().code, Code::kInvalidArgument);
    EXPECT_EQ(edited.error().detail.find(value), std::string::npos);
  }
}

TEST(Dotenv, puts_no_value_into_an_error) {
  for (const auto* document : {"KEY=canary$X", "KEY=\"canary\\t\"", "KEY='canary",
                               "KEY='canary'canary", "KEY=canary\nKEY=canary", "canary canary"}) {
    const auto value = read_value(dotenv_format(), document, "KEY");
    ASSERT_FALSE(value.has_value());
    EXPECT_EQ(value.error().detail.find("canary"), std::string::npos) << value.error().detail;
  }
}

struct Example {
  std::string document;
  std::map<std::string, std::string> values;
};

rc::Gen<std::string> values() {
  return rc::gen::container<std::string>(
      rc::gen::element('a', 'Z', '0', '_', ' ', '#', '$', '{', '"', '\'', '\\', '\n', '=', '\t'));
}

// A file of distinct variables in all styles, with the noise that people leave in such files.
rc::Gen<Example> examples() {
  return rc::gen::exec([] {
    Example example;
    const auto line_end = *rc::gen::element<std::string>("\n", "\r\n");
    const auto pick = [](std::initializer_list<std::string> any) {
      return *rc::gen::elementOf(std::vector<std::string>(any));
    };
    example.document = pick({"", "\xef\xbb\xbf"});
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
      example.document += pick({"", "# note 'it\"" + line_end, line_end, "  "});
      const std::string name = "K" + std::to_string(i);
      example.document += pick({"", "export "}) + name + pick({"=", " = "});
      std::string value = *values();
      if (*rc::gen::inRange(0, 3) == 0) {
        value = pick({"", "plain", "two words", "a=b"});
        example.document += value;
      } else {
        // encode() is under test too: what it writes here must read back below.
        const Located empty;
        example.document += dotenv_format().encode("", empty, value)->reveal();
      }
      example.values[name] = value;
      example.document += pick({"", " ", " # note", "\t# it's"});
      if (i + 1 < count || *rc::gen::arbitrary<bool>()) example.document += line_end;
    }
    return example;
  });
}

RC_GTEST_PROP(Dotenv, replaces_one_value_and_nothing_else, ()) {
  const Example example = *examples();
  const auto value = *values();
  for (const auto& [name, old_value] : example.values) {
    const auto spot = dotenv_format().locate(example.document, name);
    RC_ASSERT(spot.has_value());
    RC_ASSERT(spot->value.reveal() == old_value);
    const auto edited = replace_value(dotenv_format(), example.document, name, value);
    RC_ASSERT(edited.has_value());
    const auto result = edited->reveal();
    RC_ASSERT(result.starts_with(std::string_view(example.document).substr(0, spot->begin)));
    RC_ASSERT(result.ends_with(std::string_view(example.document).substr(spot->end)));
    for (const auto& [other, other_value] : example.values) {
      RC_ASSERT(read(result, other) == (other == name ? value : other_value));
    }
    RC_ASSERT(replace_value(dotenv_format(), result, name, value)->reveal() == result);
  }
}

RC_GTEST_PROP(Dotenv, replacing_with_the_same_value_changes_nothing, ()) {
  const Example example = *examples();
  for (const auto& [name, value] : example.values) {
    RC_ASSERT(replace_value(dotenv_format(), example.document, name, value)->reveal() ==
              example.document);
  }
}

}  // namespace
}  // namespace rekey::documents
