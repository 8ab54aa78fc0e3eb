#include "engagement/soap/tracking_sends.h"

#include <gtest/gtest.h>

#include "engagement/tracking.h"
#include "platform/temp_folder.h"

namespace rekey::engagement::soap {
namespace {

class TrackingSendsTest : public ::testing::Test {
 protected:
  TrackingSendsTest()
      : tables_(*storage::Connection::open(temp_ / "t.db", storage::OpenMode::kReadWriteCreate)) {
    EXPECT_TRUE(prepare_tracking_schema(tables_));
  }
  void record(const std::string& send, std::int64_t unit = 1, std::int64_t at = 1000) {
    const auto id = record_event(tables_, {unit, TrackingKind::kSent, send, "c-1", "a@example.org",
                                           base::from_millis(at), "{}"});
    EXPECT_TRUE(id);
  }
  [[nodiscard]] std::int64_t number(const std::string& sql) {
    auto row = *tables_.prepare(sql);
    return *row.step() ? row.integer(0) : -1;
  }
  [[nodiscard]] std::int64_t id_of(const std::string& send) {
    return number("SELECT id FROM tracking_send WHERE business_unit = 1 AND send_key = '" + send +
                  "'");
  }

  platform::TempFolder temp_;
  storage::Connection tables_;
};

TEST_F(TrackingSendsTest, ASendGetsItsNumberWithItsFirstEventAndKeepsIt) {
  ASSERT_TRUE(prepare_sends_schema(tables_));
  record("welcome");
  const std::int64_t id = id_of("welcome");
  record("WELCOME", 1, 500);
  record("other");
  record("welcome", 2);
  EXPECT_EQ(number("SELECT count(*) FROM tracking_send"), 3);
  EXPECT_EQ(id_of("welcome"), id);
  EXPECT_EQ(id_of("other"), id + 1) << "numbers are small: clients take them for 32 bits";
  EXPECT_EQ(number("SELECT first_at_ms FROM tracking_send WHERE id = " + std::to_string(id)), 1000);
}

TEST_F(TrackingSendsTest, EventsThatWereThereBeforeGetTheirSends) {
  record("welcome", 1, 700);
  record("welcome", 1, 500);
  record("other", 1, 100);
  ASSERT_TRUE(prepare_sends_schema(tables_));
  EXPECT_EQ(id_of("welcome"), 1);
  EXPECT_EQ(id_of("other"), 2);
  EXPECT_EQ(number("SELECT first_at_ms FROM tracking_send WHERE id = 1"), 500);
}

}  // namespace
}  // namespace rekey::engagement::soap
