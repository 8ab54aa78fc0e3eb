#include "cli/command_table.h"

#include <array>

#include "cli/command_parts.h"
#include "cli/commands.h"

namespace rekey::cli {
namespace {

constexpr OptionSpec kYes{"--yes", "",
                          "do not ask before the step after which there is no way back"};

// Of the commands that carry a run out: how a value comes to it, and who is told.
std::vector<OptionSpec> rotation_options(const std::vector<OptionSpec>& own) {
  std::vector<OptionSpec> options{kInventory, kIntegration};
  options.insert(options.end(), own.begin(), own.end());
  options.insert(
      options.end(),
      {{"--value-fd", "N", "take a value that a person generated from this descriptor"},
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
       kJson});
  return options;
}

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
        {"--partner-keys", "URL", "let leaks be reported by who signs with these keys"},
        {"--sandbox", "", "open the guarded API too, on a folder that is a sandbox's alone"},
        {"--async-delay", "TIME", "with --sandbox: how long asynchronous rows and mails wait; 1s"},
        {"--scope-delay", "TIME",
         "with --sandbox: how long new tokens have a package's old scopes, at most 5m; 0s"},
        {"--audit-shape", "object|list", "with --sandbox: whether audit events come in a list"},
        {"--mail-from", "ADDRESS", "with --sandbox: who sends where a send names nobody"},
        {"--smtp-relay", "HOST:PORT",
         "with --sandbox: send mails on there; into DIR/mail, a Maildir, where not given"},
        {"--smtp-security", "starttls|tls|none",
         "of the relay; none on this machine, else starttls"},
        {"--smtp-user", "NAME", "who logs in at the relay"},
        {"--smtp-password-file", "FILE", "the relay's password, in a file", Completes::kFile},
        {"--smtp-ca-file", "FILE", "whose certificates the relay may have", Completes::kFile},
        {"--hosts-listen", "ADDRESS:PORT",
         "with --sandbox: serve by host names there: TLS, and a proxy to them"},
        {"--hosts-domain", "DOMAIN",
         "what the host names end in; marketingcloudapis.com where not given"},
        {"--log-format", "text|json", "log lines on standard error; text where not given"},
        {"--log-level", "LEVEL", "debug, info, warning or error; info where not given"}},
       {"rekey serve --data /var/lib/rekey --listen 127.0.0.1:8420"},
       run_serve},
  };
}

std::vector<CommandSpec> other_commands() {
  return {
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
       "worst, the point of no return, and everything that stands in the way. Exits with 4 where "
       "something does.",
       {},
       {kInventory, kIntegration, kJson},
       {"rekey plan -f rekey.yaml"},
       run_plan},
      {"rehearse",
       "play a rotation before anything real is touched",
       "The inventory's own consumers, with their reloads and rhythms, an issuer of its kind and "
       "people who take their time, on a clock that runs ahead: prints what was read of the issuer "
       "and what is assumed, the timeline, the longest wait and for what, and who would be cut off "
       "and why. An inventory with several integrations is played "
       "as a whole, each at the time at which it comes due. Writes nothing. Exits with 3 where "
       "somebody would be refused or a run would not end.",
       {},
       {kInventory,
        kIntegration,
        {"--now", "", "as if it began now, and not when it is due"},
        {"--person-takes", "TIME", "how long people take for what is asked of them; 30m"},
        kJson},
       {"rekey rehearse -f rekey.yaml", "rekey rehearse -f rekey.yaml -i \"Order sync\" --json"},
       run_rehearse},
      {"rotate",
       "replace a secret everywhere, and prove the old one dead",
       "Stages, writes, reads back, proves, reloads, watches the usage until everybody has moved, "
       "activates, and proves the old secret refused. Started again after a cut, it goes on. Exits "
       "with "
       "0 only when the old secret is retired and proven dead, with 3 when it waits for a person, "
       "with 4 when nothing may begin, for a freeze or another problem of the plan. "
       "With --due, runs that are stuck are named and not started again (`rekey run resume` does "
       "that), and the exit code is the one that what is not done would have alone, 3 where those "
       "differ. "
       "With --abandon, the open run is given up instead: every file that it wrote gets its value "
       "back, is proven and reloaded, and the staged secret ends once nobody uses it. After "
       "the activation that is refused, unless the old secret still works and the issuer can undo "
       "the activation: then it is undone first.",
       {},
       rotation_options(
           {kYes,
            {"--abandon", "", "give the open run up: put back what it wrote"},
            {"--waive", "CONSUMER", "go on without evidence for this consumer of the open run"},
            {"--reason", "TEXT", "why; needed with --abandon and --waive, kept in the journal"},
            {"--due", "", "every integration whose time has come, several at once"},
            {"--parallel", "N", "with --due: as many at once; 8"},
            {"--issuer-calls", "N", "with --due: as many requests at once to one issuer; 8"},
            {"--lead", "TIME",
             "with --due: begin that long before the end; 45d (and its jitter)"}}),
       {"rekey rotate -f rekey.yaml --yes",
        "rekey rotate -f rekey.yaml --abandon --reason \"the wrong package\"",
        "rekey rotate -f rekey.yaml --due",
        "rekey rotate -f rekey.yaml --intake rekey.example.org:8443"},
       run_rotate},
      {"report",
       "one page on a run, for who was not there",
       "Who began and approved it, what changed where, in which order and why, the evidence, the "
       "timeline as a picture, what people said, failures, the proof that the old secret is dead, "
       "and whether the journal still fits its hash chain. Of the newest run where none is named. "
       "Exits with 1 where the journal was changed.",
       {{"RUN", "its name, as `rekey rotate` tells it", false}},
       {kInventory,
        kIntegration,
        {"--format", "md|html|json", "by the file's ending, else md; html needs no other file"},
        {"--output", "FILE", "write it there, and replace what is there; - is standard output",
         Completes::kFile, 'o'},
        kJson},
       {"rekey report -f rekey.yaml", "rekey report run-20261128-0f3a9c21 -o rotation.html"},
       run_report},
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

constexpr ArgumentSpec kRun{"RUN", "its name, as `rekey run list` tells it; the open one else",
                            false};
constexpr OptionSpec kBy{"--by", "NAME", "whose word it is; the system's user where not given"};

std::vector<CommandSpec> run_commands() {
  return {
      {"run list",
       "every run of an inventory, open and closed, the newest first",
       "Exits with 3 where an open one waits for somebody.",
       {},
       {kInventory, kIntegration, {"--open", "", "only those that are not over"}, kJson},
       {"rekey run list -f rekey.yaml --open"},
       run_run_list},
      {"run show",
       "where a run stands, consumer by consumer, and on what evidence",
       "Of each consumer when its place was written, read back and reloaded, whether it was seen "
       "on the new secret, when last on the old one, how many of its instances, and the verdict; "
       "by the issuer's usage now where the run is open and the issuer tells any, else by the "
       "journal. Exits with 3 where somebody has to act.",
       {kRun},
       {kInventory,
        kIntegration,
        {"--events", "", "everything that happened, with its time"},
        kJson},
       {"rekey run show -f rekey.yaml",
        "rekey run show run-20261124-9f2c41d0 -f rekey.yaml --events"},
       run_run_show},
      {"run explain",
       "a run in words: what it waits for, and what happens next",
       "Where the run stands, what it waits for, what would bring it on, what happens then, "
       "whether the old secret still works and until when, and what giving it up would do now. "
       "Exits with 3 where somebody has to act.",
       {kRun},
       {kInventory, kIntegration, kJson},
       {"rekey run explain -f rekey.yaml"},
       run_run_explain},
      {"run resume",
       "go on with the open run, and begin none",
       "As `rekey rotate` does with an open run; also with one that a person has parked, which "
       "nothing else goes on with.",
       {},
       rotation_options({kYes}),
       {"rekey run resume -f rekey.yaml --yes"},
       run_run_resume},
      {"run park",
       "stop the open run until somebody resumes it",
       "Nothing is undone: both secrets go on working as they do. Neither `rekey rotate`, with "
       "--due or without, nor `rekey watch` goes on with it then. While an engine works on the "
       "run, end that one first (Ctrl-C).",
       {},
       {kInventory, kIntegration, {"--reason", "TEXT", "why; kept in the journal"}, kBy},
       {"rekey run park -f rekey.yaml --reason \"no changes before Monday\""},
       run_run_park},
      {"run issuer-moved",
       "say that the issuer of the open run is at the place that the inventory names now",
       "A run asks only the issuer that it began with. Where that one has got another address, "
       "write "
       "it into the inventory and say so here; where it lists secrets, the run's have to be among "
       "them. What was approved before counts for nothing then.",
       {},
       {kInventory, kIntegration, {"--reason", "TEXT", "why; kept in the journal"}, kBy},
       {"rekey run issuer-moved -f rekey.yaml --reason \"moved to the new data centre\""},
       run_run_issuer_moved},
      {"run abort",
       "give the open run up, and put back what it wrote",
       "The same as `rekey rotate --abandon`: every place that the run wrote gets its value back, "
       "is proven and reloaded, and the staged secret ends once nobody uses it. Within an "
       "overlap the activation is undone first, where the issuer can do that; else it is refused "
       "after the activation.",
       {},
       rotation_options({{"--reason", "TEXT", "why; kept in the journal"}}),
       {"rekey run abort -f rekey.yaml --reason \"the wrong package\""},
       run_run_abort},
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
       "sink is manual. Counts after the consumer has got the new secret, until the old one has "
       "ended or its sink is written again. Refused where usage tells otherwise: then it would "
       "count for nothing.",
       {{"CONSUMER", "its name in the inventory"}},
       {kInventory, kIntegration, {"--reason", "TEXT", "what was seen; kept in the journal"}, kBy},
       {"rekey run attest crm-sync -f rekey.yaml --reason \"tonight's import ran at 02:10\""},
       run_run_attest},
      {"run waive",
       "let the old secret end without evidence for a consumer",
       "For a consumer that was switched off, or that nobody can watch (refused where its evidence "
       "is there): its verdict becomes "
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
       "Where the inventory asks for approval: by somebody else than who began the run. It is of "
       "the plan that --plan names by its digest, as `rekey plan` and `rekey run show` print it; "
       "without --plan the plan is shown on the terminal, and asked about. Where consumers, rules "
       "or waivers change, it has to be given anew.",
       {},
       {kInventory,
        kIntegration,
        {"--plan", "DIGEST",
         "the digest of the plan that was seen; needed where nobody is there to ask"},
        {"--reason", "TEXT", "why; kept in the journal"},
        kBy},
       {"rekey run approve -f rekey.yaml --plan 9f2c41d00b7e6a35 --reason \"change 4711\""},
       run_run_approve},
  };
}

std::vector<CommandSpec> all_commands() {
  std::vector<CommandSpec> all;
  for (auto part : {serve_commands(), package_commands(), secret_commands(), tenant_commands(),
                    other_commands(), backup_commands(), sandbox_commands(), inventory_commands(),
                    run_commands(), sink_commands(), notice_commands(), scan_commands()}) {
    for (auto& command : part) all.push_back(std::move(command));
  }
  return all;
}

constexpr std::array<GroupSpec, 12> kGroups{{
    {"package", "installed packages and their integrations"},
    {"secret", "client secrets: stage, activate, undo that, revoke, watch"},
    {"policy", "the bounds inside which every secret lives"},
    {"key", "the keys that sign access tokens"},
    {"audience", "the resource servers that access tokens are for"},
    {"ledger", "the record of every change, and its proof"},
    {"admin", "the credential that administers the authority"},
    {"sandbox", "the data of a server that was started with --sandbox"},
    {"inventory", "rekey.yaml: whose secret is replaced, and who uses it"},
    {"run", "the runs of rotations, and what people say to the open one"},
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
