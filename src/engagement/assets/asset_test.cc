#include "engagement/assets/asset.h"

#include <gmock/gmock.h>

#include "engagement/api_test_support.h"

namespace rekey::engagement::assets {
namespace {

using testing::HasSubstr;

constexpr const char* kAll = "/asset/v1/content/assets";

class AssetTest : public ApiTest {
 protected:
  [[nodiscard]] static std::string one(int id) {
    return std::string(kAll) + "/" + std::to_string(id);
  }
};

TEST_F(AssetTest, IsKeptAsItIsGiven) {
  const Told made = post(kAll, R"({"name":"Hello","customerKey":"hello","assetType":{"id":208},
      "category":{"id":7},"views":{"subjectline":{"content":"Hi %%First Name%%"},
      "html":{"content":"<p>Hi</p>"}},
      "data":{"email":{"options":{"characterEncoding":"utf-8"}}}})");
  EXPECT_EQ(made.status, 201) << made.text;
  for (const auto& [path, value] : std::vector<std::pair<std::string, std::string>>{
           {"id", "1"},
           {"customerKey", "hello"},
           {"name", "Hello"},
           {"assetType.id", "208"},
           {"assetType.name", "htmlemail"},
           {"category.id", "7"},
           {"views.subjectline.content", "Hi %%First Name%%"},
           {"data.email.options.characterEncoding", "utf-8"},
           {"createdDate", "2026-11-24T10:00:00"}}) {
    EXPECT_EQ(made.at(path), value) << path;
  }
  EXPECT_EQ(get(one(1)).text, made.text);
}

TEST_F(AssetTest, AChangeReplacesTheMembersThatItNames) {
  ASSERT_EQ(post(kAll, R"({"name":"a","customerKey":"a","description":"d",
                           "views":{"html":{"content":"x"}}})")
                .status,
            201);
  clock_.advance(std::chrono::seconds{9});
  const Told changed = patch(one(1), R"({"views":{"text":{"content":"y"}},"name":"b"})");
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.at("name"), "b");
  EXPECT_EQ(changed.at("description"), "d");
  EXPECT_EQ(changed.at("views.html.content"), "(none)");
  EXPECT_EQ(changed.at("views.text.content"), "y");
  EXPECT_EQ(changed.at("modifiedDate"), "2026-11-24T10:00:09");
}

TEST_F(AssetTest, IsListedFoundAndDeleted) {
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_EQ(
        post(kAll, R"({"name":")" + std::string(key) + R"(","customerKey":")" + key + "\"}").status,
        201);
  }
  EXPECT_EQ(get(kAll).at("count"), "3");
  EXPECT_EQ(get(std::string(kAll) + "?$page=2&$pageSize=2").at("items.0.customerKey"), "c");
  const Told found = get(std::string(kAll) + "?$filter=customerKey%20eq%20'B'");
  EXPECT_EQ(found.at("count"), "1") << found.text;
  EXPECT_EQ(found.at("items.0.name"), "b");
  EXPECT_EQ(get(std::string(kAll) + "?$filter=name%20eq%20c").at("items.0.customerKey"), "c");
  EXPECT_EQ(get(std::string(kAll) + "?$filter=id%20gt%201 and name neq c").at("items.0.name"), "b");
  EXPECT_EQ(get(std::string(kAll) + "?$orderBy=name desc").at("items.0.name"), "c");
  EXPECT_EQ(get(std::string(kAll) + "?$filter=owner%20eq%201").status, 400);
  EXPECT_EQ(remove(one(2)).status, 200);
  EXPECT_EQ(get(one(2)).status, 404);
  EXPECT_EQ(get(one(99)).status, 404);
  EXPECT_EQ(get(std::string(kAll) + "/x").status, 404);
}

TEST_F(AssetTest, WhatItDoesNotTakeIsSaid) {
  ASSERT_EQ(post(kAll, R"({"name":"a","customerKey":"a"})").status, 201);
  EXPECT_EQ(post(kAll, R"({"name":"b","customerKey":"A"})").status, 409);
  for (const auto& [body, message] : std::vector<std::pair<std::string, std::string>>{
           {R"({"customerKey":"b"})", "name takes 1 to 200 characters"},
           {R"({"name":"b","customerKey":"b\nc"})", "customerKey takes 1 to 100 characters"},
           {R"([])", "has to be an object"},
           {R"({"name":"b","assetType":{}})", "assetType takes"},
           {R"({"name":"b","views":{"html":{"content":7}}})", "views.html takes a text"},
           {R"({"name":"b","views":{"html":7}})", "views.html takes an object"},
           {R"({"name":"b","views":{"subjectline":{"content":"a\r\nBcc: b"}}})",
            "views.subjectline takes one line"},
           {R"({"name":"b","views":{"text":{"content":")" + std::string(kLongestView + 1, 'x') +
                R"("}}})",
            "views.text takes at most"}}) {
    const Told told = post(kAll, body);
    EXPECT_EQ(told.status, 400) << body.substr(0, 80);
    EXPECT_THAT(told.at("message"), HasSubstr(message));
  }
  EXPECT_EQ(get(kAll).at("count"), "1");
}

TEST_F(AssetTest, IsItsBusinessUnitsAlone) {
  ASSERT_EQ(post(kAll, R"({"name":"a","customerKey":"a"})").status, 201);
  const Caller other = all_scopes(kOtherUnit);
  EXPECT_EQ(ask_as(other, net::Method::kGet, kAll).at("count"), "0");
  EXPECT_EQ(ask_as(other, net::Method::kGet, one(1)).status, 404);
  EXPECT_EQ(ask_as(other, net::Method::kPost, kAll, R"({"name":"a","customerKey":"a"})").status,
            201);
}

}  // namespace
}  // namespace rekey::engagement::assets
