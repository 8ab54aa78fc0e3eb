#include "cli/run_choice.h"

#include <gtest/gtest.h>

#include <chrono>

namespace rekey::cli {
namespace {

using base::Instant;
using std::chrono::seconds;

constexpr Instant kBegun{base::Duration{1'800'000'000'000}};

TEST(StandsSince, IsTheBeginningOfThePhaseAndNotTheLastEvent) {
  rotation::Consumer shop;
  shop.name = "shop";
  std::vector<rotation::RunEvent> events;
  const auto tell = [&](rotation::EventBody body) {
    events.push_back({kBegun + seconds{events.size()}, std::move(body)});
  };
  tell(rotation::RunPlanned{});
  tell(rotation::ConsumerDeclared{shop, {base::Fingerprint{}}});
  EXPECT_EQ(stands_since(events), kBegun);
  tell(rotation::PlanAccepted{"ann", "digest"});
  tell(rotation::IntentRecorded{rotation::Effect::kWrite, "shop"});
  tell(rotation::SinkWritten{"shop"});
  tell(rotation::SinkReadBack{"shop"});
  tell(rotation::ConsumerProven{"shop"});
  tell(rotation::ConsumerReloaded{"shop", events.back().at});
  const Instant observing_since = events.back().at;
  tell(rotation::ConsumerAttested{"shop", "ann", "seen at work"});
  EXPECT_EQ(stands_since(events), observing_since);
  tell(rotation::RunParked{"somebody has to look"});
  EXPECT_EQ(stands_since(events), events.back().at);
}

}  // namespace
}  // namespace rekey::cli
