#include "cli/api.h"

#include <fmt/format.h>

#include "authority/data_folder.h"
#include "cli/exit_code.h"
#include "net/http_date.h"
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

base::Status check_is_data_folder(const Context& context, const std::string& folder) {
  const auto is_missing = [&](const std::string& path) {
    const auto facts = context.files.facts(path);
    return !facts && facts.error().code == Code::kNotFound;
  };
  if (is_missing(folder)) {
    return fail(Code::kUnavailable, fmt::format("--data: there is no folder {}", folder));
  }
  if (is_missing(authority::DataFolder{folder}.database())) {
    return fail(Code::kUnavailable,
                fmt::format("--data: {} is no data folder: it has no rekey.db", folder));
  }
  return {};
}

// The URL of the server that runs on a data folder, from the file that it keeps there.
Result<std::string> server_of_folder(const Context& context, const std::string& folder) {
  REKEY_CHECK(check_is_data_folder(context, folder));
  const auto document = read_json_file(context, authority::DataFolder{folder}.server_facts());
  if (!document && document.error().code == Code::kNotFound) {
    return fail(
        Code::kUnavailable,
        fmt::format("no server runs on {0}; start one with: rekey serve --data {0}", folder));
  }
  if (!document) return tl::unexpected(as_file_away(document.error()));
  return document->string_member("url");
}

// Sends; where nobody listens, the error names the URL and asks for the server.
Result<net::ClientResponse> send_to(net::Client& client, const net::ClientRequest& request,
                                    std::string_view server, std::string_view folder) {
  auto response = client.send(request);
  if (response || response.error().code != Code::kUnavailable) return response;
  return fail(Code::kUnavailable,
              fmt::format("{}: {}; is the server running? Start it with: rekey serve --data {}",
                          server, response.error().detail, folder.empty() ? "DIR" : folder));
}

Result<Credential> credential_of(const net::JsonValue& document) {
  Credential credential;
  REKEY_TRY(credential.server, document.string_member_or("server", ""));
  REKEY_TRY(credential.client_id, document.string_member("client_id"));
  REKEY_TRY(auto value, document.string_member("client_secret"));
  credential.client_secret = base::Secret::take(std::move(value));
  REKEY_TRY(credential.secret_id, document.string_member_or("secret_id", ""));
  return credential;
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Result<Credential> read_credential(const Context& context, const std::string& path) {
  const auto document = read_json_file(context, path);
  if (!document) return tl::unexpected(as_file_away(document.error()));
  auto credential = credential_of(*document);
  if (!credential) {
    return tl::unexpected(base::with_context(path + " is no credential file", credential.error()));
  }
  credential->path = path;
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
  REKEY_TRY(auto response, send_to(client, message, request.token_url, request.folder));
  return TokenReply{response.status, std::move(response.body)};
}

Api::Api(std::string server, Credential credential, std::string folder,
         const platform::Clock& clock)
    : server_(std::move(server)),
      folder_(std::move(folder)),
      credential_(std::move(credential)),
      client_(fmt::format("rekey/{}", REKEY_VERSION)),
      clock_(&clock) {}

bool Api::is_named(const Context& context, const Arguments& arguments) {
  return arguments.has("--server") || arguments.has("--credential") || arguments.has("--data") ||
         context.environment("REKEY_SERVER") || context.environment("REKEY_CREDENTIAL");
}

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
  auto credential = read_credential(context, *credential_path);
  if (!credential && credential.error().code == Code::kUnavailable && folder) {
    return fail(Code::kUnavailable,
                fmt::format("{}; `rekey admin recover --data {}` makes a new one",
                            credential.error().detail, *folder));
  }
  if (!credential) return tl::unexpected(credential.error());
  if (!server && !credential->server.empty()) server = credential->server;
  if (!server) {
    return fail(Code::kInvalidArgument,
                "no server: give --server URL or --data DIR, or set REKEY_SERVER");
  }
  return Api(without_slash(*server), *std::move(credential), folder.value_or(""), context.clock);
}

Result<std::string> Api::admin_token() {
  if (!token_.empty()) return token_;
  REKEY_TRY(const auto reply, request_token(client_, {.token_url = server_ + "/v2/token",
                                                      .client_id = credential_.client_id,
                                                      .client_secret = &credential_.client_secret,
                                                      .scope = std::nullopt,
                                                      .account_id = std::nullopt,
                                                      .probe_token = {},
                                                      .folder = folder_}));
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
  // What this machine's clock says: the authority tells how far its own is from its callers'.
  request.headers = {{"Date", net::format_http_date(clock_->now())}};
  if (!body.is_empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  REKEY_TRY(auto response, send_to(client_, request, server_, folder_));
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
