#include "credential/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rekey::credential {
namespace {

using base::Days;
using std::chrono::minutes;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

base::Instant instant(std::string_view text) {
  return base::parse_instant(text).value();
}

std::string refusal_of(const Policy& policy, const std::vector<PolicySetting>& settings) {
  const auto result = with_settings(policy, settings);
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, base::Code::kInvalidArgument);
  return result.error().detail;
}

TEST(Policy, StandardProfileIsTheTable) {
  const auto policy = standard_policy();
  EXPECT_EQ(policy.profile, Profile::kStandard);
  EXPECT_EQ(policy.time_to_live, Days{180});
  EXPECT_EQ(policy.settle, minutes{0});
  EXPECT_EQ(policy.between_generations, minutes{0});
  EXPECT_EQ(policy.between_activations, minutes{0});
  EXPECT_EQ(policy.overlap, Days{7});
  EXPECT_EQ(policy.dormancy, Days{90});
  EXPECT_FALSE(policy.fixed_end.has_value());
  EXPECT_EQ(policy.live_limit, 3);
  EXPECT_TRUE(policy.allows_extra_slots);
}

TEST(Policy, MarketingCloudProfileIsTheTable) {
  const auto policy = marketing_cloud_policy();
  EXPECT_EQ(policy.profile, Profile::kMarketingCloud);
  EXPECT_EQ(policy.time_to_live, Days{180});
  EXPECT_EQ(policy.settle, minutes{5});
  EXPECT_EQ(policy.between_generations, minutes{5});
  EXPECT_EQ(policy.between_activations, minutes{5});
  EXPECT_EQ(policy.overlap, minutes{0});
  EXPECT_EQ(policy.dormancy, Days{180});
  ASSERT_TRUE(policy.fixed_end.has_value());
  EXPECT_EQ(policy.fixed_end->ends_at, instant("2026-09-30"));
  EXPECT_EQ(policy.fixed_end->cut_off, instant("2026-03-26T23:59:59.999Z"));
  EXPECT_EQ(policy.live_limit, 2);
  EXPECT_FALSE(policy.allows_extra_slots);
}

TEST(Policy, SettingsAreShownInTheirPublishedOrder) {
  std::vector<std::string> lines;
  for (const auto& setting : settings_of(marketing_cloud_policy())) {
    lines.push_back(setting.key + "=" + setting.value);
  }
  EXPECT_THAT(lines, testing::ElementsAre(
                         "profile=marketing-cloud", "ttl=180d", "settle=5m",
                         "generation_interval=5m", "activation_interval=5m", "overlap=0s",
                         "dormancy=180d", "fixed_end=2026-09-30T00:00:00Z",
                         "fixed_end_cut_off=2026-03-26", "live_limit=2", "extra_slots=refused",
                         "usage_window=1d", "tokens=outlive_secret", "on_leak=notify"));
}

RC_GTEST_PROP(Policy, SettingsReadBackToTheSamePolicy, ()) {
  const auto millis = [](std::int64_t low, std::int64_t high) {
    return base::Duration{*rc::gen::inRange<std::int64_t>(low, high)};
  };
  auto policy = *rc::gen::element(standard_policy(), marketing_cloud_policy());
  policy.time_to_live = millis(60'000, 34'560'000'001);
  policy.settle = millis(0, 60'000);
  policy.between_generations = millis(0, 60'000);
  policy.between_activations = millis(0, 60'000);
  policy.overlap = *rc::gen::arbitrary<bool>() ? kUntilExpiry : millis(0, 34'560'000'000);
  policy.dormancy = millis(60'000, 34'560'000'001);
  policy.live_limit = *rc::gen::inRange(2, 9);
  policy.allows_extra_slots = *rc::gen::arbitrary<bool>();
  policy.usage_window = millis(0, 34'560'000'000);
  policy.ends_tokens_with_secret = *rc::gen::arbitrary<bool>();
  policy.on_leak = *rc::gen::element(OnLeak::kNotify, OnLeak::kStage, OnLeak::kRevoke);
  policy.fixed_end.reset();
  if (*rc::gen::arbitrary<bool>()) {
    const auto cut_off = base::from_millis(*rc::gen::inRange<std::int64_t>(0, 2'000'000'000'000));
    policy.fixed_end = FixedEnd{cut_off, cut_off + millis(1, 34'560'000'000)};
  }
  const auto start = *rc::gen::element(standard_policy(), marketing_cloud_policy());
  const auto read_back = with_settings(start, settings_of(policy));
  RC_ASSERT(read_back.has_value());
  RC_ASSERT(*read_back == policy);
}

TEST(Policy, ProfileResetsEverythingBeforeIt) {
  const auto policy = with_settings(
      standard_policy(), {{"ttl", "30d"}, {"profile", "marketing-cloud"}, {"settle", "3s"}});
  ASSERT_TRUE(policy.has_value());
  auto wanted = marketing_cloud_policy();
  wanted.settle = std::chrono::seconds{3};
  EXPECT_EQ(*policy, wanted);
}

TEST(Policy, ADurationTooLongToBeReadIsToldItsBounds) {
  EXPECT_THAT(refusal_of({}, {{"overlap", "9999d"}}),
              HasSubstr("overlap must be 0s to 400d, not 9999d"));
  EXPECT_THAT(refusal_of({}, {{"ttl", "99999999999999999999d12h"}}),
              HasSubstr("ttl must be 1m to 400d, not 99999999999999999999d12h"));
  EXPECT_THAT(refusal_of({}, {{"dormancy", "3651d"}}), HasSubstr("dormancy must be 1m to 400d"));
  EXPECT_THAT(refusal_of({}, {{"usage_window", "9999d"}}), HasSubstr("must be 0s to 400d"));
  EXPECT_THAT(refusal_of({}, {{"settle", "9999d"}}),
              HasSubstr("settle must be shorter than ttl (180d), not 9999d"));
  EXPECT_THAT(refusal_of({}, {{"overlap", "9999y"}}), HasSubstr("is not a duration"));
  EXPECT_THAT(refusal_of({}, {{"overlap", "-9999d"}}), HasSubstr("is not a duration"));
}

TEST(Policy, NoSettingCanSayNever) {
  EXPECT_THAT(refusal_of({}, {{"ttl", "401d"}}), HasSubstr("ttl must be 1m to 400d, not 401d"));
  EXPECT_THAT(refusal_of({}, {{"dormancy", "401d"}}), HasSubstr("dormancy must be"));
  EXPECT_THAT(refusal_of({}, {{"ttl", "0"}}), HasSubstr("ttl must be"));
  EXPECT_THAT(refusal_of({}, {{"dormancy", "59s"}}), HasSubstr("dormancy must be"));
  EXPECT_THAT(refusal_of({}, {{"overlap", "401d"}}), HasSubstr("overlap must be"));
  EXPECT_NE(refusal_of({}, {{"ttl", "never"}}), "accepted");
  EXPECT_NE(refusal_of({}, {{"dormancy", "until_expiry"}}), "accepted");
  auto endless = standard_policy();
  endless.time_to_live = base::Duration::max();
  EXPECT_FALSE(check(endless).has_value());
  endless = standard_policy();
  endless.dormancy = base::Duration::max();
  EXPECT_FALSE(check(endless).has_value());
}

TEST(Policy, BoundsThatLeaveNoRoomForARotationAreRefused) {
  EXPECT_THAT(refusal_of({}, {{"ttl", "1h"}, {"settle", "1h"}}), HasSubstr("settle must be"));
  EXPECT_THAT(refusal_of({}, {{"generation_interval", "180d"}}), HasSubstr("generation_interval"));
  EXPECT_THAT(refusal_of({}, {{"activation_interval", "180d"}}), HasSubstr("activation_interval"));
  EXPECT_THAT(refusal_of({}, {{"live_limit", "1"}}), HasSubstr("live_limit must be 2 to 8"));
  EXPECT_THAT(refusal_of({}, {{"live_limit", "9"}}), HasSubstr("live_limit must be 2 to 8"));
}

TEST(Policy, AnUnknownKeyIsAnsweredWithTheNearestOne) {
  EXPECT_THAT(refusal_of({}, {{"setle", "3s"}}), HasSubstr("did you mean \"settle\"?"));
  EXPECT_THAT(refusal_of({}, {{"colour", "red"}}), HasSubstr("known are profile, ttl"));
}

TEST(Policy, AValueThatCannotBeReadNamesItsKey) {
  EXPECT_THAT(refusal_of({}, {{"ttl", "soon"}}), HasSubstr("ttl"));
  EXPECT_THAT(refusal_of({}, {{"live_limit", "3x"}}), HasSubstr("live_limit"));
  EXPECT_THAT(refusal_of({}, {{"live_limit", ""}}), HasSubstr("live_limit"));
  EXPECT_THAT(refusal_of({}, {{"extra_slots", "yes"}}), HasSubstr("\"allowed\" or \"refused\""));
  EXPECT_THAT(refusal_of({}, {{"tokens", "no"}}), HasSubstr("end_with_secret"));
  EXPECT_THAT(refusal_of({}, {{"on_leak", "none"}}), HasSubstr("\"revoke\""));
  EXPECT_THAT(refusal_of({}, {{"profile", "mce"}}), HasSubstr("marketing-cloud"));
}

TEST(Policy, AFixedEndNeedsItsCutOff) {
  EXPECT_THAT(refusal_of({}, {{"fixed_end", "2026-09-30"}}), HasSubstr("set fixed_end_cut_off"));
  EXPECT_THAT(refusal_of({}, {{"fixed_end_cut_off", "2026-03-26"}}),
              HasSubstr("set fixed_end too"));
  EXPECT_THAT(refusal_of({}, {{"fixed_end", "2026-03-26"}, {"fixed_end_cut_off", "2026-03-26"}}),
              HasSubstr("must be later than fixed_end_cut_off"));
  const auto cleared = with_settings(marketing_cloud_policy(), {{"fixed_end", "none"}});
  ASSERT_TRUE(cleared.has_value());
  EXPECT_FALSE(cleared->fixed_end.has_value());
}

TEST(Policy, APackageMayTightenItsTenantsPolicy) {
  const std::vector<PolicySetting> overrides{{"ttl", "30d"},
                                             {"overlap", "1h"},
                                             {"dormancy", "10d"},
                                             {"live_limit", "2"},
                                             {"settle", "2m"},
                                             {"extra_slots", "refused"},
                                             {"tokens", "end_with_secret"},
                                             {"on_leak", "revoke"}};
  EXPECT_TRUE(check_overrides(standard_policy(), overrides).has_value());
  const auto policy = with_overrides(standard_policy(), overrides);
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->time_to_live, Days{30});
  EXPECT_EQ(policy->settle, minutes{2});
  EXPECT_EQ(policy->live_limit, 2);
}

TEST(Policy, APackageMayNotLoosenItsTenantsPolicy) {
  const std::vector<PolicySetting> laxer_ones{
      {"ttl", "181d"},     {"overlap", "8d"},   {"overlap", "until_expiry"},
      {"dormancy", "91d"}, {"live_limit", "4"}, {"usage_window", "1h"}};
  for (const auto& setting : laxer_ones) {
    const auto status = check_overrides(standard_policy(), {setting});
    ASSERT_FALSE(status.has_value()) << setting.key;
    EXPECT_THAT(status.error().detail, HasSubstr(setting.key + " can be no laxer than"));
  }
  for (const auto& setting :
       {PolicySetting{"extra_slots", "allowed"}, PolicySetting{"generation_interval", "1m"},
        PolicySetting{"activation_interval", "1m"}}) {
    EXPECT_FALSE(check_overrides(marketing_cloud_policy(), {setting}).has_value()) << setting.key;
  }
  for (const auto* key : {"profile", "fixed_end", "fixed_end_cut_off"}) {
    const auto status = check_overrides(standard_policy(), {{key, "none"}});
    ASSERT_FALSE(status.has_value()) << key;
    EXPECT_THAT(status.error().detail, HasSubstr("belongs to the tenant's policy"));
  }
}

TEST(Policy, OnALeakAPackageMayDoMoreThanItsTenantSaysAndNoLess) {
  auto tenant = standard_policy();
  tenant.on_leak = OnLeak::kStage;
  EXPECT_TRUE(check_overrides(tenant, {{"on_leak", "revoke"}}).has_value());
  EXPECT_FALSE(check_overrides(tenant, {{"on_leak", "notify"}}).has_value());
  EXPECT_EQ(with_overrides(tenant, {{"on_leak", "notify"}})->on_leak, OnLeak::kStage);
}

TEST(Policy, ATenantThatTightensReachesPackagesWithOlderOverrides) {
  auto tenant = standard_policy();
  tenant.time_to_live = Days{20};
  const auto policy = with_overrides(tenant, {{"ttl", "30d"}});
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->time_to_live, Days{20});
}

TEST(Policy, WarnsWhereDormancyCanBiteOnlyImports) {
  EXPECT_THAT(warnings_about(standard_policy()), IsEmpty());
  EXPECT_THAT(warnings_about(marketing_cloud_policy()), Contains(HasSubstr("only imported")));
}

TEST(Policy, WarnsOfCombinationsThatAreProbablyNotMeant) {
  const auto warnings_for = [](const std::vector<PolicySetting>& settings) {
    return warnings_about(with_settings(standard_policy(), settings).value());
  };
  EXPECT_THAT(warnings_for({{"live_limit", "2"}}), Contains(HasSubstr("nothing can be staged")));
  EXPECT_THAT(warnings_for({{"overlap", "0"}, {"usage_window", "0"}}),
              Contains(HasSubstr("without asking who still uses it")));
  EXPECT_THAT(warnings_for({{"ttl", "10m"}, {"dormancy", "5m"}}),
              Contains(HasSubstr("shorter than a day")));
}

}  // namespace
}  // namespace rekey::credential
