#include "engagement/reader_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <limits>
#include <memory>

#include "engagement/answer.h"
#include "platform/temp_folder.h"
#include "storage/select.h"

namespace rekey::engagement {
namespace {

using base::Code;

constexpr std::string_view kForever =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

class ReaderPoolTest : public ::testing::Test {
 protected:
  std::vector<storage::Connection> one_connection() {
    std::vector<storage::Connection> connections;
    connections.push_back(
        *storage::Connection::open(temp_ / "x.db", storage::OpenMode::kReadWriteCreate));
    return connections;
  }
  // What becomes of the statement.
  static std::future<base::Result<std::int64_t>> ask(ReaderPool& pool, std::string_view sql) {
    auto promise = std::make_shared<std::promise<base::Result<std::int64_t>>>();
    auto future = promise->get_future();
    EXPECT_TRUE(pool.offer([promise, sql](storage::Connection& tables) {
      promise->set_value(storage::count(storage::select(tables, sql)));
    }));
    return future;
  }

  platform::TempFolder temp_;
};

TEST_F(ReaderPoolTest, AReadOfTooMuchIsEndedAndTheNextOneIsAnswered) {
  ReaderPool pool(one_connection(), 100'000);
  const auto told = ask(pool, kForever).get();
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, Code::kTimeout);
  EXPECT_EQ(ask(pool, "SELECT 7").get().value_or(0), 7);
}

TEST_F(ReaderPoolTest, StopEndsALongReadAndAnswersShortOnes) {
  ReaderPool pool(one_connection(), std::numeric_limits<std::int64_t>::max());
  auto endless = ask(pool, kForever);
  auto short_one = ask(pool, "SELECT 7");
  pool.stop();
  EXPECT_FALSE(endless.get());
  EXPECT_EQ(short_one.get().value_or(0), 7);
}

TEST(ReadOfTooMuch, IsToldWithoutTheWordsOfTheDatabase) {
  const net::Response told = response_of(Refusal(base::Error{Code::kTimeout, "database /x"}), {});
  EXPECT_EQ(told.status, 503);
  EXPECT_NE(told.body.find("50300"), std::string::npos);
  EXPECT_NE(told.body.find("narrow the filter"), std::string::npos);
  EXPECT_EQ(told.body.find("/x"), std::string::npos);
}

}  // namespace
}  // namespace rekey::engagement
