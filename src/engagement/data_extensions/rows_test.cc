#include "engagement/data_extensions/rows.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "engagement/api_test_support.h"
#include "engagement/filter_joins.h"
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

TEST_F(RowsTest, ShowTheColumnsThatAreAskedFor) {
  fill(1);
  const Told told = get(std::string(kRead) + "?$fields=age");
  EXPECT_EQ(told.at("items.0.values.Age"), "0");
  EXPECT_EQ(told.at("items.0.values.Name"), "(none)");
  EXPECT_EQ(told.at("items.0.keys.Id"), "0000");
  EXPECT_EQ(get(std::string(kRead) + "?$fields=nothing").status, 400);
  EXPECT_EQ(get(std::string(kRead) + "?$page=0").status, 400);
}

TEST_F(RowsTest, AreFilteredByTheirColumnsAsWhatTheseAre) {
  fill(30);
  const auto count = [&](const std::string& filter) {
    const Told told = get(std::string(kRead) + "?$filter=" + filter);
    return told.status == 200 ? told.at("count") : told.at("message");
  };
  EXPECT_EQ(count("Age eq 7"), "1");
  EXPECT_EQ(count("Age gte 9"), "21");  // as numbers: 10 is more than 9
  EXPECT_EQ(count("Age lt 3 or Age in (20, 21)"), "5");
  EXPECT_EQ(count("Id eq '0007'"), "1");
  EXPECT_EQ(count("id eq 0007 and age eq 8"), "0");
  EXPECT_EQ(count("Name eq '-'"), "30");
  EXPECT_EQ(count("Born eq null"), "30");
  EXPECT_EQ(count("[Is Member] neq null"), "0");
  EXPECT_EQ(count("Id startswith 001"), "10");
  EXPECT_THAT(count("Nothing eq 1"), HasSubstr("$filter names \"Nothing\""));
  EXPECT_THAT(count("Age eq many"), HasSubstr("takes a whole number"));
  EXPECT_THAT(count("Name eq 'x' OR 1=1 --'"), HasSubstr("$filter names \"1=1\""));
}

TEST_F(RowsTest, AreFilteredByAsManyLevelsAsAFilterMayHave) {
  ASSERT_EQ(post(kRowset, R"([{"keys":{"Id":"1"},"values":{"Age":7}},{"keys":{"Id":"2"}}])").status,
            200);
  const auto nested = [this](std::size_t levels) {
    std::string filter = "Age eq 7";
    for (std::size_t i = 0; i < levels; i += 2) {
      if (i > 0) filter = "(" + filter + ")";
      filter = "Age eq 8 or Id eq '1' and " + filter;
    }
    return get(std::string(kRead) + "?$filter=" + filter);
  };
  EXPECT_EQ(nested(kMostFilterLevels).at("count"), "1") << nested(kMostFilterLevels).text;
  const Told told = nested(kMostFilterLevels + 2);
  EXPECT_EQ(told.status, 400) << told.text;
  EXPECT_EQ(told.at("errorcode"), "10000");
  EXPECT_THAT(told.at("message"), HasSubstr("nested too deeply"));
}

TEST_F(RowsTest, ThatAFilterPicksArePagedByLinksThatKeepIt) {
  fill(30);
  const Told first = get(std::string(kRead) + "?$pageSize=4&$filter=Age gte 20&$orderBy=Age desc");
  EXPECT_EQ(first.at("count"), "10") << first.text;
  EXPECT_EQ(first.at("top"), "4");
  EXPECT_EQ(first.at("items.0.keys.Id"), "0029");
  const Told second = get("/data" + first.at("links.next"));
  EXPECT_EQ(second.at("count"), "10") << second.text;
  EXPECT_EQ(second.at("items.0.keys.Id"), "0025");
  const Told third = get("/data" + second.at("links.next"));
  EXPECT_EQ(third.at("items.1.keys.Id"), "0020");
  EXPECT_EQ(third.at("links.next"), "(none)");
  std::string lower = first.at("links.next");
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  EXPECT_EQ(get("/data" + lower).at("items.0.keys.Id"), "0025");
}

TEST_F(RowsTest, AreOrderedByColumns) {
  fill(12);
  const auto first = [&](const std::string& order) {
    const Told told = get(std::string(kRead) + "?$orderBy=" + order);
    return told.status == 200 ? told.at("items.0.keys.Id") : told.at("message");
  };
  EXPECT_EQ(first("Age desc"), "0011");
  EXPECT_EQ(first("Id desc"), "0011");
  EXPECT_EQ(first("Id"), "0000");
  EXPECT_EQ(first("Name, Age desc"), "0011");
  EXPECT_EQ(get(std::string(kRead) + "?$orderBy=Id desc&$page=2&$pageSize=5").at("items.0.keys.Id"),
            "0006");
  EXPECT_THAT(first("Nothing"), HasSubstr("$orderBy names \"Nothing\""));
  EXPECT_THAT(first("Id;DROP TABLE data_extension_row"), HasSubstr("$orderBy names"));
}

TEST_F(RowsTest, OfACompoundKeyAreFoundByItsFirstColumns) {
  ASSERT_EQ(post("/data/v1/customobjects", R"({"name":"Lines","key":"lines","fields":[
      {"name":"Order","type":"Text","length":10,"isPrimaryKey":true},
      {"name":"Line","type":"Number","isPrimaryKey":true},
      {"name":"Sku","type":"Text","length":10}]})")
                .status,
            201);
  ASSERT_EQ(post("/hub/v1/dataevents/key:lines/rowset", R"([
      {"keys":{"Order":"a","Line":1},"values":{"Sku":"x"}},
      {"keys":{"Order":"A","Line":12},"values":{"Sku":"y"}},
      {"keys":{"Order":"ab","Line":1},"values":{"Sku":"x"}}])")
                .status,
            200);
  const auto count = [&](const std::string& filter) {
    return get("/data/v1/customobjectdata/key/lines/rowset?$filter=" + filter).at("count");
  };
  EXPECT_EQ(count("Order eq a"), "2");
  EXPECT_EQ(count("Order eq A and Line eq 12"), "1");
  EXPECT_EQ(count("Order eq a or Sku eq x"), "3");
  EXPECT_EQ(count("Line eq 1"), "2");
}

// A page takes 4 KiB of rows.
class LongRowsTest : public RowsTest {
 protected:
  void adjust(ApiOptions& options) override { options.settings.most_page_bytes = 4096; }
};

TEST_F(LongRowsTest, OfAPageThatWouldBeTooLongAreRefusedAndReadInShorterOnes) {
  ASSERT_EQ(post("/data/v1/customobjects",
                 R"({"name":"Long","key":"long","fields":[)"
                 R"({"name":"Id","type":"Text","length":9,"isPrimaryKey":true},)"
                 R"({"name":"Note","type":"Text"}]})")
                .status,
            201);
  for (int i = 0; i < 18; ++i) {
    ASSERT_EQ(put(fmt::format("/hub/v1/dataevents/key:long/rows/Id:{:04}", i),
                  fmt::format(R"({{"values":{{"Note":"{}"}}}})", std::string(300, 'x')))
                  .status,
              200);
  }
  const std::string rows = "/data/v1/customobjectdata/key/long/rowset";
  for (const std::string& query :
       {std::string(), std::string("?$orderBy=Note"), std::string("?$filter=Note neq 'y'")}) {
    const Told told = get(rows + query);
    EXPECT_EQ(told.status, 400) << query;
    EXPECT_THAT(told.at("message"), HasSubstr("more than 4 KiB; ask for fewer with $pageSize"));
  }
  EXPECT_EQ(get(rows + "?$pageSize=10&$page=2").at("top"), "8");
}

TEST_F(RowsTest, AreNeverMoreThanAPageOf2500) {
  fill(2501);
  for (const std::string& query :
       {std::string("?$pageSize=1000000"), std::string("?$pageSize=9999&$orderBy=Age")}) {
    const Told told = get(kRead + query);
    EXPECT_EQ(told.at("pageSize"), "2500") << query;
    EXPECT_EQ(told.at("top"), "2500") << query;
    EXPECT_EQ(told.at("count"), "2501") << query;
    EXPECT_EQ(get("/data" + told.at("links.next")).at("top"), "1") << query;
  }
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
