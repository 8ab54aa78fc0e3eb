// What a tenant has: its policy, the keys that sign its tokens, and whom those are for.
#include "cli/command_parts.h"
#include "cli/commands.h"

namespace rekey::cli {

std::vector<CommandSpec> tenant_commands() {
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
      {"key list",
       "list the keys that sign access tokens",
       "Keys of JWT access tokens, from POST /oauth2/token. One is published a day before it "
       "signs, signs for 90 days, and stays published until its last token is over.",
       {},
       with_server({}),
       {},
       run_key_list},
      {"key rotate",
       "publish the next key that signs access tokens",
       "The server does this by itself in time. The new key signs a day from now, when every "
       "verifier has it. With --at-once the keys before it are withdrawn, and tokens that they "
       "signed are refused: for keys that others may know.",
       {},
       with_server({{"--algorithm", "ES256|RS256|EdDSA", "of which algorithm; ES256"},
                    {"--at-once", "", "withdraw the keys before it and sign at once"},
                    {"--reason", "TEXT", "why; needed with --at-once, kept in the ledger"}}),
       {"rekey key rotate --data DIR",
        "rekey key rotate --at-once --reason 'a backup was lost' --data DIR"},
       run_key_rotate},
      {"audience list",
       "list the resource servers that access tokens may be for",
       "Tokens without a resource are for this server itself.",
       {},
       with_server({}),
       {},
       run_audience_list},
      {"audience declare",
       "declare a resource server that access tokens may be for",
       "Clients name it in the parameter resource of POST /oauth2/token. Takes the place of what "
       "was declared for that URI before.",
       {{"URI", "its resource indicator, an absolute URI without a fragment"}},
       with_server({{"--algorithm", "ES256|RS256|EdDSA", "what its tokens are signed with; ES256"},
                    {"--package", "PACKAGE",
                     "only for this package (pkg_1 or a client id); may be repeated"},
                    {"--resource-server", "PACKAGE", "whose client may introspect its tokens"}}),
       {"rekey audience declare https://api.example.com --algorithm RS256 --data DIR"},
       run_audience_declare},
      {"audience remove",
       "let no more tokens be made for a resource server",
       "Tokens that it was sent already live to their end, a few minutes.",
       {{"URI", "its resource indicator"}},
       with_server({}),
       {},
       run_audience_remove},
  };
}

}  // namespace rekey::cli
