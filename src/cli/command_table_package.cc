// Packages with their integrations, and the secrets of these.
#include "cli/command_parts.h"
#include "cli/commands.h"

namespace rekey::cli {
namespace {

constexpr OptionSpec kSlot{"--slot", "TAG",
                           "the slot: 6 letters and digits, or \"-\", the default one"};
constexpr OptionSpec kSecretFile{"--secret-file", "FILE",
                                 "write the value to a new file of mode 0600 instead of showing it",
                                 Completes::kFile};

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
constexpr ArgumentSpec kPackage{"PACKAGE", "its id (pkg_1), its client id, or its name"};

}  // namespace

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
      {"package revoke-tokens",
       "end all tokens of a package until now, and no secret",
       "Where tokens are verified elsewhere, by their signature, they live to their own end.",
       {kPackage},
       with_server({{"--reason", "TEXT", "why; kept in the ledger"}}),
       {},
       run_package_revoke_tokens},
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
      {"secret undo-activation",
       "make the secret that an activation superseded active again",
       "Possible while the overlap lasts. The one that was activated is staged again, as before: "
       "whoever holds it is not refused.",
       {kClientId},
       with_server({kSlot,
                    {"--secret", "ID", "refuse unless this one is active"},
                    {"--reason", "TEXT", "why; kept in the ledger"}}),
       {"rekey secret undo-activation CLIENT_ID --reason 'the wrong package' --data DIR"},
       run_secret_undo_activation},
      {"secret revoke",
       "end a secret, and tokens made with it, at once",
       "",
       {kClientId, {"SECRET_ID", "such as sec_17"}},
       with_server({{"--reason", "TEXT", "why; kept in the ledger"}}),
       {},
       run_secret_revoke},
      {"secret revoke-tokens",
       "end the tokens made with a secret until now, and not the secret",
       "",
       {kClientId, {"SECRET_ID", "such as sec_17"}},
       with_server({{"--reason", "TEXT", "why; kept in the ledger"}}),
       {},
       run_secret_revoke_tokens},
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

}  // namespace rekey::cli
