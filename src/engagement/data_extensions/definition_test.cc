#include "engagement/data_extensions/definition.h"

#include <gmock/gmock.h>

#include "engagement/api_test_support.h"

namespace rekey::engagement::data_extensions {
namespace {

using testing::HasSubstr;

constexpr const char* kAll = "/data/v1/customobjects";
constexpr const char* kOne = "/data/v1/customobjects/key:people";
constexpr const char* kAlter = "/data/v1/customobjectsasync/key:people/fields";

class DefinitionTest : public ApiTest {
 protected:
  [[nodiscard]] Told alter(const std::string& fields) {
    return ask(net::Method::kPatch, kAlter, R"({"fields":)" + fields + "}");
  }
  void put_one_row() {
    ASSERT_EQ(
        post("/hub/v1/dataevents/key:people/rowset", R"([{"keys":{"Id":"1"},"values":{}}])").status,
        200);
  }
};

TEST_F(DefinitionTest, IsCreatedShownListedAndDeleted) {
  const Told created = create_people();
  ASSERT_EQ(created.status, 201) << created.text;
  EXPECT_EQ(get(std::string(kAll) + "/" + created.at("id")).at("key"), "people");
  const Told fields = get(std::string(kOne) + "/fields");
  EXPECT_EQ(fields.at("fields.0.name"), "Id");
  EXPECT_EQ(fields.at("fields.0.isPrimaryKey"), "true");
  EXPECT_EQ(fields.at("fields.0.isNullable"), "false");
  EXPECT_EQ(fields.at("fields.6.type"), "Decimal");
  EXPECT_EQ(fields.at("fields.6.scale"), "2");
  EXPECT_EQ(get(std::string(kAll) + "?$search=eop").at("items.0.name"), "People");
  EXPECT_EQ(get(std::string(kAll) + "?$search=%25").at("count"), "0");
  EXPECT_EQ(ask(net::Method::kDelete, kOne).status, 200);
  EXPECT_EQ(get(kOne).status, 404);
  EXPECT_EQ(create_people().status, 201);
}

TEST_F(DefinitionTest, IsThereOnceInItsBusinessUnit) {
  ASSERT_EQ(create_people().status, 201);
  const Told again = create_people();
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.at("errorcode"), "30002");
  const std::string other = R"({"name":"People","key":"other","fields":[{"name":"A"}]})";
  EXPECT_EQ(post(kAll, other).status, 409);
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kPost, kAll, other).status, 201);
}

TEST_F(DefinitionTest, IsRefusedWithWhatIsWrong) {
  const auto said = [&](const std::string& body) {
    const Told told = post(kAll, body);
    EXPECT_EQ(told.status, 400) << body;
    return told.at("message");
  };
  EXPECT_THAT(said(R"({"fields":[{"name":"A"}]})"), HasSubstr("name of a data extension"));
  EXPECT_THAT(said(R"({"name":"X"})"), HasSubstr("1 to 1000 columns"));
  EXPECT_THAT(said(R"({"name":"X","fields":[{"name":"A"},{"name":"a"}]})"),
              HasSubstr("two columns"));
  EXPECT_THAT(said(R"({"name":"X","fields":[{"name":"A:B"}]})"), HasSubstr("no ':'"));
  EXPECT_THAT(said(R"({"name":"X","fields":[{"name":"A","type":"Blob"}]})"),
              HasSubstr("none of Text"));
  EXPECT_THAT(said(R"({"name":"X","fields":[{"name":"A","length":4001}]})"),
              HasSubstr("1 to 4000"));
  EXPECT_THAT(said(R"({"name":"X","fields":[{"name":"A","type":"Decimal","length":2,"scale":3}]})"),
              HasSubstr("scale"));
  EXPECT_THAT(said(R"({"name":"X","fields":[{"name":"A","type":"Number","defaultValue":"x"}]})"),
              HasSubstr("takes a whole number"));
  EXPECT_THAT(said(R"({"name":"X","isSendable":true,"fields":[{"name":"A"}]})"),
              HasSubstr("sendableCustomObjectField"));
  EXPECT_THAT(said(R"({"name":7,"fields":[{"name":"A"}]})"), HasSubstr("name takes a text"));
  EXPECT_EQ(get(kAll).at("count"), "0");
}

TEST_F(DefinitionTest, ChangesItsFacts) {
  ASSERT_EQ(create_people().status, 201);
  clock_.advance(std::chrono::hours{1});
  const Told told = ask(net::Method::kPatch, kOne, R"({"name":"Persons","description":"who"})");
  EXPECT_EQ(told.at("name"), "Persons");
  EXPECT_EQ(get(kOne).at("description"), "who");
  EXPECT_EQ(get(kOne).at("modifiedDate"), "2026-11-24T11:00:00");
  EXPECT_EQ(get(kOne).at("createdDate"), "2026-11-24T10:00:00");
}

TEST_F(DefinitionTest, GetsNewColumnsWhoseDefaultEveryRowHas) {
  ASSERT_EQ(create_people().status, 201);
  put_one_row();
  EXPECT_EQ(alter(R"([{"name":"City","isNullable":false}])").status, 400);
  EXPECT_EQ(alter(R"([{"name":"Key2","isPrimaryKey":true}])").status, 400);
  ASSERT_EQ(
      alter(R"([{"name":"City","isNullable":false,"defaultValue":"Rome"},{"name":"Zip"}])").status,
      202);
  const Told read = get("/data/v1/customobjectdata/key/people/rowset");
  EXPECT_EQ(read.at("items.0.values.City"), "Rome");
  EXPECT_EQ(read.at("items.0.values.Zip"), "null");
}

TEST_F(DefinitionTest, KeepsTypesKeysAndWhatRowsNeed) {
  ASSERT_EQ(create_people().status, 201);
  EXPECT_EQ(alter(R"([{"name":"Name","length":3}])").status, 202);
  put_one_row();
  EXPECT_EQ(alter(R"([{"name":"Name","length":2}])").status, 400);
  EXPECT_EQ(alter(R"([{"name":"Name","length":50}])").status, 202);
  EXPECT_EQ(alter(R"([{"name":"Age","type":"Text"}])").status, 400);
  EXPECT_EQ(alter(R"([{"name":"Age","isPrimaryKey":true}])").status, 400);
  EXPECT_EQ(alter(R"([{"name":"Age","isNullable":false}])").status, 400);
  EXPECT_EQ(alter("[]").status, 400);
  const std::string id = get(std::string(kOne) + "/fields").at("fields.2.id");
  EXPECT_EQ(alter(R"([{"id":")" + id + R"(","name":"Years"}])").status, 202);
  EXPECT_EQ(get(std::string(kOne) + "/fields").at("fields.2.name"), "Years");
  EXPECT_EQ(alter(R"([{"id":")" + id + R"(","name":"Name"}])").status, 400);
}

TEST_F(DefinitionTest, SurvivesARestart) {
  ASSERT_EQ(create_people().status, 201);
  put_one_row();
  api_.reset();
  open();
  EXPECT_EQ(get("/data/v1/customobjectdata/key/people/rowset").at("count"), "1");
}

}  // namespace
}  // namespace rekey::engagement::data_extensions
