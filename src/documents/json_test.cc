#include "documents/json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "base/text.h"

namespace rekey::documents {
namespace {

using base::Code;

std::string read(std::string_view document, std::string_view key) {
  const auto value = read_value(json_format(), document, key);
  return value ? std::string(value->reveal()) : "error: " + value.error().detail;
}

Code code_of(std::string_view document, std::string_view key) {
  const auto value = read_value(json_format(), document, key);
  EXPECT_FALSE(value.has_value());
  return value ? Code::kInternal : value.error().code;
}

std::string replace(std::string_view document, std::string_view key, std::string_view value) {
  const auto edited = replace_value(json_format(), document, key, value);
  return edited ? std::string(edited->reveal()) : "error: " + edited.error().detail;
}

TEST(JsonDocument, finds_a_value_by_a_dotted_path) {
  const auto* document = R"({"a":{"b":[{"c":"x"},{"c":"y"}]},"b":"z"})";
  EXPECT_EQ(read(document, "a.b.0.c"), "x");
  EXPECT_EQ(read(document, "a.b.1.c"), "y");
  EXPECT_EQ(read(document, "b"), "z");
  for (const auto* key : {"c", "a.b.2.c", "a.b.01.c", "a.b.-.c", "b.0", "a.b.c"}) {
    EXPECT_EQ(code_of(document, key), Code::kNotFound) << key;
  }
}

TEST(JsonDocument, finds_a_value_by_a_json_pointer) {
  const auto* document = R"({"a.b":{"c/d":"x","~":"y","":"z"},"0":"n","\u0065\"":"e"})";
  EXPECT_EQ(read(document, "/a.b/c~1d"), "x");
  EXPECT_EQ(read(document, "/a.b/~0"), "y");
  EXPECT_EQ(read(document, "/a.b/"), "z");
  EXPECT_EQ(read(document, "/0"), "n");
  EXPECT_EQ(read(document, "/e\""), "e");
  EXPECT_EQ(code_of(document, "/a~b"), Code::kInvalidArgument);
  EXPECT_EQ(code_of(document, "/a~"), Code::kInvalidArgument);
}

TEST(JsonDocument, refuses_an_empty_step_in_a_dotted_path) {
  for (const auto* key : {"", ".", "a.", ".a", "a..b"}) {
    EXPECT_EQ(code_of("{}", key), Code::kInvalidArgument) << key;
  }
}

TEST(JsonDocument, selects_an_item_by_one_of_its_members) {
  const auto* postman =
      R"({"values":[{"key":"et_subdomain","value":"s"},{"key":1},[],{"value":"v","key":"et.secret"}]})";
  EXPECT_EQ(read(postman, "values[key=et_subdomain].value"), "s");
  EXPECT_EQ(read(postman, "values[key=et.secret].value"), "v");
  EXPECT_EQ(
      replace(postman, "values[key=et.secret].value", "w"),
      R"({"values":[{"key":"et_subdomain","value":"s"},{"key":1},[],{"value":"w","key":"et.secret"}]})");
  EXPECT_EQ(read(R"([[{"a":"b","c":"d"}]])", "0[a=b].c"), "d");
  EXPECT_EQ(read(R"([{"a":"b","c":"d"}])", "[a=b].c"), "d");
  for (const auto* key : {"values[key=x].value", "values[key=1].value", "values[x=y].value",
                          "[key=et.secret].value"}) {
    EXPECT_EQ(code_of(postman, key), Code::kNotFound) << key;
  }
  for (const auto* key : {"values[0].value", "values[key=x", "values[key=x]y", "values[=x].y",
                          "values.[key=x].y", "a]b[", "values[]"}) {
    EXPECT_EQ(code_of(postman, key), Code::kInvalidArgument) << key;
  }
}

TEST(JsonDocument, refuses_a_selector_that_fits_twice) {
  EXPECT_EQ(read(R"([{"a":"b"},)"
                 "\n"
                 R"({"a":"b"}])",
                 "[a=b].c"),
            "error: the key \"[a=b].c\" is ambiguous: line 1, column 2 and line 2, column 1 both "
            "fit; remove one");
  EXPECT_EQ(code_of(R"([{"a":"b","a":"x","c":"v"}])", "[a=b].c"), Code::kConflict);
  EXPECT_EQ(code_of(R"([{"a":"x","a":"b","c":"v"}])", "[a=b].c"), Code::kConflict);
}

TEST(JsonDocument, edits_a_linked_service_of_azure_data_factory) {
  const auto service = [](std::string_view secret) {
    return R"({"properties":{"type":"SalesforceMarketingCloud","typeProperties":{"clientSecret":)" +
           std::string(secret) + "}}}";
  };
  const auto* key = "properties.typeProperties.clientSecret.value";
  EXPECT_EQ(replace(service(R"({"type":"SecureString","value":"old"})"), key, "new"),
            service(R"({"type":"SecureString","value":"new"})"));
  for (const auto* inner : {"", ".value", ".secretName"}) {
    const auto value = read(
        service(R"({"type":"AzureKeyVaultSecret","store":{},"secretName":"canary","value":"x"})"),
        "properties.typeProperties.clientSecret" + std::string(inner));
    EXPECT_NE(value.find("Azure Key Vault"), std::string::npos) << value;
    EXPECT_EQ(value.find("canary"), std::string::npos) << value;
  }
}

TEST(JsonDocument, edits_the_files_of_mcdev_and_leaves_those_of_sops) {
  const auto* mcdev =
      "{\n  \"cred1\": {\n    \"client_id\": \"id\",\n    \"client_secret\": \"old\",\n"
      "    \"auth_url\": \"https://x/\",\n    \"account_id\": 500000001\n  }\n}\n";
  EXPECT_EQ(read(mcdev, "cred1.client_secret"), "old");
  EXPECT_EQ(read(replace(mcdev, "cred1.client_secret", "new"), "cred1.client_secret"), "new");
  EXPECT_EQ(code_of(R"({"secret":"x","sops":{"mac":"y"}})", "secret"), Code::kUnsupported);
  EXPECT_EQ(read(R"({"secret":"x","sops":"y"})", "secret"), "x");
}

TEST(JsonDocument, tolerates_what_people_write_into_configuration) {
  const auto* document =
      "\xef\xbb\xbf// top \"\r\n{ /* k: { */ \"k\" : // x\r\n \"v\" "
      ",\r\n\"l\":[1,2,],\"n\":-1.5e+3//\r\n, }\r\n/**/";
  EXPECT_EQ(read(document, "k"), "v");
  EXPECT_EQ(replace(document, "k", "w"),
            "\xef\xbb\xbf// top \"\r\n{ /* k: { */ \"k\" : // x\r\n \"w\" "
            ",\r\n\"l\":[1,2,],\"n\":-1.5e+3//\r\n, }\r\n/**/");
}

TEST(JsonDocument, decodes_escapes) {
  EXPECT_EQ(read(R"({"k":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00"})", "k"),
            "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(read(R"({"k":""})", "k"), "");
  EXPECT_EQ(read(R"({"k":"\u0000"})", "k"), std::string(1, '\0'));
}

TEST(JsonDocument, refuses_a_member_on_the_path_that_occurs_twice) {
  EXPECT_EQ(code_of(R"({"k":"a","\u006b":"a"})", "k"), Code::kConflict);
  EXPECT_EQ(code_of(R"({"a":{"k":"x"},"a":{}})", "a.k"), Code::kConflict);
  EXPECT_EQ(code_of(R"({"a":1,"a":{"k":"x"}})", "a.k"), Code::kConflict);
  EXPECT_EQ(read(R"({"x":1,"x":2,"a":{"k":"v"},"y":{"a":1,"a":2}})", "a.k"), "v");
}

TEST(JsonDocument, refuses_a_value_that_is_not_one_string) {
  for (const auto* value : {"1", "true", "null", "{}", "[\"x\"]", "\"\\ud800\"",
                            "\"\\udc00\\ud800\"", "\"\\ud800\\u0041\""}) {
    EXPECT_EQ(code_of(std::string("{\"k\":") + value + "}", "k"), Code::kUnsupported) << value;
  }
}

class BrokenJson : public testing::TestWithParam<const char*> {};

TEST_P(BrokenJson, is_never_edited) {
  const auto edited = replace_value(json_format(), GetParam(), "k", "w");
  ASSERT_FALSE(edited.has_value());
  EXPECT_EQ(edited.error().code, Code::kCorrupt);
  EXPECT_TRUE(edited.error().detail.starts_with("line ")) << edited.error().detail;
  EXPECT_EQ(edited.error().detail.find("canary"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    JsonDocument, BrokenJson,
    testing::Values("", "{", "{\"k\"", "{\"k\":", "{\"k\":\"canary", "{\"k\":\"canary\"",
                    "{\"k\":\"canary\",", "{\"k\":\"canary\"}}", "{\"k\":\"canary\"} canary",
                    "{\"k\":\"canary\" \"b\":1}", "{\"k\":\"canary\",,}", "{,}", "[,]",
                    "{k:\"canary\"}", "{'k':'canary'}", "{\"k\":\"can\nary\"}", "{\"k\":\"\\x\"}",
                    "{\"k\":\"\\u12g4\"}", "{\"k\":\"\\", "{\"k\":\"\\u12",
                    "{\"k\":\"canary\",\"n\":01}", "{\"n\":1.}", "{\"n\":+1}", "{\"n\":-}",
                    "{\"n\":1e}", "{\"n\":tru}", "{\"n\":canary}", "{\"k\":\"a\"}/*",
                    "{\"k\":\"\xff\"}", "/ {}", "[1}", "{]"));

TEST(JsonDocument, says_where_a_document_does_not_parse) {
  EXPECT_EQ(read("{\n  \"k\": \"v\"\n  \"x\": 1\n}", "k"),
            "error: line 3, column 3: expected ',' or '}' after a member");
}

TEST(JsonDocument, bounds_the_depth) {
  const auto nest = [](int levels) {
    std::string document = "{\"k\":\"v\",\"a\":";
    for (int i = 0; i < levels; ++i) document += "[";
    for (int i = 0; i < levels; ++i) document += "]";
    return document + "}";
  };
  EXPECT_EQ(read(nest(127), "k"), "v");
  EXPECT_EQ(code_of(nest(128), "k"), Code::kCorrupt);
  EXPECT_EQ(code_of(nest(100'000), "k"), Code::kCorrupt);
}

TEST(JsonDocument, writes_the_least_escapes) {
  EXPECT_EQ(replace(R"({"k":"v"})", "k", "a/b\"\\\n\x01"), R"({"k":"a/b\"\\\n\u0001"})");
}

TEST(JsonDocument, keeps_an_ascii_document_ascii) {
  EXPECT_EQ(replace(R"({"k":"v"})", "k", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            R"({"k":"\u00e9\u20ac\ud83d\ude00"})");
  EXPECT_EQ(replace("{\"k\":\"\xc3\xa4\"}", "k", "\xc3\xa9"), "{\"k\":\"\xc3\xa9\"}");
}

TEST(JsonDocument, refuses_a_value_that_is_not_utf8) {
  const auto edited = replace_value(json_format(), R"({"k":"v"})", "k", "a\xff");
  ASSERT_FALSE(edited.has_value());
  EXPECT_EQ(edited.error().code, Code::kInvalidArgument);
}

std::string pointer_token(std::string_view name) {
  std::string token;
  for (const char c : name) token += c == '~' ? "~0" : (c == '/' ? "~1" : std::string(1, c));
  return token;
}

rc::Gen<std::string> texts() {
  return rc::gen::mapcat(rc::gen::inRange(0, 6), [](int length) {
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(
                            static_cast<std::size_t>(length),
                            rc::gen::element<std::string>(
                                "a", "B", "0", "\"", "\\", "/", "~", ".", "\n", "\x01", " ",
                                "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "//", "}")),
                        [](const std::vector<std::string>& parts) {
                          std::string text;
                          for (const auto& part : parts) text += part;
                          return text;
                        });
  });
}

struct Example {
  std::string document;
  std::map<std::string, std::string> values;  // by JSON Pointer
};

std::string json_string(std::string_view text) {
  return std::string(
      json_format().encode(*rc::gen::element<std::string>("", "\xc3\xa9"), {}, text)->reveal());
}

void append_space(std::string& document) {
  document += *rc::gen::element<std::string>("", " ", "\n", "\r\n\t", "/* \" */", "// {\n");
}

void append_value(Example& example, const std::string& pointer, int depth) {
  const int kind = *rc::gen::inRange(0, depth > 3 ? 3 : 5);
  append_space(example.document);
  if (kind <= 1) {
    const auto text = *texts();
    example.values[pointer] = text;
    example.document += json_string(text);
  } else if (kind == 2) {
    example.document += *rc::gen::element<std::string>("1", "-0.5e3", "true", "null", "{}", "[]");
  } else {
    const bool is_object = kind == 3;
    const auto names = *rc::gen::unique<std::vector<std::string>>(texts());
    example.document += is_object ? '{' : '[';
    for (std::size_t i = 0; i < names.size() && i < 4; ++i) {
      if (i > 0) example.document += ',';
      append_space(example.document);
      if (is_object) example.document += json_string(names[i]) + ":";
      append_value(example,
                   pointer + "/" + (is_object ? pointer_token(names[i]) : std::to_string(i)),
                   depth + 1);
      append_space(example.document);
    }
    example.document += is_object ? '}' : ']';
  }
  append_space(example.document);
}

rc::Gen<Example> examples() {
  return rc::gen::exec([] {
    Example example;
    example.document = *rc::gen::element<std::string>("", "\xef\xbb\xbf") + "{\"root\":";
    append_value(example, "/root", 0);
    example.document += "}";
    return example;
  });
}

RC_GTEST_PROP(JsonDocument, replaces_one_value_and_nothing_else, ()) {
  const Example example = *examples();
  const auto value = *texts();
  for (const auto& [pointer, old_value] : example.values) {
    const auto spot = json_format().locate(example.document, pointer);
    RC_ASSERT(spot.has_value());
    RC_ASSERT(spot->value.reveal() == old_value);
    const auto edited = replace_value(json_format(), example.document, pointer, value);
    RC_ASSERT(edited.has_value());
    const auto result = edited->reveal();
    RC_ASSERT(result.starts_with(std::string_view(example.document).substr(0, spot->begin)));
    RC_ASSERT(result.ends_with(std::string_view(example.document).substr(spot->end)));
    for (const auto& [other, other_value] : example.values) {
      RC_ASSERT(read(result, other) == (other == pointer ? value : other_value));
    }
  }
}

RC_GTEST_PROP(JsonDocument, replacing_with_the_same_value_changes_nothing, ()) {
  const Example example = *examples();
  for (const auto& [pointer, value] : example.values) {
    RC_ASSERT(replace_value(json_format(), example.document, pointer, value)->reveal() ==
              example.document);
  }
}

}  // namespace
}  // namespace rekey::documents
