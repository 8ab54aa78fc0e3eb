// The rows of the command table about the sandbox.
#include "cli/command_parts.h"
#include "cli/commands.h"

namespace rekey::cli {

std::vector<CommandSpec> sandbox_commands() {
  return {
      {"sandbox seed",
       "fill a sandbox with a small shop's contacts and data",
       "Forty contacts, the data extensions customers, orders and products with their rows, and "
       "the send definitions order-confirmation and welcome, in one business unit. What is there "
       "under the same keys is brought to this state; nothing else is touched.",
       {},
       with_server({{"--business-unit", "MID",
                     "where; the administrator's own business unit where not given"}}),
       {"rekey sandbox seed --data DIR"},
       run_sandbox_seed},
      {"sandbox reset",
       "take everything out of a sandbox but its packages",
       "Contacts, data extensions, sends and requests of every business unit go, for good. "
       "Packages, secrets and policy stay, and so do the files of the mailbox.",
       {},
       with_server({{"--yes", "", "needed: it cannot be undone"}}),
       {"rekey sandbox reset --yes --data DIR"},
       run_sandbox_reset},
      {"sandbox mail",
       "what mails a sandbox has sent, and what one says",
       "Lists the newest mails of all business units with what became of them, or shows the one "
       "that is named by its number. The files themselves are in DIR/mail, a Maildir, unless the "
       "server sends over a relay.",
       {{"NUMBER", "which mail to show; the list where not given", false}},
       with_server({{"--limit", "N", "how many to list; 50"},
                    {"--html", "", "show the HTML"},
                    {"--raw", "", "show it as it was handed over"}}),
       {"rekey sandbox mail --data DIR", "rekey sandbox mail 1 --data DIR"},
       run_sandbox_mail},
  };
}

}  // namespace rekey::cli
