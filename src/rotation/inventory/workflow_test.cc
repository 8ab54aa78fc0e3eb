#include "rotation/inventory/workflow.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace rekey::rotation {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

std::string expanded(std::string_view text, const Values& values, Encoding encoding) {
  const Lookup lookup = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
  const auto result = expand(text, lookup, encoding);
  return result ? *result : "! " + result.error().detail;
}

TEST(WorkflowTemplate, PutsInWhatANameStandsForAsThePlaceNeedsIt) {
  const Values values{{"id", "a b\"/"}, {"base_url", "https://x.example"}};
  EXPECT_EQ(expanded("${base_url}/v1/${id}", values, Encoding::kUrl),
            "https://x.example/v1/a%20b%22%2F");
  EXPECT_EQ(expanded(R"({"id":"${id}"})", values, Encoding::kJson), R"({"id":"a b\"/"})");
  EXPECT_EQ(expanded("<${id}>", values, Encoding::kNone), "<a b\"/>");
  EXPECT_EQ(expanded("$${id} $5 ${id}", values, Encoding::kNone), "${id} $5 a b\"/");
  EXPECT_EQ(expanded("${other}", values, Encoding::kNone), "! ${other} has no value here");
}

TEST(WorkflowTemplate, WhatIsNoNameIsRefused) {
  for (const auto* const text : {"${", "${a", "${}", "${A}", "${1}", "${a b}"}) {
    EXPECT_FALSE(names_in(text)) << text;
  }
  EXPECT_EQ(names_in("${a}$${b}${c_1}").value(), (std::vector<std::string>{"a", "c_1"}));
}

TEST(WorkflowTemplate, AnAddressBeginsWithASchemeOrAKnownOne) {
  for (const auto* const url : {"https://a", "http://a", "${base_url}/x", "${rest_url}"}) {
    EXPECT_TRUE(is_workflow_url(url)) << url;
  }
  for (const auto* const url : {"", "/x", "ftp://a", "${token}/x", "${next}", "x${base_url}"}) {
    EXPECT_FALSE(is_workflow_url(url)) << url;
  }
}

TEST(WorkflowPath, FindsWhatItNames) {
  const auto json = net::parse_json(R"({"a":{"b/c":[1,{"d":null}]},"e.f":2})").value();
  EXPECT_EQ(find_in_json(json, "/a/b~1c/0")->as_integer().value(), 1);
  EXPECT_EQ(find_in_json(json, "a.b/c.0")->as_integer().value(), 1);
  EXPECT_TRUE(find_in_json(json, "/a/b~1c/1/d")->is_null());
  EXPECT_EQ(find_in_json(json, "/e.f")->as_integer().value(), 2);
  for (const auto* const path :
       {"a.x", "a.b/c.2", "a.b/c.-1", "a.b/c.0x", "/a/b~1c/1/d/e", "e.f"}) {
    EXPECT_EQ(find_in_json(json, path), nullptr) << path;
  }
  for (const auto* const path : {"", ".", "a.", "a..b", "/a~2"}) {
    EXPECT_FALSE(check_json_path(path)) << path;
  }
}

std::string checked(const JsonCheck& check, std::string_view json) {
  const auto reply = net::parse_json(json).value();
  const auto why = why_not(check, check.wanted, find_in_json(reply, check.path),
                           [](std::string_view text) { return text.size() < 8; });
  return why.value_or("holds");
}

TEST(WorkflowCheck, SaysWhatWasFoundUnlessThatCouldBeASecret) {
  const JsonCheck five{"n", JsonCheck::Kind::kEquals, "5", false};
  EXPECT_EQ(checked(five, R"({"n":5})"), "holds");
  EXPECT_EQ(checked(five, R"({"n":5.0})"), "holds");
  EXPECT_EQ(checked(five, R"({"n":"5"})"), "holds");
  EXPECT_EQ(checked(five, R"({"n":6})"), "n is 6; expected 5");
  EXPECT_EQ(checked(five, R"({"n":[5]})"), "n is a list of 1; expected 5");
  EXPECT_EQ(checked(five, "{}"), "n is not there; expected 5");
  const JsonCheck text{"n", JsonCheck::Kind::kEquals, "5", true};
  EXPECT_EQ(checked(text, R"({"n":5})"), "n is 5; expected \"5\"");
  EXPECT_EQ(checked(text, R"({"n":"new"})"), "n is \"new\"; expected \"5\"");
  EXPECT_EQ(checked(text, R"({"n":"longer than it"})"), "n is a text of 14 bytes; expected \"5\"");
  const JsonCheck null{"n", JsonCheck::Kind::kEquals, "null", false};
  EXPECT_EQ(checked(null, R"({"n":null})"), "holds");
  EXPECT_EQ(checked({"n", JsonCheck::Kind::kExists}, R"({"n":null})"), "holds");
  EXPECT_EQ(checked({"n", JsonCheck::Kind::kExists, "", false, false}, R"({"n":1})"),
            "n is there, and should not be");
  EXPECT_EQ(checked({"n", JsonCheck::Kind::kMatches, "a*z"}, R"({"n":"abz"})"), "holds");
  EXPECT_EQ(checked({"n", JsonCheck::Kind::kMatches, "a*z"}, R"({"n":"ab"})"),
            "n is \"ab\"; expected something like \"a*z\"");
}

TEST(WorkflowWildcards, FitTheWholeText) {
  EXPECT_TRUE(fits_wildcards("", "*"));
  EXPECT_TRUE(fits_wildcards("abcabd", "*ab?"));
  EXPECT_TRUE(fits_wildcards("aXbXc", "a*b*c"));
  EXPECT_FALSE(fits_wildcards("abc", "ab"));
  EXPECT_FALSE(fits_wildcards("", "?"));
  EXPECT_FALSE(fits_wildcards("aXbX", "a*b*c"));
}

RC_GTEST_PROP(WorkflowTemplate, WhatIsPutIntoJsonReadsBackTheSame, (const std::string& bytes)) {
  std::string value;
  for (const char c : bytes) value += static_cast<char>(c & 0x7f);
  const Values values{{"v", value}};
  const auto json = net::parse_json(expanded(R"(["${v}"])", values, Encoding::kJson));
  RC_ASSERT(json.has_value());
  RC_ASSERT(json->items().at(0).as_string().value() == value);
}

}  // namespace
}  // namespace rekey::rotation
