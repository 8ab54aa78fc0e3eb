#include "storage/step_limit.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"
#include "storage/select.h"

namespace rekey::storage {
namespace {

using base::Code;

constexpr std::string_view kLong =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
    "SELECT count(*) FROM n";

class StepLimitTest : public ::testing::Test {
 protected:
  base::Result<std::int64_t> ask(std::string_view sql) { return count(select(tables_, sql)); }

  platform::TempFolder temp_;
  Connection tables_ = *Connection::open(temp_ / "x.db", OpenMode::kReadWriteCreate);
};

TEST_F(StepLimitTest, AStatementThatGoesBeyondIsEndedAndTheNextThreadGoesOn) {
  EXPECT_EQ(ask(kLong).value_or(0), 100'000);
  const std::atomic<std::int64_t> few = 10'000;
  {
    const StepLimit limit(few);
    const auto status = tables_.in_snapshot([&]() -> base::Status {
      REKEY_TRY(const std::int64_t rows, ask(kLong));
      static_cast<void>(rows);
      return {};
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kTimeout) << status.error().detail;
    EXPECT_FALSE(tables_.is_in_transaction());
    EXPECT_EQ(ask("SELECT 7").value_or(0), 7);
  }
  EXPECT_EQ(ask(kLong).value_or(0), 100'000) << "the limit has ended";
}

TEST_F(StepLimitTest, StatementsShareIt) {
  const std::atomic<std::int64_t> enough_for_one = 2'000'000;
  const StepLimit limit(enough_for_one);
  EXPECT_TRUE(ask(kLong));
  EXPECT_FALSE(ask(kLong) && ask(kLong));
}

TEST_F(StepLimitTest, MayBeLoweredMeanwhile) {
  std::atomic<std::int64_t> steps = 100'000'000;
  const StepLimit limit(steps);
  EXPECT_TRUE(ask(kLong));
  steps = 0;
  EXPECT_FALSE(ask(kLong));
}

}  // namespace
}  // namespace rekey::storage
