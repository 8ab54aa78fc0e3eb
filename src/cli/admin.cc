// rekey admin rotate|recover: the credential that administers the authority.
#include <fmt/format.h>
#include <unistd.h>

#include "authority/admin_secret.h"
#include "authority/data_folder.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/show.h"
#include "net/problem.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct NewSecret {
  std::string id;
  base::Secret value;
  base::Instant usable_from;
  base::Instant expires_at;
};

std::string secrets_path(const Api& api) {
  return fmt::format("/integrations/{}/secrets", api.credential().client_id);
}

// What stands in the default slot; empty where nothing does.
struct Standing {
  std::string active_id;
  std::string staged_id;
  std::string staged_at;
};

Result<Standing> look(Api& api) {
  REKEY_TRY(const auto reply, api.get(secrets_path(api)));
  Standing standing;
  const auto* secrets = reply.json.find("secrets");
  if (secrets == nullptr) return fail(Code::kInternal, "the server's reply has no secrets");
  for (const auto& secret : secrets->items()) {
    if (text_or_dash(secret, "slot") != credential::kDefaultSlot) continue;
    const auto state = text_or_dash(secret, "state");
    if (state == "active") standing.active_id = text_or_dash(secret, "id");
    if (state == "staged" || state == "settling") {
      standing.staged_id = text_or_dash(secret, "id");
      standing.staged_at = text_or_dash(secret, "generated_at");
    }
  }
  return standing;
}

// ---- who else rotates --------------------------------------------------------------------------

tl::unexpected<base::Error> somebody_came_first(const Api& api, const std::string& winner) {
  return fail(Code::kConflict,
              fmt::format("another rotation of this credential came first{}; this one stopped "
                          "without a change to {}. Nothing is left to do; `rekey secret list {}` "
                          "shows what is active",
                          winner.empty() ? "" : fmt::format(", with {}", winner),
                          api.credential().path, api.credential().client_id));
}

tl::unexpected<base::Error> somebody_is_at_it(const Api& api, const Credential& written,
                                              const Standing& standing) {
  const auto& client_id = api.credential().client_id;
  const auto way_on =
      written.secret_id == standing.staged_id
          ? fmt::format("{} holds it already: finish with `rekey secret activate {} --secret {}`",
                        written.path, client_id, standing.staged_id)
          : fmt::format(
                "{} does not hold it: end it with `rekey secret revoke {} {} --reason TEXT`, "
                "and start `rekey admin rotate` again",
                written.path, client_id, standing.staged_id);
  return fail(Code::kConflict,
              fmt::format("another rotation of this credential is under way: {} was staged at {} "
                          "and is not active yet. This one changed nothing. If the other one still "
                          "runs, nothing is left to do; if it was broken off, {}",
                          standing.staged_id, standing.staged_at, way_on));
}

// What stood there before; an error where another rotation is under way, or was done since the
// credential was read.
Result<Standing> look_before(const Context& context, Api& api) {
  auto standing = look(api);
  REKEY_TRY(const auto written, read_credential(context, api.credential().path));
  if (standing && !standing->staged_id.empty()) return somebody_is_at_it(api, written, *standing);
  if (written.client_secret == api.credential().client_secret) return standing;
  return somebody_came_first(api, written.secret_id);
}

// The server keeps one staged secret, so of several rotations at once one goes on from here.
Result<NewSecret> stage(Api& api) {
  REKEY_TRY(auto reply,
            api.send(net::Method::kPost, secrets_path(api),
                     base::Secret(R"({"label":"rekey admin rotate","if_vacant":true})")));
  const auto* secret = reply.json.find("secret");
  if (secret == nullptr) return fail(Code::kInternal, "the server's reply has no secret");
  NewSecret staged;
  REKEY_TRY(staged.id, secret->string_member("id"));
  REKEY_TRY(auto value, secret->string_member("value"));
  staged.value = base::Secret::take(std::move(value));
  REKEY_TRY(const auto usable_from, secret->string_member("usable_from"));
  REKEY_TRY(staged.usable_from, base::parse_instant(usable_from));
  REKEY_TRY(const auto expires_at, secret->string_member("expires_at"));
  REKEY_TRY(staged.expires_at, base::parse_instant(expires_at));
  return staged;
}

// Stages, unless another rotation does so meanwhile or has come to its end since `before`.
Result<NewSecret> stage_alone(const Context& context, Api& api, const Standing& before) {
  auto staged = stage(api);
  if (!staged) {
    const auto after = look(api);
    const auto written = read_credential(context, api.credential().path);
    if (!after || !written) return staged;
    if (!after->staged_id.empty()) return somebody_is_at_it(api, *written, *after);
    if (after->active_id != before.active_id) return somebody_came_first(api, after->active_id);
    return staged;
  }
  REKEY_TRY(const auto after, look(api));
  if (after.active_id == before.active_id) return staged;
  net::JsonWriter body;
  body.begin_object().member("reason", "rekey admin rotate: another rotation came first");
  body.end_object();
  REKEY_TRY([[maybe_unused]] const auto revoked,
            api.send(net::Method::kPost, fmt::format("{}/{}/revoke", secrets_path(api), staged->id),
                     base::Secret::take(body.release())));
  return somebody_came_first(api, after.active_id);
}

// ---- rotating ----------------------------------------------------------------------------------

// Proves the value in the file, read back from there, as a client would use it.
base::Status prove(const Context& context, Api& api) {
  REKEY_TRY(const auto written, read_credential(context, api.credential().path));
  REKEY_TRY(const auto reply, request_token(api.client(), {.token_url = api.server() + "/v2/token",
                                                           .client_id = written.client_id,
                                                           .client_secret = &written.client_secret,
                                                           .scope = std::nullopt,
                                                           .account_id = std::nullopt,
                                                           .probe_token = {},
                                                           .folder = {}}));
  if (reply.status == 200) return {};
  return fail(Code::kRefused,
              fmt::format("{} answered {} to the new secret in {}, and the old one is still "
                          "active; on the server's machine, `rekey admin recover --data DIR` "
                          "makes a new one",
                          api.server(), reply.status, written.path));
}

base::Status write_credential(const Context& context, const Api& api, const NewSecret& secret) {
  REKEY_TRY(const auto id, credential::parse_secret_id(secret.id));
  const auto text = authority::format_admin_credential(
      {.server = api.server(),
       .client_id = credential::ClientId{api.credential().client_id},
       .client_secret = secret.value.clone(),
       .secret_id = id,
       .expires_at = secret.expires_at});
  return context.files.replace(api.credential().path, text.reveal(), 0600);
}

// The one user of this secret is the file that was just rewritten and proven, so the guard against
// a secret still in use has nothing to tell.
Result<ApiReply> activate(Api& api, const NewSecret& secret) {
  net::JsonWriter body;
  body.begin_object()
      .member("secret_id", secret.id)
      .member("force", true)
      .member("reason", "rekey admin rotate: its credential file holds the new secret, proven")
      .end_object();
  return api.send(net::Method::kPost,
                  fmt::format("/integrations/{}/activate", api.credential().client_id),
                  base::Secret::take(body.release()));
}

// Asks the server on the folder through its control socket; nullopt where none runs there.
Result<std::optional<ApiReply>> recover_online(const std::string& folder) {
  net::Client client(fmt::format("rekey/{}", REKEY_VERSION));
  net::ClientRequest request;
  request.method = net::Method::kPost;
  request.url = "http://localhost/local/v1/recover";
  request.local_socket_path = authority::DataFolder{folder}.control_socket();
  auto response = client.send(request);
  if (!response && response.error().code == Code::kUnavailable) return std::nullopt;
  if (!response) return tl::unexpected(response.error());
  if (response->status >= 400) {
    return tl::unexpected(net::error_from_problem(response->status, response->body.reveal()));
  }
  ApiReply reply;
  reply.status = response->status;
  reply.text = std::move(response->body);
  REKEY_TRY(reply.json, net::parse_json(reply.text.reveal()));
  return std::optional<ApiReply>(std::move(reply));
}

struct Recovered {
  std::string file;
  std::string client_id;
  std::string secret_id;
  std::string expires_at;
};

void print_recovery(const Context& context, const Arguments& arguments,
                    const Recovered& recovered) {
  if (arguments.wants_json()) {
    net::JsonWriter out;
    out.begin_object()
        .member("credential_file", recovered.file)
        .member("client_id", recovered.client_id)
        .member("secret_id", recovered.secret_id)
        .member("expires_at", recovered.expires_at)
        .end_object();
    print_json(context, out.text());
    return;
  }
  print_line(context,
             fmt::format("{} holds a new admin credential ({}), which expires {}. Older ones "
                         "are revoked.",
                         recovered.file, recovered.secret_id, recovered.expires_at));
}

}  // namespace

Result<int> run_admin_rotate(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto before, look_before(context, api));
  REKEY_TRY(const auto secret, stage_alone(context, api, before));
  const auto wait = secret.usable_from - context.clock.now();
  if (wait > base::Duration{0}) {
    if (!arguments.wants_json()) {
      print_line(context, fmt::format("Staged {}; it works from {}, waiting.", secret.id,
                                      base::format_instant(secret.usable_from)));
      std::fflush(context.out);
    }
    context.clock.sleep_for(wait);
  }
  REKEY_CHECK(write_credential(context, api, secret));
  REKEY_CHECK(prove(context, api));
  REKEY_TRY(const auto reply, activate(api, secret));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  print_line(context,
             fmt::format("{} holds {}, proven and active; it expires {} ({}).",
                         api.credential().path, secret.id, base::format_instant(secret.expires_at),
                         base::describe_relative(secret.expires_at, context.clock.now())));
  return kExitOk;
}

Result<int> run_admin_recover(Context& context, const Arguments& arguments) {
  const auto folder = arguments.get("--data");
  if (!folder)
    return fail(Code::kInvalidArgument, "--data DIR is needed: the authority's data folder");
  REKEY_TRY(const auto online, recover_online(*folder));
  if (online) {
    print_recovery(context, arguments,
                   {.file = text_or_dash(online->json, "credential_file"),
                    .client_id = text_or_dash(online->json, "client_id"),
                    .secret_id = text_or_dash(online->json, "secret_id"),
                    .expires_at = text_or_dash(online->json, "expires_at")});
    return kExitOk;
  }
  telemetry::Logger logger(telemetry::LogFormat::kText, telemetry::Level::kWarning);
  const auto recovered = authority::recover_admin(
      context.files, *folder, arguments.get_or("--key", ""), ::geteuid(), context.clock, logger);
  if (!recovered) return tl::unexpected(as_file_away(recovered.error()));
  const auto& recovery = *recovered;
  print_recovery(context, arguments,
                 {.file = recovery.credential_file,
                  .client_id = recovery.client_id.value,
                  .secret_id = credential::to_text(recovery.secret_id),
                  .expires_at = base::format_instant(recovery.expires_at)});
  return kExitOk;
}

}  // namespace rekey::cli
