#include "authority/usage_meter.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace rekey::authority {
namespace {

constexpr credential::SecretId kSecret{17};
const base::Instant kStart = base::from_millis(1'800'000'000'000);

net::PeerAddress peer(int last = 7) {
  return *net::parse_address("192.0.2." + std::to_string(last));
}

TEST(UsageMeter, KnowsNothingOfASecretThatNobodyUsed) {
  UsageMeter meter;
  const auto& secret = meter.meter_of(kSecret, "-");
  EXPECT_EQ(UsageMeter::last_used_millis(secret), 0);
  EXPECT_EQ(meter.last_used_at(kSecret), std::nullopt);
  EXPECT_TRUE(meter.rows(kSecret).empty());
  EXPECT_TRUE(meter.take_changed().empty());
}

TEST(UsageMeter, CountsACallerWithItsFirstAndLastSight) {
  UsageMeter meter;
  auto& secret = meter.meter_of(kSecret, "a1B2c3");
  meter.note(secret, peer(), "tests/1", kStart);
  meter.note(secret, peer(), "tests/1", kStart + std::chrono::seconds{5});
  const std::vector<UsageRow> expected{{kSecret,
                                        {"192.0.2.7", "tests/1", "a1B2c3", false},
                                        kStart,
                                        kStart + std::chrono::seconds{5},
                                        2}};
  EXPECT_EQ(meter.rows(kSecret), expected);
  EXPECT_EQ(meter.last_used_at(kSecret), kStart + std::chrono::seconds{5});
}

TEST(UsageMeter, NeverGoesBackInTime) {
  UsageMeter meter;
  auto& secret = meter.meter_of(kSecret, "-");
  meter.note(secret, peer(), "a", kStart);
  meter.note(secret, peer(), "a", kStart - std::chrono::seconds{1});
  EXPECT_EQ(meter.last_used_at(kSecret), kStart);
  EXPECT_EQ(meter.rows(kSecret).front().last_seen, kStart);
}

TEST(UsageMeter, PutsTheSixtyFifthCallerAmongTheOthers) {
  UsageMeter meter;
  auto& secret = meter.meter_of(kSecret, "-");
  for (int i = 0; i < 66; ++i) meter.note(secret, peer(i), "a", kStart);
  meter.note(secret, peer(0), "a", kStart);
  const auto rows = meter.rows(kSecret);
  ASSERT_EQ(rows.size(), UsageMeter::kMaxCallers + 1);
  EXPECT_EQ(rows.front().count, 2);
  EXPECT_TRUE(rows.back().caller.is_other);
  EXPECT_EQ(rows.back().caller.network, "");
  EXPECT_EQ(rows.back().count, 2);
}

TEST(UsageMeter, GivesChangedRowsOnceWithTheirTotals) {
  UsageMeter meter;
  auto& secret = meter.meter_of(kSecret, "-");
  auto& quiet = meter.meter_of({18}, "-");
  meter.note(secret, peer(1), "a", kStart);
  meter.note(secret, peer(2), "a", kStart);
  meter.note(quiet, peer(2), "a", kStart);
  EXPECT_EQ(meter.take_changed().size(), 3u);
  EXPECT_TRUE(meter.take_changed().empty());

  meter.note(secret, peer(2), "a", kStart);
  const auto changed = meter.take_changed();
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed.front().caller.network, "192.0.2.2");
  EXPECT_EQ(changed.front().count, 2);
}

TEST(UsageMeter, GivesRowsAgainWhoseWriteFailed) {
  UsageMeter meter;
  meter.note(meter.meter_of(kSecret, "-"), peer(), "a", kStart);
  const auto first = meter.take_changed();
  meter.mark_changed(kSecret);
  EXPECT_EQ(meter.take_changed(), first);
}

TEST(UsageMeter, GoesOnWhereARestoredRowEnded) {
  UsageMeter before;
  for (int i = 0; i < 70; ++i) before.note(before.meter_of(kSecret, "-"), peer(i), "a", kStart);
  UsageMeter meter;
  for (const UsageRow& row : before.rows(kSecret)) meter.restore(row);
  EXPECT_EQ(meter.rows(kSecret), before.rows(kSecret));
  EXPECT_EQ(meter.last_used_at(kSecret), kStart);
  EXPECT_TRUE(meter.take_changed().empty());

  meter.note(meter.meter_of(kSecret, "-"), peer(3), "a", kStart + std::chrono::seconds{1});
  const auto changed = meter.take_changed();
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed.front().count, 2);
  EXPECT_EQ(changed.front().first_seen, kStart);
}

TEST(UsageMeterThreaded, LosesNoCountBetweenWorkersAndTheFlush) {
  constexpr int kThreads = 3;
  constexpr int kNotes = 20'000;
  UsageMeter meter;
  auto& secret = meter.meter_of(kSecret, "-");
  std::atomic<int> running{kThreads};
  std::vector<std::thread> workers;
  for (int thread = 0; thread < kThreads; ++thread) {
    workers.emplace_back([&, thread] {
      for (int i = 0; i < kNotes; ++i) {
        meter.note(secret, peer(thread * 40 + i % 40), "a", kStart + base::Duration{i});
      }
      --running;
    });
  }
  std::vector<UsageRow> last_written;
  const auto flush = [&] {
    for (UsageRow& row : meter.take_changed()) {
      std::erase_if(last_written, [&](const UsageRow& old) { return old.caller == row.caller; });
      last_written.push_back(std::move(row));
    }
  };
  while (running.load() > 0) flush();
  for (std::thread& worker : workers) worker.join();
  flush();

  std::int64_t written = 0;
  for (const UsageRow& row : last_written) written += row.count;
  EXPECT_EQ(written, kThreads * kNotes);
  EXPECT_EQ(last_written.size(), UsageMeter::kMaxCallers + 1);
  EXPECT_EQ(meter.last_used_at(kSecret), kStart + base::Duration{kNotes - 1});
}

}  // namespace
}  // namespace rekey::authority
