#include "engagement/data_extensions/rows.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "engagement/api_test_support.h"
#include "storage/sqlite.h"

namespace rekey::engagement::data_extensions {
namespace {

using testing::HasSubstr;

constexpr const char* kRowset = "/hub/v1/dataevents/key:people/rowset";
constexpr const char* kRead = "/data/v1/customobjectdata/key/people/rowset";

class RowsTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    ASSERT_EQ(create_people().status, 201);
  }
  void fill(int count) {
    std::string body = "[";
    for (int i = 0; i < count; ++i) {
      body += fmt::format(R"({}{{"keys":{{"Id":"{:04}"}},"values":{{"Age":{}}}}})", i ? "," : "", i,
                          i % 100);
    }
    ASSERT_EQ(post(kRowset, body + "]").status, 200);
  }
};

TEST_F(RowsTest, AreEchoedAsSentAndReadInOneForm) {
  const std::string sent =
      R"([{"keys":{"id":"A1"},"values":{"name":"Ann","age":7,"Born":"9/1/2026","is member":true,)"
      R"("Balance":12.50,"email":null}}])";
  const Told told = post(kRowset, sent);
  EXPECT_EQ(told.status, 200) << told.text;
  EXPECT_EQ(told.at("0.values.age"), "7");
  const Told read = get(kRead);
  EXPECT_EQ(read.at("count"), "1");
  EXPECT_EQ(read.at("items.0.keys.Id"), "A1");
  EXPECT_EQ(read.at("items.0.values.Name"), "Ann");
  EXPECT_EQ(read.at("items.0.values.Born"), "2026-09-01T00:00:00");
  EXPECT_EQ(read.at("items.0.values.Is Member"), "True");
  EXPECT_EQ(read.at("items.0.values.Balance"), "12.5");
  EXPECT_EQ(read.at("items.0.values.Email"), "null");
}

TEST_F(RowsTest, AnUpsertChangesWhatIsGivenAndKeepsTheRest) {
  ASSERT_EQ(post(kRowset, R"([{"keys":{"Id":"1"},"values":{"Age":7}}])").status, 200);
  ASSERT_EQ(post(kRowset, R"([{"keys":{"Id":"1"},"values":{"Name":"Ann"}}])").status, 200);
  ASSERT_EQ(post(kRowset, R"([{"keys":{"Id":"1"},"values":{"Age":null}}])").status, 200);
  const Told read = get(kRead);
  EXPECT_EQ(read.at("count"), "1");
  EXPECT_EQ(read.at("items.0.values.Name"), "Ann");
  EXPECT_EQ(read.at("items.0.values.Age"), "null");
}

TEST_F(RowsTest, ANewRowGetsDefaults) {
  ASSERT_EQ(post(kRowset, R"([{"keys":{"Id":"1"},"values":{}}])").status, 200);
  EXPECT_EQ(get(kRead).at("items.0.values.Name"), "-");
}

TEST_F(RowsTest, OneBadRowRefusesTheWholeRowsetAndEachFaultIsNamed) {
  const Told told = post(
      kRowset,
      R"([{"keys":{"Id":"1"},"values":{"Name":"Ann"}},{"keys":{"Id":"2"},"values":{"Age":"x",)"
      R"("Nickname":"A"}},{"keys":{"Name":"Ben"},"values":{}},{"values":{}},)"
      R"({"keys":{"Id":"5"},"values":{"Name":"too long"}},{"keys":{"Id":"6"},"values":{"Name":null}},)"
      R"({"keys":{"Id":["7"]},"values":{}}, 8])");
  EXPECT_EQ(told.status, 400);
  EXPECT_EQ(told.at("errorcode"), "10006");
  const std::string guid = get("/data/v1/customobjects/key:people").at("id");
  EXPECT_THAT(told.at("message"), HasSubstr(guid));
  EXPECT_THAT(told.at("additionalErrors.0.message"), HasSubstr("row 2: the column \"Age\""));
  EXPECT_THAT(told.at("additionalErrors.1.message"), HasSubstr("row 2: the data extension has no"));
  EXPECT_THAT(told.text, HasSubstr("row 3: the column \\\"Name\\\" is no part of the primary key"));
  EXPECT_THAT(told.text, HasSubstr("row 4: \\\"keys\\\" is missing"));
  EXPECT_THAT(told.text, HasSubstr("row 5: the column \\\"Name\\\" (Text) takes at most 5"));
  EXPECT_THAT(told.text, HasSubstr("row 6: the column \\\"Name\\\" takes no null"));
  EXPECT_THAT(told.text, HasSubstr("row 7: the column \\\"Id\\\" takes no list"));
  EXPECT_THAT(told.text, HasSubstr("row 8: \\\"keys\\\" is missing"));
  EXPECT_EQ(get(kRead).at("count"), "0");
  EXPECT_EQ(get(kRead).at("items"), "(none)");
}

TEST_F(RowsTest, AreNamedInThePathWithoutRegardToCase) {
  const Told told = put("/HUB/v1/dataevents/KEY:PEOPLE/rows/id:Aa%20b", R"({"values":{"Age":1}})");
  EXPECT_EQ(told.status, 200) << told.text;
  EXPECT_EQ(told.at("keys.Id"), "Aa b");
  EXPECT_EQ(told.at("values.Age"), "1");
  ASSERT_EQ(put("/hub/v1/dataevents/key:people/rows/Id:AA%20B", R"({"values":{"Age":2}})").status,
            200);
  EXPECT_EQ(get(kRead).at("count"), "1");
  EXPECT_EQ(get(kRead).at("items.0.values.Age"), "2");
  EXPECT_EQ(put("/hub/v1/dataevents/key:people/rows/Age:1", R"({"values":{}})").status, 400);
  EXPECT_EQ(put("/hub/v1/dataevents/key:people/rows/1", R"({"values":{}})").status, 400);
  EXPECT_EQ(put("/hub/v1/dataevents/key:nobody/rows/Id:1", R"({"values":{}})").status, 404);
}

TEST_F(RowsTest, OfAKeyWithTwoColumnsMayHoldCommasAndNeverMeet) {
  ASSERT_EQ(post("/data/v1/customobjects", R"({"name":"Lines","key":"lines","fields":[
      {"name":"A","type":"Text","isPrimaryKey":true},{"name":"B","type":"Text","isPrimaryKey":true},
      {"name":"N","type":"Number"}]})")
                .status,
            201);
  const std::string rows = "/hub/v1/dataevents/key:lines/rows/";
  const Told told = put(rows + "A:x,y,B:z", R"({"values":{"N":1}})");
  EXPECT_EQ(told.at("keys.A"), "x,y") << told.text;
  EXPECT_EQ(told.at("keys.B"), "z");
  EXPECT_EQ(put(rows + "A:x", R"({"values":{"N":1}})").status, 400);
  // Were the columns joined without escaping, these two would be one row.
  ASSERT_EQ(put(rows + "A:p%01q,B:r", R"({"values":{"N":1}})").status, 200);
  ASSERT_EQ(put(rows + "A:p,B:q%01r", R"({"values":{"N":1}})").status, 200);
  EXPECT_EQ(get("/data/v1/customobjectdata/key/lines/rowset").at("count"), "3");
}

TEST_F(RowsTest, AreIncrementedFromNothing) {
  const std::string path = "/hub/v1/dataevents/key:people/rows/Id:1/column/Age/increment";
  EXPECT_EQ(put(path, "").at("values.Age"), "1");
  EXPECT_EQ(put(path + "?step=41", "").at("values.Age"), "42");
  EXPECT_EQ(put(path + "?step=-2", "").at("values.Age"), "40");
  EXPECT_EQ(put(path + "?step=2147483647", "").status, 400);
  EXPECT_EQ(put(path + "?step=x", "").status, 400);
  EXPECT_EQ(put("/hub/v1/dataevents/key:people/rows/Id:1/column/Name/increment", "").status, 400);
  EXPECT_EQ(get(kRead).at("items.0.values.Age"), "40");
}

TEST_F(RowsTest, AreReadPageByPageByNumberAndByToken) {
  fill(25);
  const Told first = get(std::string(kRead) + "?$page=1&$pageSize=10");
  EXPECT_EQ(first.at("count"), "25");
  EXPECT_EQ(first.at("items.9.keys.Id"), "0009");
  EXPECT_EQ(first.at("items.10.keys.Id"), "(none)");
  EXPECT_THAT(first.at("links.next"), HasSubstr("/rowset?$page=2"));
  EXPECT_EQ(get(std::string(kRead) + "?%24page=2&%24pagesize=10").at("items.0.keys.Id"), "0010");
  const Told last = get(std::string(kRead) + "?$page=3&$pageSize=10");
  EXPECT_EQ(last.at("items.4.keys.Id"), "0024");
  EXPECT_EQ(last.at("links.next"), "(none)");
  EXPECT_EQ(get(std::string(kRead) + "?$page=4&$pageSize=10").at("items"), "(none)");

  const std::string next = "/data" + first.at("links.next");
  EXPECT_EQ(get(next).at("items.0.keys.Id"), "0010");
  clock_.advance(std::chrono::hours{1});
  EXPECT_EQ(get(next).status, 404);
}

TEST_F(RowsTest, AreNeitherSeenTwiceNorMissedWhileOthersComeAndGo) {
  fill(20);
  const Told first = get(std::string(kRead) + "?$pageSize=10");
  ASSERT_EQ(put("/hub/v1/dataevents/key:people/rows/Id:0000a", R"({"values":{}})").status, 200);
  const Told second = get(std::string(kRead) + "?$page=2&$pageSize=10");
  EXPECT_EQ(first.at("items.9.keys.Id"), "0009");
  EXPECT_EQ(second.at("items.0.keys.Id"), "0010");
  // Somebody who did not read page 1 counts from the beginning.
  Caller other = all_scopes();
  other.integration = 8;
  EXPECT_EQ(ask_as(other, net::Method::kGet, std::string(kRead) + "?$page=2&$pageSize=10")
                .at("items.0.keys.Id"),
            "0009");
}

TEST_F(RowsTest, AreCountedFromTheBeginningByWhoComesBackLater) {
  fill(20);
  ASSERT_EQ(get(std::string(kRead) + "?$pageSize=5").status, 200);
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    const std::string path = fmt::format("/hub/v1/dataevents/key:people/rows/Id:0000{}", id);
    ASSERT_EQ(put(path, R"({"values":{}})").status, 200);
  }
  EXPECT_EQ(get(std::string(kRead) + "?$page=5&$pageSize=5").at("items.4.keys.Id"), "0019");
  clock_.advance(std::chrono::hours{1});
  EXPECT_EQ(get(std::string(kRead) + "?$page=2&$pageSize=5").at("items.0.keys.Id"), "0000e");
}

TEST_F(RowsTest, ShowTheColumnsThatAreAskedForAndRefuseWhatWouldBeIgnored) {
  fill(1);
  const Told told = get(std::string(kRead) + "?$fields=age");
  EXPECT_EQ(told.at("items.0.values.Age"), "0");
  EXPECT_EQ(told.at("items.0.values.Name"), "(none)");
  EXPECT_EQ(told.at("items.0.keys.Id"), "0000");
  EXPECT_EQ(get(std::string(kRead) + "?$fields=nothing").status, 400);
  EXPECT_EQ(get(std::string(kRead) + "?$filter=Age%20eq%201").status, 400);
  EXPECT_EQ(get(std::string(kRead) + "?$page=0").status, 400);
}

TEST_F(RowsTest, OfAnotherBusinessUnitDoNotExist) {
  fill(3);
  const Caller other = all_scopes(kOtherUnit);
  const std::string guid = get("/data/v1/customobjects/key:people").at("id");
  for (const std::string& path :
       {std::string(kRead), "/data/v1/customobjectdata/" + guid + "/rowset",
        "/data" + get(std::string(kRead) + "?$pageSize=1").at("links.next"),
        "/data/v1/customobjects/" + guid, "/data/v1/customobjects/" + guid + "/fields"}) {
    EXPECT_EQ(get(path).status, 200) << path;
    EXPECT_EQ(ask_as(other, net::Method::kGet, path).status, 404) << path;
  }
  EXPECT_EQ(ask_as(other, net::Method::kPost, kRowset, "[]").status, 404);
  EXPECT_EQ(ask_as(other, net::Method::kGet, "/data/v1/customobjects").at("count"), "0");
}

TEST_F(RowsTest, GoLittleByLittleAfterTheirDataExtensionWasCleared) {
  fill(30);
  ASSERT_EQ(post("/data/v1/customobjects/key:people/cleardata", "").status, 200);
  EXPECT_EQ(get(kRead).at("count"), "0");
  const auto kept = [&]() -> std::int64_t {
    auto tables = storage::Connection::open(temp_ / "sandbox.db", storage::OpenMode::kReadOnly);
    auto rows = tables->prepare("SELECT count(*) FROM data_extension_row");
    return *rows->step() ? rows->integer(0) : -1;
  };
  EXPECT_EQ(kept(), 30);
  ASSERT_EQ(post(kRowset, R"([{"keys":{"Id":"1"},"values":{}}])").status, 200);
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(kept(), 1);
  EXPECT_EQ(get(kRead).at("count"), "1");
}

}  // namespace
}  // namespace rekey::engagement::data_extensions
