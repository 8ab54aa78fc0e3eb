#include "cli/api.h"

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "net/problem.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::int64_t kCredentialLimitBytes = 64 * 1024;

Result<net::JsonValue> read_json_file(const Context& context, const std::string& path) {
  REKEY_TRY(const auto content, context.files.read(path, kCredentialLimitBytes));
  auto document = net::parse_json(content.reveal());
  if (!document) return tl::unexpected(base::with_context(path, document.error()));
  return document;
}

// The URL of the server that runs on a data folder, from the file that it keeps there.
Result<std::string> server_of_folder(const Context& context, const std::string& folder) {
  const auto document = read_json_file(context, folder + "/server.json");
  if (!document && document.error().code == Code::kNotFound) {
    return fail(
        Code::kUnavailable,
        fmt::format("no server runs on {0}; start one with: rekey serve --data {0}", folder));
  }
  if (!document) return tl::unexpected(as_file_away(document.error()));
  return document->string_member("url");
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Result<Credential> read_credential(const Context& context, const std::string& path) {
  const auto document = read_json_file(context, path);
  if (!document) return tl::unexpected(as_file_away(document.error()));
  Credential credential;
  credential.path = path;
  REKEY_TRY(credential.server, document->string_member_or("server", ""));
  REKEY_TRY(credential.client_id, document->string_member("client_id"));
  REKEY_TRY(auto value, document->string_member("client_secret"));
  credential.client_secret = base::Secret::take(std::move(value));
  REKEY_TRY(credential.secret_id, document->string_member_or("secret_id", ""));
  return credential;
}

Result<TokenReply> request_token(net::Client& client, const TokenRequest& request) {
  net::JsonWriter body;
  body.begin_object()
      .member("grant_type", "client_credentials")
      .member("client_id", request.client_id)
      .member_revealing("client_secret", *request.client_secret);
  if (request.scope) body.member("scope", *request.scope);
  if (request.account_id) body.member("account_id", *request.account_id);
  body.end_object();

  net::ClientRequest message;
  message.method = net::Method::kPost;
  message.url = request.token_url;
  message.headers = {{"Content-Type", "application/json"}};
  if (!request.probe_token.empty())
    message.headers.emplace_back("Rekey-Probe", request.probe_token);
  message.body = base::Secret::take(body.release());
  REKEY_TRY(auto response, client.send(message));
  return TokenReply{response.status, std::move(response.body)};
}

Api::Api(std::string server, Credential credential)
    : server_(std::move(server)),
      credential_(std::move(credential)),
      client_(fmt::format("rekey/{}", REKEY_VERSION)) {}

Result<Api> Api::connect(const Context& context, const Arguments& arguments) {
  const auto folder = arguments.get("--data");
  auto credential_path = arguments.get("--credential");
  if (!credential_path && folder) credential_path = *folder + "/admin.json";
  if (!credential_path) credential_path = context.environment("REKEY_CREDENTIAL");
  if (!credential_path) {
    return fail(Code::kInvalidArgument,
                "no credential: give --data DIR on the server's machine, or --credential FILE, or "
                "set REKEY_CREDENTIAL");
  }
  auto server = arguments.get("--server");
  if (!server && folder) {
    REKEY_TRY(server, server_of_folder(context, *folder));
  }
  if (!server) server = context.environment("REKEY_SERVER");
  REKEY_TRY(auto credential, read_credential(context, *credential_path));
  if (!server && !credential.server.empty()) server = credential.server;
  if (!server) {
    return fail(Code::kInvalidArgument,
                "no server: give --server URL or --data DIR, or set REKEY_SERVER");
  }
  return Api(without_slash(*server), std::move(credential));
}

Result<std::string> Api::admin_token() {
  if (!token_.empty()) return token_;
  REKEY_TRY(const auto reply, request_token(client_, {.token_url = server_ + "/v2/token",
                                                      .client_id = credential_.client_id,
                                                      .client_secret = &credential_.client_secret,
                                                      .scope = std::nullopt,
                                                      .account_id = std::nullopt,
                                                      .probe_token = {}}));
  if (reply.status == 401) {
    return fail(Code::kUnauthenticated,
                fmt::format("{} refuses the credential in {}; on the server's machine, "
                            "`rekey admin recover --data DIR` makes a new one",
                            server_, credential_.path));
  }
  if (reply.status != 200) {
    return fail(Code::kUnavailable,
                fmt::format("{} answered {} to a token request", server_, reply.status));
  }
  REKEY_TRY(const auto document, net::parse_json(reply.body.reveal()));
  REKEY_TRY(token_, document.string_member("access_token"));
  return token_;
}

Result<ApiReply> Api::get(std::string_view path) {
  return send(net::Method::kGet, path, {});
}

Result<ApiReply> Api::send(net::Method method, std::string_view path, base::Secret body) {
  net::ClientRequest request;
  request.method = method;
  request.url = fmt::format("{}/api/v1{}", server_, path);
  REKEY_TRY(request.bearer_token, admin_token());
  if (!body.is_empty()) request.headers = {{"Content-Type", "application/json"}};
  request.body = std::move(body);
  REKEY_TRY(auto response, client_.send(request));
  if (response.status >= 400) {
    return tl::unexpected(net::error_from_problem(response.status, response.body.reveal()));
  }
  ApiReply reply;
  reply.status = response.status;
  reply.text = std::move(response.body);
  REKEY_TRY(reply.json, net::parse_json(reply.text.reveal()));
  return reply;
}

}  // namespace rekey::cli
