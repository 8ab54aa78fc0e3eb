#include "rotation/machine/rhythm.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kNow{Duration{1'800'000'000'000}};
constexpr Duration kTokenLife = minutes{18};

Consumer shop(Duration interval) {
  Consumer consumer;
  consumer.name = "shop";
  consumer.seen_as.user_agent = "shop";
  consumer.interval = interval;
  return consumer;
}

// So many requests, evenly, the last one that long ago.
struct Asked {
  std::int64_t count = 0;
  Duration span{};
  Duration ago{};
  std::string secret = "old";
  std::optional<Duration> longest_gap{};
};

Rhythm observed(const std::vector<Asked>& all) {
  UsageReport usage{{}, kNow - std::chrono::hours{24}, kNow};
  for (const Asked& one : all) {
    usage.rows.push_back({one.secret,
                          {"10.0.0.1", "shop", "-", false},
                          kNow - one.ago - one.span,
                          kNow - one.ago,
                          one.count,
                          one.longest_gap});
  }
  return observe_rhythm(usage, shop({}).seen_as, {"old"}, kTokenLife);
}

TEST(Rhythm, WithoutADeclaredIntervalTheLifeOfATokenCounts) {
  EXPECT_EQ(longest_interval(shop({}), observed({})), kTokenLife);
  EXPECT_EQ(longest_interval(shop({}), Rhythm{}), Duration{0}) << "nobody told it";
}

TEST(Rhythm, WhoKeepsWhatItReadKeepsTheOldValueForThatLongToo) {
  Consumer caching = shop({});
  caching.reload.by_itself = ReloadForm::kCached;
  caching.reload.every = minutes{20};
  EXPECT_EQ(longest_interval(caching, observed({})), minutes{38});
  EXPECT_EQ(longest_interval(caching, Rhythm{}), Duration{0}) << "half of it is not known";
}

TEST(Rhythm, ALongerIntervalHoldsAsItIsDeclared) {
  EXPECT_EQ(longest_interval(shop(std::chrono::hours{24}), observed({})), std::chrono::hours{24});
}

TEST(Rhythm, AShorterIntervalHoldsOnlyWhereUsageBeforeTheRunConfirmsIt) {
  const Consumer consumer = shop(seconds{10});
  const auto counts = [&](const Asked& asked) {
    return longest_interval(consumer, observed({asked})) == seconds{10};
  };
  EXPECT_TRUE(counts({6, seconds{40}, seconds{2}}));
  EXPECT_FALSE(counts({0, {}, {}})) << "never seen";
  EXPECT_FALSE(counts({3, seconds{20}, seconds{2}})) << "too few";
  EXPECT_FALSE(counts({6, seconds{60}, seconds{2}})) << "12 s between two";
  EXPECT_FALSE(counts({6, seconds{40}, seconds{11}})) << "the last one is too long ago";
  EXPECT_FALSE(counts({6, seconds{5}, seconds{2}})) << "watched for less than the interval";
  EXPECT_FALSE(counts({6, seconds{40}, seconds{2}, "another"}));
  EXPECT_FALSE(counts({60, seconds{240}, seconds{2}, "old", seconds{30}})) << "it works in bursts";
  EXPECT_TRUE(is_overruled(consumer, observed({})));
}

TEST(Rhythm, EveryInstanceHasToConfirmItButThoseThatAreGone) {
  const Consumer consumer = shop(seconds{10});
  EXPECT_TRUE(
      is_overruled(consumer, observed({{6, seconds{40}, seconds{2}}, {1, {}, seconds{1}}})));
  EXPECT_FALSE(
      is_overruled(consumer, observed({{6, seconds{40}, seconds{2}}, {1, {}, minutes{19}}})));
}

TEST(Rhythm, WhoAskedWithinItsIntervalIsAlive) {
  EXPECT_TRUE(was_alive(shop({}), observed({{2, minutes{18}, minutes{17}}})));
  EXPECT_FALSE(was_alive(shop({}), observed({{2, minutes{18}, minutes{19}}})));
  EXPECT_FALSE(was_alive(shop({}), observed({{2, minutes{19}, minutes{1}}}))) << "it asks seldom";
  EXPECT_FALSE(was_alive(shop({}), observed({{1, {}, minutes{1}}}))) << "once is no rhythm";
  EXPECT_FALSE(was_alive(shop({}), observed({})));
  EXPECT_FALSE(was_alive(shop(seconds{10}), std::nullopt)) << "an older journal does not tell";
}

TEST(Rhythm, SaysInWordsWhatCountsAndWhy) {
  const Asked regular{6, seconds{40}, seconds{2}};
  EXPECT_EQ(describe_interval(shop(seconds{10}), observed({regular})),
            "10s, declared and confirmed by usage before the run");
  EXPECT_EQ(describe_interval(shop(seconds{10}), observed({})),
            "18m, as long as its tokens live: 10s is declared, and usage before the run does not "
            "confirm it");
  EXPECT_EQ(describe_interval(shop({}), observed({})), "18m, as long as its tokens live");
}

}  // namespace
}  // namespace rekey::rotation
