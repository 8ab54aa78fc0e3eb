#include "engagement/data_extensions/async_rows.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "engagement/api_test_support.h"

namespace rekey::engagement::data_extensions {
namespace {

using testing::HasSubstr;

constexpr const char* kRows = "/data/v1/async/dataextensions/key:people/rows";

class AsyncRowsTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    ASSERT_EQ(create_people().status, 201);
  }
  [[nodiscard]] std::string accepted(const Told& told) {
    EXPECT_EQ(told.status, 202) << told.text;
    return told.at("requestId");
  }
  [[nodiscard]] Told status(const std::string& id) {
    return get("/data/v1/async/" + id + "/status");
  }
  [[nodiscard]] Told results(const std::string& id, const std::string& query = {}) {
    return get("/data/v1/async/" + id + "/results" + query);
  }
  [[nodiscard]] std::string row_count() {
    return get("/data/v1/customobjectdata/key/people/rowset").at("count");
  }
};

TEST_F(AsyncRowsTest, GoFromUnknownToPendingToComplete) {
  const std::string id = accepted(put(kRows, R"({"items":[{"Id":"1","Name":"Ann"}]})"));
  EXPECT_EQ(status(id).status, 200);
  EXPECT_EQ(status(id).at("resultMessages.0.resultCode"), "AsyncRequestStatusNotFound");
  EXPECT_EQ(status(id).at("status"), "(none)");
  clock_.advance(base::Duration{250});
  EXPECT_EQ(status(id).at("status.requestStatus"), "Pending");
  const auto next = api_->tick();
  ASSERT_TRUE(next && *next);
  EXPECT_EQ(base::format_instant(**next), "2026-11-24T10:00:01Z");
  EXPECT_EQ(row_count(), "0");
  clock_.advance(base::Duration{750});
  ASSERT_TRUE(api_->tick());
  const Told told = status(id);
  EXPECT_EQ(told.at("status.requestStatus"), "Complete");
  EXPECT_EQ(told.at("status.resultStatus"), "OK");
  EXPECT_EQ(told.at("status.hasErrors"), "false");
  EXPECT_EQ(told.at("status.callDateTime"), "2026-11-24T10:00:00.0");
  EXPECT_EQ(told.at("status.requestId"), id);
  EXPECT_EQ(results(id).at("items.0.message"), "Upserted DataExtensionObject");
  EXPECT_EQ(results(id).at("items.0.status"), "OK");
  EXPECT_EQ(row_count(), "1");
}

TEST_F(AsyncRowsTest, TellEachRowThatWasRefusedInsideAnAcceptedRequest) {
  const std::string id = accepted(
      post(kRows, R"({"items":[{"Id":"1"},{"Id":"1"},{"Id":"2","Age":"x"},{"Id":"3"},4]})"));
  clock_.advance(std::chrono::seconds{2});
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(status(id).at("status.resultStatus"), "Has Errors");
  const Told told = results(id);
  EXPECT_EQ(told.at("count"), "5");
  EXPECT_EQ(told.at("items.0.message"), "Created DataExtensionObject");
  EXPECT_EQ(told.at("items.1.errorCode"), "UnexpectedError");
  EXPECT_THAT(told.at("items.1.message"), HasSubstr("primary key"));
  EXPECT_THAT(told.at("items.2.message"), HasSubstr("\"Age\""));
  EXPECT_EQ(told.at("items.3.status"), "OK");
  EXPECT_EQ(told.at("items.4.status"), "Error");
  EXPECT_EQ(row_count(), "2");
  EXPECT_EQ(results(id, "?$page=2&$pageSize=2").at("items.0.errorCode"), "UnexpectedError");
}

TEST_F(AsyncRowsTest, AreRefusedInTheShapeOfTheirFamily) {
  const Told unknown = put("/data/v1/async/dataextensions/key:nobody/rows", R"({"items":[{}]})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.at("resultMessages.0.resultClass"), "Error");
  EXPECT_EQ(put(kRows, R"({"items":[]})").status, 400);
  EXPECT_EQ(put(kRows, R"({"rows":[{}]})").status, 400);
  EXPECT_EQ(status("00000000-0000-4000-8000-000000000000").at("resultMessages.0.resultCode"),
            "AsyncRequestStatusNotFound");
  ASSERT_EQ(post("/data/v1/customobjects", R"({"name":"Log","key":"log","fields":[{"name":"A"}]})")
                .status,
            201);
  EXPECT_EQ(put("/data/v1/async/dataextensions/key:log/rows", R"({"items":[{"A":"1"}]})").status,
            400);
  ASSERT_EQ(post("/data/v1/async/dataextensions/key:log/rows", R"({"items":[{"A":"1"},{"A":"1"}]})")
                .status,
            202);
  clock_.advance(std::chrono::seconds{2});
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(get("/data/v1/customobjectdata/key/log/rowset").at("count"), "2");
}

TEST_F(AsyncRowsTest, AreNotKnownToAnotherBusinessUnit) {
  const std::string id = accepted(put(kRows, R"({"items":[{"Id":"1"}]})"));
  clock_.advance(std::chrono::seconds{2});
  ASSERT_TRUE(api_->tick());
  const Told told =
      ask_as(all_scopes(kOtherUnit), net::Method::kGet, "/data/v1/async/" + id + "/status");
  EXPECT_EQ(told.at("resultMessages.0.resultCode"), "AsyncRequestStatusNotFound");
}

// Ten rows are written at once.
class AsyncPiecesTest : public AsyncRowsTest {
 protected:
  void adjust(ApiOptions& options) override { options.settings.async_rows_at_once = 10; }
};

TEST_F(AsyncPiecesTest, GoOnAfterARestartWhereTheyWere) {
  std::string body = R"({"items":[)";
  for (int i = 0; i < 25; ++i) body += fmt::format(R"({}{{"Id":"{}"}})", i ? "," : "", i);
  const std::string id = accepted(post(kRows, body + "]}"));
  // As after a crash: ten rows are written, and that they are.
  {
    auto tables = storage::Connection::open(temp_ / "sandbox.db", storage::OpenMode::kReadWrite);
    ASSERT_TRUE(tables);
    ASSERT_TRUE(
        tables->execute("CREATE TRIGGER stop BEFORE INSERT ON async_result WHEN NEW.position = 15 "
                        "BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END;"));
  }
  clock_.advance(std::chrono::seconds{2});
  EXPECT_FALSE(api_->tick());
  EXPECT_EQ(status(id).at("status.requestStatus"), "Executing");
  EXPECT_EQ(row_count(), "10");
  api_.reset();
  {
    auto tables = storage::Connection::open(temp_ / "sandbox.db", storage::OpenMode::kReadWrite);
    ASSERT_TRUE(tables && tables->execute("DROP TRIGGER stop"));
  }
  open();
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(status(id).at("status.resultStatus"), "OK");
  EXPECT_EQ(results(id).at("count"), "25");
  EXPECT_EQ(row_count(), "25");
}

TEST_F(AsyncRowsTest, FailOneByOneWhereTheDataExtensionIsGone) {
  const std::string id = accepted(put(kRows, R"({"items":[{"Id":"1"}]})"));
  ASSERT_EQ(ask(net::Method::kDelete, "/data/v1/customobjects/key:people").status, 200);
  ASSERT_EQ(create_people().status, 201);
  clock_.advance(std::chrono::seconds{2});
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(status(id).at("status.resultStatus"), "Has Errors");
  EXPECT_EQ(row_count(), "0");
}

TEST_F(AsyncRowsTest, AreForgottenADayAfterTheyWereCompleted) {
  const std::string id = accepted(put(kRows, R"({"items":[{"Id":"1"}]})"));
  clock_.advance(std::chrono::seconds{2});
  ASSERT_TRUE(api_->tick());
  clock_.advance(base::Days{1});
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(status(id).at("resultMessages.0.resultCode"), "AsyncRequestStatusNotFound");
}

class AsyncRowsThreadedTest : public AsyncRowsTest {};

TEST_F(AsyncRowsThreadedTest, AreWrittenByThemselvesOnceTheApiIsStarted) {
  api_->start();
  const std::string id = accepted(put(kRows, R"({"items":[{"Id":"1"}]})"));
  clock_.advance(std::chrono::seconds{2});
  // Each answered write wakes the work that is due.
  while (status(id).at("status.requestStatus") != "Complete") {
    ASSERT_EQ(put("/hub/v1/dataevents/key:people/rows/Id:2", R"({"values":{}})").status, 200);
  }
  EXPECT_EQ(row_count(), "2");
}

}  // namespace
}  // namespace rekey::engagement::data_extensions
