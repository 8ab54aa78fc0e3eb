#include "documents/yaml.h"

#include <gtest/gtest.h>

namespace rekey::documents {
namespace {

using base::Code;

std::string read(std::string_view document, std::string_view key = "key") {
  const auto value = read_value(yaml_format(), document, key);
  return value ? std::string(value->reveal()) : "error: " + value.error().detail;
}

Code code_of(std::string_view document, std::string_view key = "key") {
  const auto value = read_value(yaml_format(), document, key);
  EXPECT_FALSE(value.has_value()) << document;
  return value ? Code::kInternal : value.error().code;
}

std::string replace(std::string_view document, std::string_view value,
                    std::string_view key = "key") {
  const auto edited = replace_value(yaml_format(), document, key, value);
  return edited ? std::string(edited->reveal()) : "error: " + edited.error().detail;
}

TEST(Yaml, edits_the_files_of_FuelSDK_Ruby_Drupal_and_Mage) {
  EXPECT_EQ(replace("client:\n  id: abc\n  secret: old\n  request_token_url: https://x/v1\n", "new",
                    "client.secret"),
            "client:\n  id: abc\n  secret: new\n  request_token_url: https://x/v1\n");
  EXPECT_EQ(replace("client: {id: abc, secret: 'old', url: \"https://x\"} # note", "new",
                    "client.secret"),
            "client: {id: abc, secret: 'new', url: \"https://x\"} # note");
  EXPECT_EQ(replace("_core:\r\n  hash: x\r\nclient_secret: \"old\"\r\n", "new", "client_secret"),
            "_core:\r\n  hash: x\r\nclient_secret: \"new\"\r\n");
  EXPECT_EQ(code_of("mc:\n  clientSecret: '![c2VjcmV0]'", "mc.clientSecret"), Code::kUnsupported);
}

TEST(Yaml, finds_values_in_mappings_and_lists) {
  const auto* document =
      "---\n"
      "services: # note\n"
      "- name: web\n"
      "  env:\n"
      "    - name: ID\n"
      "      value: id\n"
      "    -\n"
      "      name: SECRET\n"
      "      value: s3\n"
      "- - nested\n"
      "  - - deeper\n"
      "flow: [a, {k: v, \"q\": 'w'}, [x]]\n"
      "\"quoted.name\": it is\n"
      "text: |\n"
      "  key: not here\n"
      "folded: >2-\n"
      "   x\n"
      "\n"
      "empty:\n"
      "key: top\n";
  EXPECT_EQ(read(document), "top");
  EXPECT_EQ(read(document, "services.0.name"), "web");
  EXPECT_EQ(read(document, "services[name=web].env[name=SECRET].value"), "s3");
  EXPECT_EQ(read(document, "/services/1/1/0"), "deeper");
  EXPECT_EQ(read(document, "flow.1.q"), "w");
  EXPECT_EQ(read(document, "flow[k=v].k"), "v");
  EXPECT_EQ(read(document, "/flow/2/0"), "x");
  EXPECT_EQ(read(document, "/quoted.name"), "it is");
  EXPECT_EQ(code_of(document, "services[name=db].env"), Code::kNotFound);
  EXPECT_EQ(code_of(document, "text.key"), Code::kUnsupported);
  EXPECT_EQ(code_of("# nothing\n---\n"), Code::kNotFound);
}

TEST(Yaml, reads_scalars) {
  EXPECT_EQ(read("key: a b#c:d, [e] # note"), "a b#c:d, [e]");
  EXPECT_EQ(read("key: -a?b"), "-a?b");
  EXPECT_EQ(read("key:\n  value"), "value");
  EXPECT_EQ(read("key: 'it''s # \\n' # note"), "it's # \\n");
  EXPECT_EQ(
      read("key: \"\\0\\a\\t\\n\\e\\\"\\/\\\\\\x41\\u00e9\\U0001f600\\N\\_\\L\\P\""),
      std::string(
          "\0\a\t\n\x1b\"/\\A\xc3\xa9\xf0\x9f\x98\x80\xc2\x85\xc2\xa0\xe2\x80\xa8\xe2\x80\xa9",
          25));
  EXPECT_EQ(read("key: ''"), "");
  EXPECT_EQ(read("{\"key\":value}"), "value");
  EXPECT_EQ(read("key:\n- a\n- b\nx: 1", "key.1"), "b");
  for (const auto* value : {"12ab", "0xfg", "1.2.x", "1e", "truey", "-", "a: b"}) {
    const bool is_text = std::string_view(value).find(": ") == std::string_view::npos &&
                         std::string_view(value) != "-";
    EXPECT_EQ(read("key: " + std::string(value)) == value, is_text) << value;
  }
}

TEST(Yaml, refuses_a_value_that_some_reader_takes_for_another_type) {
  for (const auto* value : {"",     "~",     "null",   "Null",       "true",
                            "YES",  "off",   "n",      "123",        "-1",
                            "+1.5", ".5",    "1e5",    "1.5E-3",     "0x1F",
                            "0o17", "0b10",  "017",    "1_000",      "12:30:45",
                            ".inf", "-.INF", ".nan",   "2026-01-02", "2026-1-2T03:04:05Z",
                            "=",    "[x]",   "{a: b}", "\n  a: b",   "\n- a"}) {
    EXPECT_EQ(code_of("key: " + std::string(value)), Code::kUnsupported) << value;
  }
}

TEST(Yaml, refuses_what_is_more_than_a_text) {
  const auto reason = [](std::string_view document, std::string_view key = "key") {
    const auto value = read_value(yaml_format(), document, key);
    EXPECT_FALSE(value.has_value()) << document;
    if (value) return std::string();
    EXPECT_EQ(value.error().code, Code::kUnsupported) << value.error().detail;
    EXPECT_EQ(value.error().detail.find("canary"), std::string::npos);
    return value.error().detail;
  };
  const auto expect = [&reason](std::string_view document, std::string_view part) {
    EXPECT_NE(reason(document).find(part), std::string::npos) << reason(document);
  };
  expect("key: &a canary", "an anchor");
  expect("x: &a canary\nkey: *a", "an alias");
  expect("key: !vault |\n  $ANSIBLE_VAULT;1.1\n  canary", "a tag");
  expect("key: !!binary canary", "a tag");
  expect("key: |\n  canary\n", "a block scalar");
  expect("key: >-\n  canary\n", "a block scalar");
  expect("key: canary\n  canary", "over several lines");
  expect("key: 'canary\n  canary'", "over several lines");
  expect("key: ENC[AES256_GCM,data:canary]", "sops");
  expect("key: canary\nsops:\n  mac: canary", "sops");
  expect("$ANSIBLE_VAULT;1.1;AES256\ncanary", "Ansible Vault");
  expect("key: ${canary}", "placeholder");
  EXPECT_NE(reason("a: &x\n  key: canary\nb: *x", "a.key").find("an anchor"), std::string::npos);
  EXPECT_NE(reason("a:\n  <<: *x\n  key: canary", "a.key").find("merge key"), std::string::npos);
  EXPECT_NE(reason("a: *x", "a.key").find("an alias"), std::string::npos);
  EXPECT_EQ(read("x: &a 1\ny: *a\nz: !t {a: *a}\nw:\n  <<: *a\nkey: v"), "v");
}

TEST(Yaml, refuses_a_name_on_the_way_that_stands_twice) {
  EXPECT_EQ(code_of("key: a\n'key': b"), Code::kConflict);
  EXPECT_EQ(code_of("a:\n  key: x\nb: 1\na:\n  c: d", "a.key"), Code::kConflict);
  EXPECT_EQ(read("x: 1\nx: 2\nkey: v"), "v");
}

TEST(Yaml, refuses_documents_that_it_does_not_read) {
  for (const auto* document : {"%YAML 1.2\n---\nkey: v", "key: v\n---\nkey: w", "key: v\n...",
                               "--- {key: v}", "? key\n: v", "&a key: v", "a: b\n[a]: v",
                               "x: [a: b]\nkey: v", "{? a : b}", "- &a key: v", "{{ a }}: x"}) {
    EXPECT_EQ(code_of(document), Code::kUnsupported) << document;
  }
}

class BrokenYaml : public testing::TestWithParam<const char*> {};

TEST_P(BrokenYaml, is_never_edited) {
  const auto edited = replace_value(yaml_format(), GetParam(), "key", "w");
  ASSERT_FALSE(edited.has_value());
  EXPECT_EQ(edited.error().code, Code::kCorrupt) << edited.error().detail;
  EXPECT_TRUE(edited.error().detail.starts_with("line ")) << edited.error().detail;
  EXPECT_EQ(edited.error().detail.find("canary"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Yaml, BrokenYaml,
    testing::Values("canary", "key: canary\ncanary", "key: canary\n  x: 1", "key: canary: x",
                    "key: 'canary", "key: \"canary", "key: 'canary' x", "key: 'canary'#x",
                    "key: \"can\\qary\"", "key: \"\\ud800\"", "a:\n\tkey: canary", "\tkey: canary",
                    "a:\n  - b\n  key: canary", "key: canary\n- x", "a:\n   b: 1\n  key: canary",
                    "  key: canary\nx: 1", "key: - canary", "key: [canary", "key: {canary",
                    "key: [canary}", "key: [a,,b]", "key: [canary] x", "key: @canary",
                    "key: `canary`", "key: %canary", "key: ,canary", "key: |x\n  canary",
                    "key: |\n    \n  canary", "key: can\rary",
                    "key: can\x01"
                    "ary",
                    "key: can\xc2\x85"
                    "ary",
                    "key: can\xe2\x80\xa8"
                    "ary",
                    "key: can\xff", "key: [\n---\n]", "key: 'can\n---\nary'", "-\tkey: canary",
                    "[a]: v\nkey: canary", "{key: canary}}"));

TEST(Yaml, bounds_the_depth) {
  const auto repeat = [](std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  EXPECT_EQ(read("key: v\nx: " + repeat("[", 100) + repeat("]", 100)), "v");
  EXPECT_EQ(read("key: v\nx:\n" + repeat("- ", 100)), "v");
  EXPECT_EQ(code_of("x: " + repeat("[", 100'000)), Code::kCorrupt);
  EXPECT_EQ(code_of("x: " + repeat("{a: ", 100'000)), Code::kCorrupt);
  EXPECT_EQ(code_of("x:\n" + repeat("- ", 100'000)), Code::kCorrupt);
}

TEST(Yaml, keeps_everything_but_the_value) {
  EXPECT_EQ(
      replace("\xef\xbb\xbf# top\r\na:\r\n-   key  :   old   # note\r\n    x: 1", "new", "a.0.key"),
      "\xef\xbb\xbf# top\r\na:\r\n-   key  :   new   # note\r\n    x: 1");
}

TEST(Yaml, changes_the_quotes_only_where_it_must) {
  EXPECT_EQ(replace("key: old", "aB9_/-.+=@"), "key: aB9_/-.+=@");
  for (const auto* value :
       {"true", "123", "1e5", "~", "2026-01-02", "0x1f", "-a", "a b", "", "a:", "#a"}) {
    EXPECT_EQ(replace("key: old", value), "key: \"" + std::string(value) + "\"");
  }
  EXPECT_EQ(replace("key: 'old'", "it's \\ \"x\""), "key: 'it''s \\ \"x\"'");
  EXPECT_EQ(replace("key: 'old'", "a\nb"), "key: \"a\\nb\"");
  EXPECT_EQ(replace("key: \"old\"", "a\"\\\x01\x7f"), "key: \"a\\\"\\\\\\x01\\x7f\"");
  EXPECT_EQ(replace("key: 'old'", "\xc3\xa9\xf0\x9f\x98\x80"), "key: \"\\u00e9\\U0001f600\"");
  EXPECT_EQ(replace("key: 'old' # \xc3\xa9", "\xc3\xa9"), "key: '\xc3\xa9' # \xc3\xa9");
  EXPECT_EQ(replace("key: 'old' # \xc3\xa9", "\xe2\x80\xa8"), "key: \"\\u2028\" # \xc3\xa9");
  EXPECT_EQ(replace("key: old", "a\xff"), "error: YAML cannot carry a value that is not UTF-8");
}

}  // namespace
}  // namespace rekey::documents
