// The rows of the command table about the sandbox.
#include "cli/command_parts.h"
#include "cli/commands.h"

namespace rekey::cli {

std::vector<CommandSpec> sandbox_commands() {
  return {
      {"sandbox seed",
       "fill a sandbox with a small shop's contacts and data",
       "Forty contacts, the data extensions customers, orders and products with their rows, the "
       "send definitions order-confirmation and welcome, a welcome-journey with a month of history "
       "and a campaign, in one business unit. What is there under the same keys is brought to this "
       "state; nothing else is touched.",
       {},
       with_server({{"--business-unit", "MID",
                     "where; the administrator's own business unit where not given"}}),
       {"rekey sandbox seed --data DIR"},
       run_sandbox_seed},
      {"sandbox reset",
       "take everything out of a sandbox but its packages",
       "Contacts, data extensions, sends, journeys and requests of every business unit go, for "
       "good. "
       "Packages, secrets and policy stay, and so do the files of the mailbox.",
       {},
       with_server({{"--yes", "", "needed: it cannot be undone"}}),
       {"rekey sandbox reset --yes --data DIR"},
       run_sandbox_reset},
      {"sandbox export",
       "write out what a sandbox holds",
       "Every row of every table, of all business units, as a line of JSON on standard output, in "
       "the order of tables and keys: to be kept, searched, or compared with another time's. What "
       "is written meanwhile may be in it or not. Packages and secrets are not among it.",
       {},
       with_server({}),
       {"rekey sandbox export --data DIR > sandbox.jsonl"},
       run_sandbox_export},
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
      {"sandbox clock",
       "what time it is in a sandbox, and later",
       "Moves the clock that a sandbox goes by ahead, for good: waits end, tokens and secrets "
       "expire, journeys go on, as if that time had passed. A clock does not go back; `sandbox "
       "reset` leaves it as it is. Packages whose secrets nobody used meanwhile fall dormant, and "
       "after 180 days the administrator's own secret has ended too: rotate it before.",
       {{"TIME", "how far to go ahead, such as +170d; only shows it where not given", false}},
       with_server({}),
       {"rekey sandbox clock --data DIR", "rekey sandbox clock +3d --data DIR"},
       run_sandbox_clock},
      {"sandbox faults",
       "let a sandbox refuse, throttle or hold up its calls",
       "throttled: every call gets 429 with Retry-After. outage: every call gets 503. slow=TIME: "
       "every call waits so long, at most 30s. What is not named ends; none ends all of them, and "
       "so does the end of the server. Tokens are given as usual.",
       {{"FAULT", "throttled, outage, slow=TIME or none; only shows them where not given", false,
         true}},
       with_server({}),
       {"rekey sandbox faults slow=2s --data DIR", "rekey sandbox faults none --data DIR"},
       run_sandbox_faults},
      {"sandbox hosts",
       "how clients whose hosts are fixed reach a sandbox",
       "Where a sandbox is served with --hosts-listen: the tenant's host names, the proxy that "
       "leads to them, the certificate authority that clients have to trust for these hosts alone, "
       "and how common ones are told. Changes nothing.",
       {},
       {{"--data", "DIR", "the sandbox's data folder", Completes::kFolder}, kJson},
       {"rekey sandbox hosts --data DIR"},
       run_sandbox_hosts},
  };
}

}  // namespace rekey::cli
