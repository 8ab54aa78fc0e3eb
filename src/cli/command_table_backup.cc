// The rows of the command table about backups.
#include "cli/command_parts.h"
#include "cli/commands.h"

namespace rekey::cli {
namespace {

constexpr OptionSpec kPassphraseFile{
    "--passphrase-file", "FILE",
    "the passphrase, in a file; - is standard input; asked for at a terminal where not given",
    Completes::kFile};

}  // namespace

std::vector<CommandSpec> backup_commands() {
  return {
      {"backup key",
       "make a key that backups are sealed to",
       "Writes a new key to FILE, which opens backups, and its address to FILE.pub, which the "
       "server needs to seal them: so a machine that makes backups cannot open them.",
       {},
       {{"--to", "FILE", "the new file; its address is beside it, FILE.pub", Completes::kFile}},
       {"rekey backup key --to backup.key"},
       run_backup_key},
      {"backup",
       "copy a data folder into one sealed file, while its server runs",
       "The database as it stands at one instant, checked as `rekey ledger verify` does, and the "
       "root key, sealed with a passphrase or to a key. No value of a secret is in it, and no "
       "admin credential: `rekey admin recover` makes one after a restore. The file is new, "
       "readable by you alone, and durable when the command ends.",
       {},
       {{"--data", "DIR", "the authority's data folder", Completes::kFolder},
        {"--to", "FILE", "the new file", Completes::kFile},
        {"--recipient", "FILE", "seal to this address, the .pub of `rekey backup key`",
         Completes::kFile},
        kPassphraseFile,
        {"--key", "FILE", "the root key; DIR/root.key where not given", Completes::kFile},
        kJson},
       {"rekey backup --data /var/lib/rekey --to rekey-monday.backup --recipient backup.key.pub",
        "head -2 rekey-monday.backup"},
       run_backup},
      {"restore",
       "bring a backup back into an empty folder",
       "What happened after the backup is not in it, and cannot be known from it: the report says "
       "so, lists what is accepted from now on, and what to do. The folder can be served when the "
       "command has ended, and not before. With --lost, the folder that was backed up is read, "
       "where it still can be, and each secret named that had ended there and is accepted here: "
       "then the exit code is 3.",
       {{"FILE", "the backup"}},
       {{"--data", "DIR", "the new folder, which does not exist yet or is empty",
         Completes::kFolder},
        {"--backup-key", "FILE", "what opens it, where it was sealed to a key", Completes::kFile},
        kPassphraseFile,
        {"--key", "FILE", "write the root key there; DIR/root.key where not given",
         Completes::kFile},
        {"--lost", "DIR",
         "the folder that was backed up, to compare with; nothing is changed in "
         "it",
         Completes::kFolder},
        kJson},
       {"rekey restore rekey-monday.backup --data /var/lib/rekey --backup-key backup.key"},
       run_restore},
  };
}

}  // namespace rekey::cli
