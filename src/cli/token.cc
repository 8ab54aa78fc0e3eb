// rekey token: asks for an access token exactly as a client would.
#include <fmt/format.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/secret_input.h"
#include "cli/show.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;

std::string token_url_of(std::string base_url) {
  if (!base_url.ends_with('/')) base_url += '/';
  return base_url + "v2/token";
}

// A refusal says what the server said, and what it may mean; the server tells clients no more.
base::Result<int> explain(const TokenReply& reply, std::string_view client_id) {
  const auto document = net::parse_json(reply.body.reveal());
  const auto error = document ? text_or_dash(*document, "error") : std::string("-");
  const auto text = document ? text_or_dash(*document, "error_description") : std::string("-");
  if (reply.status == 401) {
    return fail(
        Code::kUnauthenticated,
        fmt::format(
            "refused with 401 {}: {} (wrong, expired, dormant or replaced secret, or a "
            "disabled package; who administers the authority sees which: `rekey refusals {}`, "
            "`rekey secret list {}`)",
            error, text, client_id, client_id));
  }
  return fail(reply.status >= 500 ? Code::kUnavailable : Code::kRefused,
              fmt::format("refused with {} {}: {}", reply.status, error, text));
}

}  // namespace

base::Result<int> run_token(Context& context, const Arguments& arguments) {
  std::string server =
      arguments.get("--server").value_or(context.environment("REKEY_SERVER").value_or(""));
  std::string client_id = arguments.get_or("--client-id", "");
  // Before standard input is read: whoever types the command alone would wait for nothing.
  if (!arguments.has("--credential") && (server.empty() || client_id.empty())) {
    return fail(Code::kInvalidArgument,
                fmt::format("{} needed (or --credential FILE, which has both): the authority's "
                            "URL, and the id of the client; the secret is read from --secret-file, "
                            "or standard input",
                            !server.empty()      ? "--client-id ID is"
                            : !client_id.empty() ? "--server URL is"
                                                 : "--server URL and --client-id ID are"));
  }
  base::Secret value;
  if (const auto path = arguments.get("--credential")) {
    REKEY_TRY(auto credential, read_credential(context, *path));
    if (server.empty()) server = credential.server;
    if (client_id.empty()) client_id = credential.client_id;
    value = std::move(credential.client_secret);
  } else {
    REKEY_TRY(value, read_secret_input(context, arguments.get_or("--secret-file", "-")));
  }
  if (server.empty())
    return fail(Code::kInvalidArgument, "--server URL is needed (or REKEY_SERVER)");
  if (client_id.empty()) return fail(Code::kInvalidArgument, "--client-id ID is needed");
  REKEY_TRY(const auto account, arguments.number_or("--account-id", 0, 1, 9'999'999'999));

  net::Client client(fmt::format("rekey-token/{}", REKEY_VERSION));
  TokenRequest request{.token_url = token_url_of(server),
                       .client_id = client_id,
                       .client_secret = &value,
                       .scope = arguments.get("--scope"),
                       .account_id = std::nullopt,
                       .probe_token = {},
                       .folder = {}};
  if (account != 0) request.account_id = account;
  REKEY_TRY(const auto reply, request_token(client, request));
  if (reply.status != 200) return explain(reply, client_id);
  if (arguments.wants_json()) {
    print_json(context, reply.body.reveal());
    return kExitOk;
  }
  REKEY_TRY(const auto document, net::parse_json(reply.body.reveal()));
  REKEY_TRY(const auto token, document.string_member("access_token"));
  print_line(context, token);
  return kExitOk;
}

}  // namespace rekey::cli
