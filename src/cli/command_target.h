// Commands in texts, such as `rekey run show`, completed so that they work where they are pasted:
// with the inventory and the integration that the command at work was given.
//
// The texts come from rooms that know of neither, and stand in journals too; so this is done where
// they are printed, once for all of them.
#pragma once

#include <string>
#include <string_view>

#include "rotation/drivers/administrator.h"

namespace rekey::cli {

// Empty: what a command takes anyway.
struct CommandTarget {
  std::string file{};         // -f FILE
  std::string integration{};  // -i NAME
};

// Each command between backticks gets the options that it takes and lacks, at its end and quoted
// for a shell. The rest stays as it is; doing it twice changes nothing.
[[nodiscard]] std::string complete_commands(std::string_view text, const CommandTarget& target);
[[nodiscard]] rotation::Card complete_commands(rotation::Card card, const CommandTarget& target);

}  // namespace rekey::cli
