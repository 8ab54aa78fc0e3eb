#include "rotation/inventory/due.h"

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

TEST(Due, OfASecretThatLivesShortTheFirstHalfIsLeftAlone) {
  for (int client = 0; client < 30; ++client) {
    Inventory one;
    one.client_id = "client-" + std::to_string(client);
    one.generated_at = kEnd - base::Days{20};
    EXPECT_LE(due_of(one, kEnd), kEnd - base::Days{10});
    EXPECT_GE(due_of(one, kEnd), kEnd - base::Days{13}) << "one just rotated would be due again";
    one.lead = base::Days{3};
    EXPECT_GE(due_of(one, kEnd), kEnd - base::Days{6});
  }
}

TEST(Due, AFreezeOverTheEndIsBegunBefore) {
  Inventory one;
  one.client_id = "client";
  one.lead = base::Days{3};
  const auto without = due_of(one, kEnd);  // on the 29th
  one.freezes = {parse_freeze("2027-03-01..2027-03-10").value()};
  EXPECT_EQ(due_of(one, kEnd), without) << "enough is left after it";
  one.freezes.push_back(parse_freeze("2027-03-25..2027-04-05").value());
  EXPECT_EQ(end_beside_freezes(kEnd, one.freezes), one.freezes[1].from);
  EXPECT_EQ(due_of(one, kEnd), without - (kEnd - one.freezes[1].from));
  one.freezes.push_back(parse_freeze("2027-03-20..2027-03-24").value());
  EXPECT_EQ(end_beside_freezes(kEnd, one.freezes), one.freezes[2].from) << "nothing lies between";
  one.freezes = {parse_freeze("2027-03-20..2027-03-27").value()};
  EXPECT_EQ(end_beside_freezes(kEnd, one.freezes), one.freezes[0].from) << "one day is too short";
}

TEST(Due, TheJitterIsTheIntegrationsOwnWhereItHasOne) {
  std::map<base::Instant, int> days;
  for (int client = 0; client < 60; ++client) {
    Inventory one;
    one.client_id = "client-" + std::to_string(client);
    one.jitter = base::Days{3};
    ++days[due_of(one, kEnd)];
    one.jitter = base::Duration{0};
    EXPECT_EQ(due_of(one, kEnd), kEnd - kUsualLead);
  }
  EXPECT_EQ(days.size(), 4u);
  EXPECT_EQ(days.begin()->first, kEnd - kUsualLead - base::Days{3});
}

TEST(Due, AFreezeInTheWayOfTheEndIsWarnedOf) {
  Inventory one;
  const base::Instant now = kEnd - base::Days{100};
  one.freezes = {parse_freeze("2027-03-01..2027-03-10").value()};
  EXPECT_EQ(warn_of_freeze(one, now), "") << "nobody knows its end";
  one.expires_at = kEnd;
  EXPECT_EQ(warn_of_freeze(one, now), "");
  one.freezes.push_back(parse_freeze("2027-03-25..2027-04-05").value());
  EXPECT_EQ(warn_of_freeze(one, now),
            "the freeze 2027-03-25..2027-04-05 lies over its end (2027-03-29T00:00:00Z): its "
            "rotation has to be over by 2027-03-25T00:00:00Z");
  EXPECT_NE(warn_of_freeze(one, kEnd - base::Days{1}).find("nothing is begun before it is over"),
            std::string::npos);
  EXPECT_EQ(warn_of_freeze(one, kEnd), "") << "it is over";
  one.freezes.back() = parse_freeze("2027-03-20..2027-03-27").value();
  EXPECT_NE(warn_of_freeze(one, now).find("leaves less than two days"), std::string::npos);
}

}  // namespace
}  // namespace rekey::rotation
