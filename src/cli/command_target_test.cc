#include "cli/command_target.h"

#include <gtest/gtest.h>

namespace rekey::cli {
namespace {

const CommandTarget kBoth{"conf/all.yaml", "Order sync"};

TEST(CommandTarget, ACommandGetsWhatItTakesAndLacks) {
  EXPECT_EQ(complete_commands("start `rekey rotate`, then `rekey run show`.", kBoth),
            "start `rekey rotate -f conf/all.yaml -i 'Order sync'`, then `rekey run show -f "
            "conf/all.yaml -i 'Order sync'`.");
  EXPECT_EQ(complete_commands("`rekey run attest shop --reason TEXT`", {"", "Shop"}),
            "`rekey run attest shop --reason TEXT -i Shop`");
  EXPECT_EQ(complete_commands("`rekey rotate`", {"", ""}), "`rekey rotate`");
  EXPECT_EQ(complete_commands("`rekey inventory check`", kBoth),
            "`rekey inventory check -f conf/all.yaml`");
}

TEST(CommandTarget, WhatIsThereStaysAndWhatIsNotTakenIsNotAdded) {
  for (const char* text :
       {"`rekey rotate -i Other -f x.yaml`", "`rekey rotate --integration=Other --file x.yaml`",
        "`rekey seal --to ADDRESS`", "`rekey secret list x`", "`rekey nonsense`", "rekey rotate",
        "`other rekey rotate`", "`rekey plan --help`", "`rekey scan`",
        "`rekey scan --verify`, as its user agent says", "an odd ` and `rekey rotate`"}) {
    EXPECT_EQ(complete_commands(text, kBoth), text);
  }
  EXPECT_EQ(complete_commands("`rekey rotate --due`", kBoth),
            "`rekey rotate --due -f conf/all.yaml`");
  EXPECT_EQ(complete_commands("`rekey scan --known .`", kBoth),
            "`rekey scan --known . -f conf/all.yaml`");
  const std::string once = complete_commands("`rekey rotate`", kBoth);
  EXPECT_EQ(complete_commands(once, kBoth), once);
}

TEST(CommandTarget, EveryTextOfACardIsCompleted) {
  const rotation::Card card{"T",           "`rekey plan`", {}, {"`rekey plan`"}, {"`rekey plan`"},
                            "`rekey plan`"};
  const auto done = complete_commands(card, {"", "Shop"});
  for (const std::string& text : {done.why, done.steps[0], done.stops[0], done.way_back}) {
    EXPECT_EQ(text, "`rekey plan -i Shop`");
  }
}

}  // namespace
}  // namespace rekey::cli
