// The rows of the command table about inventories, sinks and notices.
#include "cli/command_parts.h"
#include "cli/commands.h"

namespace rekey::cli {
namespace {

constexpr OptionSpec kConfig{
    "--config", "FILE", "whom to tell and how; notices.yaml where not given", Completes::kFile};

}  // namespace

std::vector<OptionSpec> with_server(std::vector<OptionSpec> options) {
  options.insert(options.end(), {kData, kServer, kCredential, kJson});
  return options;
}

std::vector<CommandSpec> inventory_commands() {
  return {
      {"inventory init",
       "write a first inventory, with examples in comments",
       "Refuses where the file exists. Writes rekey.schema.json beside it, where there is none: "
       "editors that know JSON Schema explain each key by it and underline mistakes.",
       {},
       {kInventory},
       {"rekey inventory init -f rekey.yaml"},
       run_inventory_init},
      {"inventory check",
       "read an inventory, and say what it still lacks",
       "Every error with file, line and column; exits with 2 then. Else one line an integration: "
       "what is missing to rotate it in time. Exits with 3 where something is missing.",
       {},
       {kInventory, kJson},
       {"rekey inventory check -f rekey.yaml"},
       run_inventory_check},
      {"inventory coverage",
       "compare an inventory with where its secrets really stand",
       "Reads what the consumers' places hold now, looks for those values below the paths, in "
       "every "
       "encoding, and tells places that no consumer covers, consumers whose place no longer holds "
       "the secret, and what stands beside a client id and is another value. Reads every file, and "
       "what git repositories keep; changes nothing. Exits with 0 where everything is covered, "
       "with 3 where something is not, with 1 where not everything could be read.",
       {{"PATH", "a file or folder; the roots of discovery where none is given", false, true}},
       {kInventory,
        kIntegration,
        {"--json", "", "print one JSON object a line: each place, then the coverage"}},
       {"rekey inventory coverage -f rekey.yaml", "rekey inventory coverage -f rekey.yaml ~/code"},
       run_inventory_coverage},
      {"inventory import",
       "add integrations and end dates from where they are known",
       "From the table of the Installed Packages page, as it was copied (tab or comma separated, "
       "or "
       "the page's HTML), from an authority of Rekey, or from Marketing Cloud's SOAP API, which "
       "tells "
       "the names of packages alone. Adds what the inventory lacks and changes "
       "nothing that is there but dates with --update-dates: where the two differ, says so and "
       "exits with 3. Shows a diff; --write writes it.",
       {{"TABLE", "the file with the table; - for standard input", false}},
       {kInventory,
        {"--authority", "URL", "instead of a table: what this authority lists (or --data)"},
        kData,
        kCredential,
        {"--soap", "",
         "instead of a table: the packages that Marketing Cloud has service users of"},
        {"--client-id", "ID", "with --soap: of an integration that may read users"},
        {"--secret-fd", "N", "its secret's descriptor; else the terminal or standard input"},
        {"--account-id", "MID", "with --soap: the top business unit, where users are told"},
        {"--token-fd", "N", "with --soap: an access token's descriptor, instead of --client-id"},
        {"--soap-url", "URL", "the SOAP Base URI, where it is not beside the issuer's auth_url"},
        {"--date-order", "mdy|dmy", "which number of 3/4/2027 is the month"},
        {"--columns", "LIST",
         "which column of the table is which, as package=1,expires=3: numbers or headings"},
        {"--issuer", "NAME", "of what is added, where the inventory has several issuers"},
        {"--update-dates", "", "replace dates of the file that the source tells otherwise"},
        {"--write", "", "write the inventory"},
        kJson},
       {"rekey inventory import packages.tsv -f rekey.yaml",
        "rekey inventory import packages.tsv -f rekey.yaml --write",
        "rekey inventory import --authority https://rekey.example --credential admin.json",
        "rekey inventory import --soap --client-id abcdefghijklmnopqrstuvwx"},
       run_inventory_import},
      {"inventory schema",
       "print the JSON Schema of rekey.yaml, for editors",
       "Draft 2020-12, made from the keys that the inventory's reader itself uses.",
       {},
       {},
       {"rekey inventory schema > rekey.schema.json"},
       run_inventory_schema},
  };
}

std::vector<CommandSpec> notice_commands() {
  return {
      {"watch",
       "tell owners in time what ends, and who has to act",
       "Looks at every secret of the authority, and at the open run of every inventory given, "
       "tells "
       "their owners what is due by mail, webhook or command, and keeps the calendar. Goes on "
       "until "
       "it is stopped; --once makes one pass and exits with 3 where something could not be told. "
       "Where a run waits for a person at the issuer, it looks whether somebody has acted there, "
       "and "
       "goes on with the run: sinks may be written then, unless --no-look is given. With --begin "
       "it "
       "starts rotations too, by itself and without asking: outside of freezes, in time for their "
       "windows, and none in which a person has a part. --check "
       "exits with 3 where passes have stopped, and tells the fallback recipients, once.",
       {},
       with_server({kConfig,
                    {"--file", "FILE",
                     "an inventory whose secrets and runs are watched too; may be repeated",
                     Completes::kFile, 'f'},
                    {"--every", "TIME", "between two passes; 15m where not given"},
                    {"--once", "", "make one pass and end"},
                    {"--no-look", "", "look at no waiting run: only tell"},
                    {"--begin", "",
                     "start rotations that are due, go on with interrupted ones; JSON lines"},
                    {"--parallel", "N", "with --begin: as many at once; 8"},
                    {"--issuer-calls", "N",
                     "with --begin: as many requests at once to one issuer; "
                     "8"},
                    {"--lead", "TIME",
                     "with --begin: begin that long before the end; 45d (and its jitter)"},
                    {"--check", "", "make no pass: tell whether they still happen, and end"},
                    {"--older-than", "TIME",
                     "with --check: how old the last pass may be; heartbeat.silence_after"}}),
       {"rekey watch --config notices.yaml --data DIR",
        "rekey watch --config notices.yaml --data DIR --once",
        "rekey watch --config notices.yaml -f rekey.yaml --begin",
        "rekey watch --config notices.yaml --check --older-than 1h"},
       run_watch},
      {"notice init",
       "write first settings of whom to tell, with examples in comments",
       "Refuses where the file exists. Put an address and a mail server into it, then try both "
       "with `rekey notice test`.",
       {},
       {kConfig},
       {"rekey notice init --config notices.yaml"},
       run_notice_init},
      {"notice test",
       "send a test message by every way of a recipient",
       "Past the queue, at once. The fallback recipients where none is named.",
       {{"RECIPIENT", "a recipient's name in the configuration, or a mail address", false}},
       {kConfig, kJson},
       {"rekey notice test payments-team --config notices.yaml"},
       run_notice_test},
  };
}

std::vector<CommandSpec> sink_commands() {
  return {
      {"sink check",
       "try an author's program against the protocol of exec sinks",
       "Runs the program as a rotation would, with planted values, and says which rules of "
       "docs/sinks/exec.md it breaks; puts back what stood there. Give it a place that nobody "
       "uses.",
       {{"COMMAND", "the program and its arguments, behind --", true, true}},
       {{"--timeout", "TIME", "how long one request may take; 30s where not given"},
        {"--yes", "", "do not ask before planted values are written"},
        kJson},
       {"rekey sink check --yes -- ./my-sink /tmp/place NAME"},
       run_sink_check},
  };
}

}  // namespace rekey::cli
