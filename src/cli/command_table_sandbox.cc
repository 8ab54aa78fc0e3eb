// The rows of the command table about the sandbox.
#include "cli/command_parts.h"
#include "cli/commands.h"

namespace rekey::cli {

std::vector<CommandSpec> sandbox_commands() {
  return {
      {"sandbox seed",
       "fill a sandbox with a small shop's contacts and data",
       "Forty contacts, and the data extensions customers, orders and products with their rows, in "
       "one business unit. What is there under the same keys is brought to this state; nothing "
       "else "
       "is touched.",
       {},
       with_server({{"--business-unit", "MID",
                     "where; the administrator's own business unit where not given"}}),
       {"rekey sandbox seed --data DIR"},
       run_sandbox_seed},
      {"sandbox reset",
       "take everything out of a sandbox but its packages",
       "Contacts, data extensions and requests of every business unit go, for good. Packages, "
       "secrets "
       "and policy stay.",
       {},
       with_server({{"--yes", "", "needed: it cannot be undone"}}),
       {"rekey sandbox reset --yes --data DIR"},
       run_sandbox_reset},
  };
}

}  // namespace rekey::cli
