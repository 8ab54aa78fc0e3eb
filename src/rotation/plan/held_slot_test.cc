#include "rotation/plan/held_slot.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

using base::Secret;
using Slots = std::vector<std::string>;

IssuedSecret shown(const std::string& slot, std::optional<std::string> prefix,
                   SecretState state = SecretState::kActive) {
  IssuedSecret secret;
  secret.id = "sec_" + slot;
  secret.slot = slot;
  secret.state = state;
  secret.shown_prefix = std::move(prefix);
  return secret;
}

TEST(HeldSlot, AValueOfAnotherSlotIsKnownByWhatTheIssuerShowsOfIt) {
  const std::string random(59, 'a');
  const Secret foreign("SFMC_" + random);
  const std::vector<IssuedSecret> secrets{shown("-", ""), shown("bbbbbb", "SFMC_")};
  EXPECT_EQ(slots_elsewhere(foreign, secrets, "-"), Slots{"bbbbbb"});
  EXPECT_EQ(slots_elsewhere(foreign, secrets, "bbbbbb"), Slots{});
  EXPECT_EQ(slots_elsewhere(Secret("legacy0123456789abcdefgh"), secrets, "-"), Slots{});
  EXPECT_EQ(slots_elsewhere(Secret("legacy0123456789abcdefgh"), secrets, "bbbbbb"), Slots{"-"});
}

TEST(HeldSlot, WhereNothingTellsThemApartNothingIsSaid) {
  const Secret legacy("legacy0123456789abcdefgh");
  EXPECT_EQ(slots_elsewhere(legacy, {shown("-", ""), shown("bbbbbb", "")}, "-"), Slots{});
  EXPECT_EQ(slots_elsewhere(legacy, {shown("-", {}), shown("bbbbbb", {})}, "-"), Slots{});
  EXPECT_EQ(slots_elsewhere(legacy, {}, "-"), Slots{});
}

TEST(HeldSlot, OnlyWhatIsAcceptedCanBeIt) {
  const Secret legacy("legacy0123456789abcdefgh");
  const std::vector<IssuedSecret> secrets{shown("-", "", SecretState::kEnded),
                                          shown("bbbbbb", "", SecretState::kSuperseded),
                                          shown("cccccc", "", SecretState::kSettling)};
  EXPECT_EQ(slots_elsewhere(legacy, secrets, "-"), Slots{"bbbbbb"});
}

}  // namespace
}  // namespace rekey::rotation
