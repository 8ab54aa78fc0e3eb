#include "authority/sweeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/first_start.h"
#include "authority/open_folder.h"
#include "platform/temp_folder.h"

namespace rekey::authority {
namespace {

using testing::HasSubstr;

constexpr base::Duration kSecond = std::chrono::seconds{1};
// So long that it has no part in these tests.
constexpr base::Duration kInterval = base::Days{1000};

// Changes and a sweeper over a folder of their own; the admin package's secret lives 180 days.
class SweeperTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ensure_tenant(changes_, {}, opened_.root_key));
    ASSERT_TRUE(sweeper_.sweep(clock_.now()));
  }

  [[nodiscard]] base::Status make_admin_package() {
    ValueKeys keys(opened_.root_key);
    return ensure_admin_package(changes_, files_, opened_.folder, keys);
  }

  platform::TempFolder temp_;
  platform::SystemFiles files_;
  platform::SetClock clock_{*base::parse_instant("2026-11-24T10:00:00Z")};
  telemetry::Logger logger_{telemetry::LogFormat::kText, telemetry::Level::kError};
  telemetry::Metrics metrics_;
  UsageMeter usage_;
  RefusalCounter refusals_{clock_.now()};
  OpenFolder opened_ = *open_folder(files_, temp_ / "data", "", IfMissing::kMake);
  storage::Connection reads_ =
      *storage::Connection::open(opened_.folder.database(), storage::OpenMode::kReadOnly);
  storage::Writer writer_{std::move(opened_.connection)};
  Changes changes_{writer_,
                   clock_,
                   logger_,
                   metrics_,
                   {.last_used_at = [this](auto id) { return usage_.last_used_at(id); },
                    .publish_tenant = [](const auto&) {},
                    .publish = [](const auto&, const auto&) {}},
                   std::nullopt};
  Sweeper sweeper_{std::move(reads_), changes_, usage_, refusals_, metrics_, kInterval};
};

TEST_F(SweeperTest, TheGaugesFollowAChangeWithoutASweep) {
  ASSERT_TRUE(make_admin_package());
  EXPECT_THAT(metrics_.text(), HasSubstr("rekey_secrets_live 1\n"));
  clock_.advance(base::Days{170});
  ASSERT_TRUE(sweeper_.tick(clock_.now()));
  EXPECT_THAT(metrics_.text(), HasSubstr("rekey_secrets_ending_within_30_days 1\n"));
}

TEST_F(SweeperTest, AnEndThatCameWithAChangeSinceTheLastSweepIsWrittenDownInTime) {
  ASSERT_TRUE(make_admin_package());
  ASSERT_TRUE(sweeper_.tick(clock_.now()));
  clock_.advance(base::Days{180} - kSecond);
  ASSERT_TRUE(sweeper_.tick(clock_.now()));
  EXPECT_THAT(metrics_.text(), HasSubstr("rekey_secrets_live 1\n"));
  clock_.advance(kSecond);
  ASSERT_TRUE(sweeper_.tick(clock_.now()));
  EXPECT_THAT(metrics_.text(), HasSubstr("rekey_secrets_live 0\n"));
  EXPECT_THAT(metrics_.text(), HasSubstr("rekey_secrets_ending_within_30_days 0\n"));
}

}  // namespace
}  // namespace rekey::authority
