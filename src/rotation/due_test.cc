#include "rotation/due.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

namespace rekey::rotation {
namespace {

const base::Instant kEnd = base::parse_instant("2027-03-29T00:00:00Z").value();

TEST(Due, SecretsThatEndOnOneDayAreSpreadOverTheDaysBeforeTheLead) {
  std::map<base::Instant, int> days;
  for (int client = 0; client < 300; ++client) {
    ++days[due_at("client-" + std::to_string(client), kEnd, base::Days{45}, base::Days{14})];
  }
  EXPECT_EQ(days.size(), 15u);
  EXPECT_EQ(days.rbegin()->first, kEnd - base::Days{45});
  EXPECT_EQ(days.begin()->first, kEnd - base::Days{59});
  for (const auto& [day, count] : days) EXPECT_LT(count, 60) << base::format_instant(day);
}

RC_GTEST_PROP(Due, IsTheSameForTheSameClientAndNeverLaterThanTheLead, (const std::string& client)) {
  const auto due = due_at(client, kEnd);
  RC_ASSERT(due == due_at(client, kEnd));
  RC_ASSERT(due <= kEnd - kUsualLead);
  RC_ASSERT(due >= kEnd - kUsualLead - kUsualSpread);
  RC_ASSERT(due_at(client, kEnd, base::Days{30}, base::Duration{0}) == kEnd - base::Days{30});
}

}  // namespace
}  // namespace rekey::rotation
