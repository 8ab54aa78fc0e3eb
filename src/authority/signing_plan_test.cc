#include "authority/signing_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rekey::authority {
namespace {

using crypto::JwsAlgorithm;

const base::Instant kStart = base::from_millis(1'800'000'000'000);

SigningKey key_of(int number, base::Instant published_at, base::Instant signs_from,
                  JwsAlgorithm algorithm = JwsAlgorithm::kEs256) {
  return {"key" + std::to_string(number), algorithm, published_at, signs_from, {}};
}

std::string state_of(const SigningKeyList& keys, std::size_t index, base::Instant now) {
  return std::string(name_of(state_at(times_of(keys, keys[index]), now)));
}

TEST(SigningPlan, LetsTheFirstKeySignAtOnce) {
  EXPECT_TRUE(needs_next_key({}, JwsAlgorithm::kEs256, kStart));
  EXPECT_EQ(next_signs_from({}, JwsAlgorithm::kEs256, kStart), kStart);
}

TEST(SigningPlan, PublishesSignsAndRetires) {
  const base::Instant change = kStart + base::Days{90};
  const SigningKeyList keys{key_of(1, kStart, kStart), key_of(2, change - kPublishedAhead, change)};
  EXPECT_EQ(state_of(keys, 0, kStart), "signing");
  EXPECT_EQ(state_of(keys, 1, change - base::Duration{1}), "published");
  EXPECT_EQ(state_of(keys, 0, change - base::Duration{1}), "signing");
  EXPECT_EQ(state_of(keys, 0, change), "retired");
  EXPECT_EQ(state_of(keys, 1, change), "signing");
  EXPECT_EQ(state_of(keys, 0, change + kKeptRetired - base::Duration{1}), "retired");
  EXPECT_EQ(state_of(keys, 0, change + kKeptRetired), "gone");
}

TEST(SigningPlan, AsksForTheNextKeySoThatItIsPublishedInTime) {
  SigningKeyList keys{key_of(1, kStart, kStart)};
  const base::Instant due = kStart + kSigningTime - kPublishedAhead;
  EXPECT_FALSE(needs_next_key(keys, JwsAlgorithm::kEs256, due - base::Duration{1}));
  ASSERT_TRUE(needs_next_key(keys, JwsAlgorithm::kEs256, due));
  keys.push_back(key_of(2, due, next_signs_from(keys, JwsAlgorithm::kEs256, due)));
  EXPECT_EQ(keys.back().signs_from, due + kPublishedAhead);
  EXPECT_FALSE(needs_next_key(keys, JwsAlgorithm::kEs256, due));
}

TEST(SigningPlan, KeepsTheAlgorithmsApart) {
  const SigningKeyList keys{key_of(1, kStart, kStart)};
  EXPECT_TRUE(needs_next_key(keys, JwsAlgorithm::kRs256, kStart));
  EXPECT_EQ(next_signs_from(keys, JwsAlgorithm::kRs256, kStart), kStart);
}

TEST(SigningPlan, LetsAWithdrawnKeyGoAtOnceAndTheNextOneSignAtOnce) {
  const base::Instant found = kStart + base::Days{3};
  SigningKeyList keys{key_of(1, kStart, kStart)};
  keys[0].withdrawn_at = found;
  EXPECT_EQ(state_of(keys, 0, found - base::Duration{1}), "signing");
  EXPECT_EQ(state_of(keys, 0, found), "gone");
  EXPECT_EQ(next_signs_from(keys, JwsAlgorithm::kEs256, found), found);
  keys.push_back(key_of(2, found, found));
  EXPECT_EQ(state_of(keys, 1, found), "signing");
}

TEST(SigningPlan, AWithdrawnKeyDoesNotBringBackTheOneBeforeIt) {
  const base::Instant change = kStart + base::Days{90};
  const base::Instant found = change + base::Days{30};
  SigningKeyList keys{key_of(1, kStart, kStart), key_of(2, change - kPublishedAhead, change)};
  ASSERT_EQ(state_of(keys, 0, found), "gone");
  keys[1].withdrawn_at = found;
  EXPECT_EQ(state_of(keys, 0, found), "gone");
  EXPECT_TRUE(needs_next_key(keys, JwsAlgorithm::kEs256, found));
  EXPECT_EQ(next_signs_from(keys, JwsAlgorithm::kEs256, found), found);
}

TEST(SigningPlan, AKeyThatIsWithdrawnBeforeItSignsLeavesTheOneBeforeItInPlace) {
  const base::Instant change = kStart + base::Days{90};
  SigningKeyList keys{key_of(1, kStart, kStart), key_of(2, change - kPublishedAhead, change)};
  keys[1].withdrawn_at = change - base::Duration{1};
  EXPECT_EQ(state_of(keys, 0, change), "signing");
  EXPECT_TRUE(needs_next_key(keys, JwsAlgorithm::kEs256, change));
}

// Whatever rotations were asked for, in whatever distance: one key signs at each instant, it was in
// the JWKS for longer than copies of it are kept, and stays there until its tokens are over.
RC_GTEST_PROP(SigningPlan, AlwaysHasOneKeyThatVerifiersKnow, ()) {
  SigningKeyList keys;
  base::Instant now = kStart;
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 60 * 24 * 40));
  const auto add = [&] {
    keys.push_back(key_of(static_cast<int>(keys.size()), now,
                          next_signs_from(keys, JwsAlgorithm::kEs256, now)));
  };
  add();
  for (const int minutes : steps) {
    now += std::chrono::minutes{minutes};
    if (minutes % 2 == 0 || needs_next_key(keys, JwsAlgorithm::kEs256, now)) add();
    int signing = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const SigningTimes times = times_of(keys, keys[i]);
      if (state_at(times, now) != SigningKeyState::kSigning) continue;
      ++signing;
      RC_ASSERT(i == 0 || now >= keys[i].published_at + kPublishedAhead);
      RC_ASSERT(times.gone_at == base::kFarFuture ||
                times.gone_at >= times.signs_until + kJwtLifetime);
    }
    RC_ASSERT(signing == 1);
  }
}

}  // namespace
}  // namespace rekey::authority
