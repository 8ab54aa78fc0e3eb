#include "cli/command_table.h"

#include <array>

#include "cli/commands.h"

namespace rekey::cli {
namespace {

constexpr OptionSpec kJson{"--json", "", "print the result as JSON"};
constexpr OptionSpec kData{"--data", "DIR", "the server's data folder: finds server and credential",
                           Completes::kFolder};
constexpr OptionSpec kServer{"--server", "URL", "the server (or REKEY_SERVER)"};
constexpr OptionSpec kCredential{
    "--credential", "FILE", "the admin credential file (or REKEY_CREDENTIAL)", Completes::kFile};
constexpr OptionSpec kSlot{"--slot", "TAG",
                           "the slot: 6 letters and digits, or \"-\", the default one"};
constexpr OptionSpec kSecretFile{"--secret-file", "FILE",
                                 "write the value to a new file of mode 0600 instead of showing it",
                                 Completes::kFile};
constexpr OptionSpec kInventory{"--file", "FILE", "the inventory; rekey.yaml where not given",
                                Completes::kFile, 'f'};
constexpr OptionSpec kIntegration{"--integration", "NAME",
                                  "which one of an inventory with several: its name or client id",
                                  Completes::kNothing, 'i'};

std::vector<OptionSpec> with_server(std::vector<OptionSpec> options) {
  options.insert(options.end(), {kData, kServer, kCredential, kJson});
  return options;
}

const std::vector<OptionSpec> kPackageFacts = {
    {"--description", "TEXT", "what it is for"},
    {"--owner", "TEXT", "who answers for it; may be repeated"},
    {"--contact", "TEXT", "whom to tell; may be repeated"},
    {"--documentation", "URL", "where it is described"},
    {"--scope", "SCOPES", "its scopes, separated by spaces; may be repeated"},
    {"--business-unit", "MIDS", "the business units in which it may act"},
    {"--policy", "KEY=VALUE", "an override within the tenant's bounds; may be repeated"},
};

std::vector<OptionSpec> with_facts(std::vector<OptionSpec> options) {
  options.insert(options.end(), kPackageFacts.begin(), kPackageFacts.end());
  return with_server(std::move(options));
}

constexpr ArgumentSpec kClientId{"CLIENT_ID", "the integration: 24 characters of [a-z0-9]"};
constexpr ArgumentSpec kPackage{"PACKAGE", "its id (pkg_1) or its client id"};

std::vector<CommandSpec> serve_commands() {
  return {
      {"serve",
       "run the authority on a data folder",
       "Serves the token endpoints and the admin API from one data folder, which is made at the "
       "first "
       "start together with its root key and an admin credential (admin.json). Listens on loopback "
       "unless told otherwise. SIGTERM stops it after every request that has arrived is answered.",
       {},
       {{"--data", "DIR", "the data folder", Completes::kFolder},
        {"--listen", "ADDRESS:PORT", "where to listen; 127.0.0.1:8420 where not given"},
        {"--public-url", "URL",
         "the base of the URLs given to clients; the listener's where not given"},
        {"--key", "FILE", "the root key; DIR/root.key where not given", Completes::kFile},
        {"--tenant", "NAME", "the tenant's name at the first start: mc and 26 of [a-z0-9]"},
        {"--workers", "N", "threads that answer requests; the number of cores where not given"},
        {"--trusted-proxy", "NETWORK", "believe X-Forwarded-For from there; may be repeated"},
        {"--expires-in", "SECONDS", "what tokens say of their life; they live 121 s longer; 1079"},
        {"--unknown-scopes", "refuse|ignore", "what a scope that is not granted does; refuse"},
        {"--detailed-client-errors", "on|off",
         "tell refused clients more, as Marketing Cloud does"},
        {"--log-format", "text|json", "log lines on standard error; text where not given"},
        {"--log-level", "LEVEL", "debug, info, warning or error; info where not given"}},
       {"rekey serve --data /var/lib/rekey --listen 127.0.0.1:8420"},
       run_serve},
  };
}

std::vector<CommandSpec> package_commands() {
  return {
      {"package create",
       "create a package with its integration and first secret",
       "Creates an installed package with one server-to-server API integration. Its first secret "
       "is "
       "active at once and shown once. With --import, the first secret is one that exists "
       "elsewhere.",
       {{"NAME", "what people call it"}},
       with_facts(
           {{"--client-id", "ID", "take this client id instead of a random one"},
            {"--import", "FILE", "import the first secret from a file, or - for standard input",
             Completes::kFile},
            {"--generated-at", "INSTANT", "when the imported secret was generated"},
            kSecretFile}),
       {"rekey package create \"Order sync\" --scope \"email_send data_extensions_write\" --data "
        "DIR"},
       run_package_create},
      {"package list", "list the packages", "", {}, with_server({}), {}, run_package_list},
      {"package show",
       "show a package, its integration and its secrets",
       "",
       {kPackage},
       with_server({}),
       {},
       run_package_show},
      {"package edit",
       "change what a package is, may do, or is held to",
       "Changes only what is given. Scopes reach new tokens only.",
       {kPackage},
       with_facts({{"--name", "TEXT", "what people call it"}}),
       {},
       run_package_edit},
      {"package enable",
       "accept a package's token requests again",
       "",
       {kPackage},
       with_server({}),
       {},
       run_package_enable},
      {"package disable",
       "refuse a package's token requests",
       "",
       {kPackage},
       with_server({}),
       {},
       run_package_disable},
      {"package delete",
       "end all secrets of a package for good",
       "On a terminal, shows the live secrets and who used them last, and asks.",
       {kPackage},
       with_server({{"--yes", "", "do not ask"}}),
       {},
       run_package_delete},
  };
}

std::vector<CommandSpec> secret_commands() {
  return {
      {"secret stage",
       "generate a new secret beside the active one",
       "The new secret works after the settle time and takes over when it is activated. A staged "
       "one "
       "that was never activated is replaced, and the output says so; --if-vacant refuses instead.",
       {kClientId},
       with_server({kSlot,
                    {"--label", "TEXT", "who stages it and why"},
                    {"--if-vacant", "", "refuse where a staged secret exists"},
                    kSecretFile}),
       {"rekey secret stage CLIENT_ID --secret-file new.secret --data DIR"},
       run_secret_stage},
      {"secret activate",
       "make the staged secret the active one",
       "The old secret works on for the policy's overlap; with an overlap of 0 it ends at once, "
       "and the "
       "activation is refused while somebody still used it lately, unless --force --reason says "
       "why.",
       {kClientId},
       with_server({kSlot,
                    {"--secret", "ID", "refuse unless this one is staged"},
                    {"--force", "", "activate although the old one was used lately"},
                    {"--reason", "TEXT", "why; needed with --force, kept in the ledger"}}),
       {},
       run_secret_activate},
      {"secret revoke",
       "end a secret, and tokens made with it, at once",
       "",
       {kClientId, {"SECRET_ID", "such as sec_17"}},
       with_server({{"--reason", "TEXT", "why; kept in the ledger"}}),
       {},
       run_secret_revoke},
      {"secret list",
       "list an integration's secrets",
       "",
       {kClientId},
       with_server({}),
       {},
       run_secret_list},
      {"secret usage",
       "show who used which secret, and when",
       "Callers are told apart by network, user agent and slot. Before the instant of \"complete "
       "since\" "
       "something may be missing. Requests by Rekey's own engine are not use.",
       {kClientId},
       with_server({}),
       {},
       run_secret_usage},
      {"secret import",
       "import a secret made elsewhere into a vacant slot",
       "The value comes from a file or standard input. One that is already past its end is kept as "
       "expired, so that it can be found.",
       {kClientId},
       with_server({kSlot,
                    {"--label", "TEXT", "where it comes from"},
                    {"--generated-at", "INSTANT", "when it was generated"},
                    {"--secret-file", "FILE", "where the value is; - for standard input",
                     Completes::kFile}}),
       {},
       run_secret_import},
  };
}

std::vector<CommandSpec> other_commands() {
  return {
      {"policy show", "show the tenant's policy", "", {}, with_server({}), {}, run_policy_show},
      {"policy set",
       "change the tenant's policy",
       "Settings are applied in order; profile=standard or profile=marketing-cloud sets all of "
       "them. "
       "Secrets that exist keep their end dates.",
       {{"SETTING", "KEY=VALUE, such as settle=5m overlap=0", true, true}},
       with_server({}),
       {"rekey policy set settle=3s overlap=0 --data DIR",
        "rekey policy set profile=marketing-cloud --data DIR"},
       run_policy_set},
      {"status",
       "every secret, days left, worst first",
       "Exits with 3 where a secret needs somebody: ended, or ending within the given days. With "
       "an "
       "inventory, the secrets of others that it knows are in the list, with what it lacks; one "
       "whose end nobody knows needs somebody too. Then a server need not be given.",
       {},
       with_server({{"--within", "DAYS", "what counts as soon; 30 where not given"},
                    {"--file", "FILE", "an inventory; may be repeated", Completes::kFile, 'f'},
                    {"--ics", "FILE", "write every end date as a calendar", Completes::kFile}}),
       {"rekey status --data DIR", "rekey status -f rekey.yaml --ics secrets.ics"},
       run_status},
      {"refusals",
       "show which token requests were refused, and why",
       "One line for each client id, reason and network. Clients are told less: an unknown client "
       "and a wrong secret look the same to them.",
       {{"CLIENT_ID", "only those of this integration", false}},
       with_server({}),
       {},
       run_refusals},
      {"token",
       "ask for an access token, as a client would",
       "Prints the token alone on standard output.",
       {},
       {{"--server", "URL", "the token endpoint's base (or REKEY_SERVER)"},
        {"--client-id", "ID", "the client id"},
        {"--secret-file", "FILE", "where the secret is; - for standard input", Completes::kFile},
        {"--credential", "FILE", "a JSON file with client_id and client_secret instead",
         Completes::kFile},
        {"--scope", "SCOPES", "narrow the token to these; \"\" for none"},
        {"--account-id", "MID", "act in this business unit"},
        kJson},
       {},
       run_token},
      {"ledger verify",
       "check the ledger against itself, its key and the tables",
       "Walks every event, chain and checkpoint, replays the events and compares the result with "
       "the "
       "tables. Works beside a running server. Exits with 1 only where something does not fit, "
       "with 5 where the folder is missing or may not be read.",
       {},
       {{"--data", "DIR", "the data folder", Completes::kFolder},
        {"--key", "FILE", "the root key; DIR/root.key where not given", Completes::kFile},
        kJson},
       {},
       run_ledger_verify},
      {"ledger tail",
       "print the newest events",
       "",
       {},
       {{"--data", "DIR", "the data folder", Completes::kFolder},
        {"--lines", "N", "how many; 20 where not given"},
        {"--follow", "", "go on printing new ones"},
        kJson},
       {},
       run_ledger_tail},
      {"admin rotate",
       "renew the admin credential in its file",
       "Stages a new secret, writes it to the credential file, proves it and activates it. Safe to "
       "start again after it was cut off.",
       {},
       with_server({}),
       {},
       run_admin_rotate},
      {"admin recover",
       "make a new admin credential when it was lost or has expired",
       "On the server's machine, by the owner of the data folder. Written to the ledger.",
       {},
       {{"--data", "DIR", "the data folder", Completes::kFolder},
        {"--key", "FILE", "the root key; DIR/root.key where not given", Completes::kFile},
        kJson},
       {},
       run_admin_recover},
      {"plan",
       "show what a rotation would do, and change nothing",
       "Reads the inventory, the issuer and every file, and lists the steps, how long they take at "
       "worst, the point of no return, and everything that stands in the way.",
       {},
       {kInventory, kIntegration, kJson},
       {"rekey plan -f rekey.yaml"},
       run_plan},
      {"rotate",
       "replace a secret everywhere, and prove the old one dead",
       "Stages, writes, reads back, proves, reloads, watches the usage until everybody has moved, "
       "activates, and proves the old secret refused. Started again after a cut, it goes on. Exits "
       "with "
       "0 only when the old secret is retired and proven dead, with 3 when it waits for a person. "
       "With --abandon, the open run is given up instead: every file that it wrote gets its value "
       "back, is proven and reloaded, and the staged secret ends once nobody uses it; refused "
       "after the activation.",
       {},
       {kInventory,
        kIntegration,
        {"--yes", "", "do not ask before the step after which there is no way back"},
        {"--abandon", "", "give the open run up: put back what it wrote"},
        {"--waive", "CONSUMER", "go on without evidence for this consumer of the open run"},
        {"--reason", "TEXT", "why; needed with --abandon and --waive, kept in the journal"},
        {"--due", "", "every integration whose time has come, one after the other"},
        {"--lead", "TIME", "with --due: begin that long before the end; 45d and up to 14d more"},
        {"--value-fd", "N", "take a value that a person generated from this descriptor"},
        {"--sealed", "FILE", "take a value from the line that `rekey seal` printed; - is stdin",
         Completes::kFile},
        {"--intake", "HOST[:PORT]",
         "take a value on a one-time page; its link is for you to pass on"},
        {"--intake-listen", "ADDRESS", "where the page listens, where that is not HOST itself"},
        {"--intake-certificate", "FILE", "of the page, in PEM; else one that nobody vouches for",
         Completes::kFile},
        {"--intake-key", "FILE", "the certificate's private key, in PEM", Completes::kFile},
        {"--intake-lasts", "TIME", "how long a link works; 15m"},
        {"--wait", "", "wait for what a person does elsewhere, though nobody is at this terminal"},
        {"--notices", "FILE", "tell owners and contacts at once, by this configuration of notices",
         Completes::kFile},
        kJson},
       {"rekey rotate -f rekey.yaml --yes",
        "rekey rotate -f rekey.yaml --abandon --reason \"the wrong package\"",
        "rekey rotate -f rekey.yaml --due",
        "rekey rotate -f rekey.yaml --intake rekey.example.org:8443"},
       run_rotate},
      {"seal",
       "seal a new secret to a rotation, on the machine of who generated it",
       "Reads the value from the terminal without showing it, or from a file descriptor or "
       "standard "
       "input, and prints one line that only that rotation can read. Needs no network and writes "
       "no "
       "file.",
       {},
       {{"--to", "ADDRESS", "the line that begins with rkp1., or a file that holds it",
         Completes::kFile},
        {"--value-fd", "N", "read the value from this open file descriptor, to its end"},
        {"--any-value", "",
         "seal what is not as long as a client secret, or has other characters"}},
       {"rekey seal --to intake.txt", "rekey seal --to intake.txt --value-fd 3 3< value.txt"},
       run_seal},
  };
}

constexpr OptionSpec kBy{"--by", "NAME", "whose word it is; the system's user where not given"};

std::vector<CommandSpec> run_commands() {
  return {
      {"run show",
       "where the open run of an inventory stands",
       "Its phase, how far every consumer is, and what it waits for. Exits with 3 where somebody "
       "has "
       "to act.",
       {},
       {kInventory, kIntegration},
       {"rekey run show -f rekey.yaml"},
       run_run_show},
      {"run card",
       "what a person has to do next in the vendor's pages",
       "The card of the next task: where to click, what to see, when to stop, the way back. For "
       "issuers without an API.",
       {},
       {kInventory,
        kIntegration,
        {"--markdown", "", "for a ticket"},
        {"--html", "", "a page without script, for a phone or paper"}},
       {"rekey run card -f rekey.yaml", "rekey run card -f rekey.yaml --html > card.html"},
       run_run_card},
      {"run value",
       "hand out the value that a person has to put into a form",
       "For a consumer whose sink is manual, when the run has come to it. Shows the value on a "
       "screen of its own at the terminal, until Enter is pressed and it is gone; or writes it, "
       "without a line end, to a descriptor that a program reads. The journal keeps who took it "
       "out.",
       {{"CONSUMER", "its name in the inventory"}},
       {kInventory,
        kIntegration,
        {"--to-fd", "N", "write it to this descriptor, 3 or greater"},
        kBy},
       {"rekey run value crm -f rekey.yaml",
        "rekey run value crm -f rekey.yaml --to-fd 3 3> >(wl-copy --paste-once)"},
       run_run_value},
      {"run attest",
       "say that a consumer was seen at work with the new secret",
       "Evidence where the issuer tells no usage, and the word that a form was filled in where the "
       "sink is manual. Counts after the consumer has got the new secret, until its sink is "
       "written again.",
       {{"CONSUMER", "its name in the inventory"}},
       {kInventory, kIntegration, {"--reason", "TEXT", "what was seen; kept in the journal"}, kBy},
       {"rekey run attest crm-sync -f rekey.yaml --reason \"tonight's import ran at 02:10\""},
       run_run_attest},
      {"run waive",
       "let the old secret end without evidence for a consumer",
       "For a consumer that was switched off, or that nobody can watch: its verdict becomes "
       "waived, "
       "with a name and a reason, in the journal and in every report. Counts after the consumer "
       "has "
       "got the new secret, until its sink is written again.",
       {{"CONSUMER", "its name in the inventory"}},
       {kInventory,
        kIntegration,
        {"--reason", "TEXT", "why it needs no evidence; kept in the journal"},
        kBy},
       {"rekey run waive crm-sync -f rekey.yaml --reason \"switched off on Monday, change 4711\""},
       run_run_waive},
      {"run approve",
       "let the activation of an open run take place",
       "Where the inventory asks for approval: by somebody else than who began the run. It holds "
       "for the plan as it is now; where consumers or rules change, it has to be given anew.",
       {},
       {kInventory,
        kIntegration,
        {"--plan", "DIGEST", "refuse where the run's plan is not the one that was shown under it"},
        {"--reason", "TEXT", "why; kept in the journal"},
        kBy},
       {"rekey run approve -f rekey.yaml --reason \"change 4711\""},
       run_run_approve},
  };
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

constexpr OptionSpec kConfig{
    "--config", "FILE", "whom to tell and how; notices.yaml where not given", Completes::kFile};

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
       "goes on with the run: sinks may be written then, unless --no-look is given. --check "
       "exits with 3 where passes have stopped, and tells the fallback recipients, once.",
       {},
       with_server({kConfig,
                    {"--file", "FILE",
                     "an inventory whose secrets and runs are watched too; may be repeated",
                     Completes::kFile, 'f'},
                    {"--every", "TIME", "between two passes; 15m where not given"},
                    {"--once", "", "make one pass and end"},
                    {"--no-look", "", "look at no waiting run: only tell"},
                    {"--check", "", "make no pass: tell whether they still happen, and end"},
                    {"--older-than", "TIME",
                     "with --check: how old the last pass may be; heartbeat.silence_after"}}),
       {"rekey watch --config notices.yaml --data DIR",
        "rekey watch --config notices.yaml --data DIR --once",
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

std::vector<CommandSpec> all_commands() {
  std::vector<CommandSpec> all;
  for (auto part : {serve_commands(), package_commands(), secret_commands(), other_commands(),
                    inventory_commands(), run_commands(), sink_commands(), notice_commands()}) {
    for (auto& command : part) all.push_back(std::move(command));
  }
  return all;
}

constexpr std::array<GroupSpec, 9> kGroups{{
    {"package", "installed packages and their integrations"},
    {"secret", "client secrets: stage, activate, revoke, watch"},
    {"policy", "the bounds inside which every secret lives"},
    {"ledger", "the record of every change, and its proof"},
    {"admin", "the credential that administers the authority"},
    {"inventory", "rekey.yaml: whose secret is replaced, and who uses it"},
    {"run", "the open run of a rotation, and what people say to it"},
    {"sink", "programs of your own that keep secrets"},
    {"notice", "messages to the owners of what ends"},
}};

}  // namespace

std::vector<std::string> names_of(const OptionSpec& option) {
  std::vector<std::string> names{std::string(option.name)};
  if (option.letter != '\0') names.push_back({'-', option.letter});
  return names;
}

const std::vector<CommandSpec>& commands() {
  static const std::vector<CommandSpec> kCommands = all_commands();
  return kCommands;
}

std::span<const GroupSpec> groups() {
  return kGroups;
}

const CommandSpec* find_command(std::string_view name) {
  for (const auto& command : commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace rekey::cli
