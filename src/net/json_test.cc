#include "net/json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/counted_new_test_support.h"
#include "base/text.h"

namespace rekey::net {
namespace {

using base::Code;

// A text with the readable bytes behind it that FlatJson asks for.
class Padded {
 public:
  explicit Padded(std::string_view text) : bytes_(text), size_(text.size()) {
    bytes_.append(64, '\0');
  }
  [[nodiscard]] std::string_view text() const { return std::string_view(bytes_).substr(0, size_); }

 private:
  std::string bytes_;
  std::size_t size_;
};

std::string problem_of(std::string_view text) {
  FlatJson json;
  return json.parse(Padded(text).text()) ? "" : std::string(json.problem());
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + "0" + std::string(levels, ']');
}

TEST(Json, reads_every_kind_of_value) {
  const auto json = parse_json(
      R"({"a":null,"b":true,"c":-9223372036854775808,"d":1.5,"e":"x\n\u00e9\ud83d\ude00","f":[1,[]],"g":{}})");
  ASSERT_TRUE(json.has_value()) << json.error().detail;
  EXPECT_TRUE(json->find("a")->is_null());
  EXPECT_EQ(json->find("b")->as_boolean(), true);
  EXPECT_EQ(json->find("c")->as_integer(), INT64_MIN);
  EXPECT_EQ(json->find("d")->as_number(), 1.5);
  EXPECT_EQ(json->find("e")->as_string(), "x\n\xc3\xa9\xf0\x9f\x98\x80");
  ASSERT_EQ(json->find("f")->items().size(), 2u);
  EXPECT_EQ(json->find("f")->items()[0].as_integer(), 1);
  EXPECT_EQ(json->find("f")->items()[1].kind(), JsonValue::Kind::kArray);
  EXPECT_EQ(json->find("g")->kind(), JsonValue::Kind::kObject);
  EXPECT_EQ(json->find("h"), nullptr);
}

TEST(Json, reads_a_bare_value) {
  EXPECT_EQ(parse_json(" 17 ")->as_integer(), 17);
  EXPECT_EQ(parse_json("\"x\"")->as_string(), "x");
  EXPECT_EQ(parse_json("true")->as_boolean(), true);
  EXPECT_TRUE(parse_json("null")->is_null());
}

TEST(Json, keeps_an_integer_beyond_64_bits_as_a_number_only) {
  const auto json = parse_json("[18446744073709551615]");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(json->items()[0].kind(), JsonValue::Kind::kNumber);
  EXPECT_EQ(json->items()[0].as_integer().error().code, Code::kInvalidArgument);
}

class MalformedJson : public testing::TestWithParam<const char*> {};

TEST_P(MalformedJson, is_refused) {
  const auto json = parse_json(GetParam());
  ASSERT_FALSE(json.has_value());
  EXPECT_EQ(json.error().code, Code::kInvalidArgument);
  EXPECT_TRUE(json.error().detail.starts_with("malformed JSON: ")) << json.error().detail;
}

INSTANTIATE_TEST_SUITE_P(
    Json, MalformedJson,
    testing::Values("", " ", "{", "}", "[1", "[1,]", "[1 2]", "{\"a\":1,}", "{\"a\" 1}", "{\"a\":}",
                    "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}", "{\"a\":1}}", "{} x", "1 2", "\"x",
                    "\"\\q\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
                    "\"\\ud800\\ue000\"", "\"a\tb\"", "\"\xff\"", "{\"\xc3\":1}", "nul", "nulll",
                    "tru", "truex", "01", "-", "+1", ".5", "1.", "1e", "1e999",
                    "99999999999999999999", "NaN", "Infinity", "\xef\xbb\xbf{}", "[1]//x",
                    "{\"a\":1,\"a\":2}", "[{\"a\":1,\"\\u0061\":2}]"));

TEST(Json, refuses_a_depth_over_32) {
  EXPECT_TRUE(parse_json(nested(32)).has_value());
  EXPECT_FALSE(parse_json(nested(33)).has_value());
}

TEST(Json, says_where_and_never_what) {
  const auto json = parse_json("{\n  \"secret\": \"canary\",\n  \"other\": canary\n}");
  ASSERT_FALSE(json.has_value());
  EXPECT_NE(json.error().detail.find("line 3, column 12"), std::string::npos)
      << json.error().detail;
  EXPECT_EQ(json.error().detail.find("canary"), std::string::npos);
  const auto twice = parse_json("{\"x\":\n{\"canary\":1,\"canary\":2}}");
  ASSERT_FALSE(twice.has_value());
  EXPECT_NE(twice.error().detail.find("line 2, column 1"), std::string::npos);
  EXPECT_EQ(twice.error().detail.find("canary"), std::string::npos);
}

TEST(Json, member_access_names_the_member_and_the_kinds) {
  const auto json = parse_json(R"({"name":"x","count":3,"flag":true,"nothing":null})");
  EXPECT_EQ(json->string_member("name"), "x");
  EXPECT_EQ(json->integer_member("count"), 3);
  EXPECT_EQ(json->string_member_or("nothing", "y"), "y");
  EXPECT_EQ(json->integer_member_or("absent", 4), 4);
  EXPECT_EQ(json->boolean_member_or("flag", false), true);
  EXPECT_EQ(json->string_member("absent").error().detail, "the member \"absent\" is missing");
  EXPECT_EQ(json->string_member("count").error().detail,
            "member \"count\": expected a string, found an integer");
  EXPECT_FALSE(json->string_member_or("count", "").has_value());
  EXPECT_FALSE(json->integer_member_or("flag", 0).has_value());
  EXPECT_FALSE(json->boolean_member_or("name", false).has_value());
}

TEST(FlatJson, reads_the_members_of_one_object) {
  FlatJson json;
  const Padded body(
      R"( {"s":"a\u0041","i":-7,"t":true,"f":false,"n":null,"o":{"x":1},"a":[1],"d":1.5} )");
  ASSERT_TRUE(json.parse(body.text())) << json.problem();
  EXPECT_EQ(json.find("s")->type, FlatJson::Type::kString);
  EXPECT_EQ(json.find("s")->string, "aA");
  EXPECT_EQ(json.find("i")->type, FlatJson::Type::kInteger);
  EXPECT_EQ(json.find("i")->integer, -7);
  EXPECT_EQ(json.find("t")->type, FlatJson::Type::kBoolean);
  EXPECT_EQ(json.find("t")->integer, 1);
  EXPECT_EQ(json.find("f")->integer, 0);
  EXPECT_EQ(json.find("n")->type, FlatJson::Type::kNull);
  for (const auto* other : {"o", "a", "d"}) {
    EXPECT_EQ(json.find(other)->type, FlatJson::Type::kOther);
  }
  EXPECT_EQ(json.find("x"), nullptr);
}

TEST(FlatJson, names_what_is_wrong) {
  EXPECT_EQ(problem_of(""), "not a JSON object");
  EXPECT_EQ(problem_of("[1]"), "not a JSON object");
  EXPECT_EQ(problem_of("12345678901234567890"), "not a JSON object");
  EXPECT_EQ(problem_of("{"), "malformed JSON");
  EXPECT_EQ(problem_of("{}{}"), "malformed JSON");
  EXPECT_EQ(problem_of("{\"o\":{\"x\"}}"), "malformed JSON");
  EXPECT_EQ(problem_of("{\"a\":1,\"b\":2,\"\\u0061\":3}"), "a member occurs twice");
  EXPECT_EQ(problem_of("{\"a\":\"x\\u0000y\"}"), "a NUL character");
  EXPECT_EQ(problem_of("{\"a\\u0000\":1}"), "a NUL character");
  EXPECT_EQ(problem_of("{\"a\":\"\xff\"}"), "not UTF-8");
  for (const auto* unpaired :
       {"\\udc00", "\\ud800", "\\ud800x", "\\ud800\\u0041", "\\ud800\\ue000"}) {
    EXPECT_EQ(problem_of(std::string("{\"a\":\"") + unpaired + "\"}"), "malformed JSON")
        << unpaired;
  }
  EXPECT_EQ(problem_of("{\"a\":" + nested(32) + "}"), "nested deeper than 32 levels");
  EXPECT_EQ(problem_of("{\"a\":" + nested(31) + "}"), "");
  EXPECT_EQ(problem_of("{\"a\":\"" + std::string(64 * 1024, 'x') + "\"}"), "larger than 64 KiB");
}

TEST(FlatJson, refuses_the_33rd_member) {
  std::string body = "{\"m0\":0";
  for (int i = 1; i < 32; ++i) body += ",\"m" + std::to_string(i) + "\":0";
  EXPECT_EQ(problem_of(body + "}"), "");
  EXPECT_EQ(problem_of(body + ",\"m32\":0}"), "more than 32 members");
}

TEST(FlatJson, keeps_no_member_of_an_earlier_or_a_refused_text) {
  FlatJson json;
  ASSERT_TRUE(json.parse(Padded("{\"a\":1}").text()));
  ASSERT_TRUE(json.parse(Padded("{\"b\":1}").text()));
  EXPECT_EQ(json.find("a"), nullptr);
  ASSERT_FALSE(json.parse(Padded("{\"c\":1,\"c\":1}").text()));
  EXPECT_EQ(json.find("b"), nullptr);
  EXPECT_EQ(json.find("c"), nullptr);
}

TEST(FlatJson, forgets_what_it_unescaped) {
  FlatJson json;
  const Padded body("{\"name\":\"canary\"}");
  ASSERT_TRUE(json.parse(body.text()));
  const std::string_view value = json.find("name")->string;
  ASSERT_EQ(value, "canary");
  json.forget();
  EXPECT_EQ(json.find("name"), nullptr);
  EXPECT_EQ(value, std::string_view("\0\0\0\0\0\0", 6));
}

TEST(FlatJson, allocates_nothing_when_it_parses) {
  if (!base::kCountsAllocations) GTEST_SKIP() << "the thread sanitizer cannot count";
  const std::size_t at_first = base::allocations_of_this_thread;
  FlatJson json;
  ASSERT_GT(base::allocations_of_this_thread, at_first);
  const Padded good(R"({"grant_type":"client_credentials","account_id":123,"scope":"a \u0062"})");
  const Padded bad("{\"a\":\"x\"");
  const Padded large("{\"a\":\"" + std::string(60'000, 'x') + "\"}");
  const std::size_t before = base::allocations_of_this_thread;
  for (int i = 0; i < 100; ++i) {
    for (const Padded* body : {&good, &bad, &large}) {
      static_cast<void>(json.parse(body->text()));
      json.forget();
    }
  }
  EXPECT_EQ(base::allocations_of_this_thread, before);
}

TEST(JsonWriter, writes_compact_text) {
  JsonWriter writer;
  writer.begin_object()
      .member("a", 1)
      .member("b", std::string("x"))
      .member("c", std::optional<std::int64_t>())
      .member("d", true)
      .key("e")
      .begin_array()
      .value("y")
      .null()
      .begin_object()
      .end_object()
      .end_array()
      .key("f")
      .raw("[1]")
      .end_object();
  EXPECT_EQ(writer.text(), R"({"a":1,"b":"x","c":null,"d":true,"e":["y",null,{}],"f":[1]})");
}

TEST(JsonWriter, escapes_what_must_be_escaped) {
  JsonWriter writer;
  writer.value(std::string_view("\"\\\n\r\t\x01\x7f\0\xc3\xa9/", 11));
  EXPECT_EQ(writer.text(), "\"\\\"\\\\\\n\\r\\t\\u0001\\u007f\\u0000\xc3\xa9/\"");
}

TEST(JsonWriter, replaces_bytes_that_are_not_utf8) {
  JsonWriter writer;
  writer.value("a\xff\xc3z\xed\xa0\x80");
  EXPECT_EQ(writer.text(), "\"a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(JsonWriter, reveals_a_secret_only_where_it_is_told_to) {
  JsonWriter writer;
  writer.begin_object().member_revealing("value", base::Secret("shown")).end_object();
  const base::Secret text = base::Secret::take(writer.release());
  EXPECT_EQ(text.reveal(), R"({"value":"shown"})");
}

TEST(JsonWriterDeathTest, stops_on_misuse) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(JsonWriter().begin_object().value(1), "broken invariant");
  EXPECT_DEATH(JsonWriter().begin_array().key("a"), "broken invariant");
  EXPECT_DEATH(JsonWriter().begin_array().end_object(), "broken invariant");
  EXPECT_DEATH(JsonWriter().begin_object().key("a").end_object(), "broken invariant");
  EXPECT_DEATH(JsonWriter().value(1).value(2), "broken invariant");
}

RC_GTEST_PROP(Json, reads_back_what_was_written, (const std::vector<std::string>& texts)) {
  JsonWriter writer;
  writer.begin_array();
  for (const auto& text : texts) writer.value(text);
  writer.end_array();
  const auto json = parse_json(writer.text());
  RC_ASSERT(json.has_value());
  RC_ASSERT(json->items().size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto text = json->items()[i].as_string();
    RC_ASSERT(base::is_valid_utf8(*text));
    if (base::is_valid_utf8(texts[i])) RC_ASSERT(*text == texts[i]);
  }
}

// Two readers on two code paths of simdjson: neither may be more lenient than the other.
RC_GTEST_PROP(Json, both_readers_agree_on_what_is_json, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("{", "}", "[", "]", ":", ",", "\"a\"", "\"b\"", "\"\\u00e9\"",
                                    "1", "-2.5", "true", "null", " ", "\\", "\"", "x", "\n"));
  std::string text = "{\"k\":";
  for (const auto& piece : pieces) text += piece;
  text += "}";
  FlatJson flat;
  const Padded padded(text);
  const bool is_flat = flat.parse(padded.text());
  const bool is_json = parse_json(text).has_value();
  // Only a duplicate name below the first level parts them.
  RC_ASSERT(is_flat || !is_json);
  if (is_flat && flat.find("k")->type != FlatJson::Type::kOther) RC_ASSERT(is_json);
}

}  // namespace
}  // namespace rekey::net
