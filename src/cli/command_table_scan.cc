// The rows of the command table about finding secrets.
#include "cli/command_parts.h"
#include "cli/commands.h"

namespace rekey::cli {

std::vector<CommandSpec> scan_commands() {
  return {
      {"scan",
       "find client secrets, and everything that goes with them",
       "Reads every file below the paths, hidden ones, binaries and what lies in archives too, "
       "through base64, escapes and UTF-16. Shows where each secret stands, at which key, and "
       "never the value. Ends with what was read and what was not, and why. In git repositories "
       "what .gitignore leaves out is not read unless --no-ignore is given. Exits with 0 where "
       "nothing was found, with 3 where something was, with 1 where not everything could be read: "
       "then nothing found is no proof. With --inventory, prints consumers for `rekey plan`. "
       "Nothing is sent anywhere but with --verify, and with --known to the authority, whose "
       "ledger says that its search key was given out. Nothing is written but a baseline that was "
       "asked for, and its key beside it.",
       {{"PATH", "a file, folder or pipe; - for standard input", false, true}},
       {{"--processes", "", "look into running processes, systemd and cron of this machine, too"},
        {"--no-history", "", "leave out what git repositories keep beside their files"},
        {"--staged", "", "read only what the next commit of the repository would bring"},
        {"--secret-file", "FILE", "look for the secret in that file and for nothing else",
         Completes::kFile},
        {"--known", "",
         "look for every secret that the authority knows, by keyed tags, and for "
         "nothing else; needs a server and its credential, or -f"},
        {"--file", "FILE",
         "with --known: look for what passed through the runs of that inventory, and for what its "
         "consumers hold",
         Completes::kFile, 'f'},
        kData,
        kServer,
        kCredential,
        {"--no-ignore", "", "read what .gitignore leaves out, too"},
        {"--detectors", "FILE", "look for these as well, by a YAML file", Completes::kFile},
        {"--baseline", "FILE", "what this file knows does not count", Completes::kFile},
        {"--write-baseline", "FILE", "write what was found there, to be known from now on",
         Completes::kFile},
        {"--verify", "",
         "try each secret with the client id beside it, at the places of --verify-at alone"},
        {"--verify-at", "WHERE",
         "a host or auth URL of Marketing Cloud or Rekey, or DETECTOR=URL of another issuer's "
         "token endpoint; may be repeated"},
        {"--verify-every", "TIME",
         "least time between two requests to one place, from 100ms on; 1s"},
        {"--verify-ca", "FILE", "trust these authorities (PEM) instead of the system's",
         Completes::kFile},
        {"--inventory", "", "print an inventory with an entry for each place found"},
        {"--sarif", "", "print the result as SARIF 2.1.0"},
        {"--html", "", "print the result as one HTML page that needs no other file"},
        {"--all", "",
         "in the table list client ids, tenant hosts and what the baseline knows, too; the other "
         "forms always do"},
        {"--threads", "N", "that read at once; the number of cores where not given"},
        {"--json", "", "print one JSON object a line: each finding, then the coverage"}},
       {"rekey scan ~/code", "rekey scan ~/code --no-ignore --inventory > found.yaml",
        "rekey scan . --baseline known.json --sarif > scan.sarif",
        "rekey scan --known --data ./rekey-data ~/code", "rekey scan --known -f rekey.yaml ~/code",
        "rekey scan ~/code --verify --verify-at "
        "mc0123456789abcdefghijklmnop.auth.marketingcloudapis.com"},
       run_scan},
  };
}

}  // namespace rekey::cli
