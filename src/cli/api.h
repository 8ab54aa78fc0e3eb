// The commands' way to a server: where it is, with which credential, and the calls of the admin
// API.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "net/client.h"
#include "net/json.h"

namespace rekey::cli {

// The content of a credential file (docs/admin-api.md); kUnavailable where there is no such file.
struct Credential {
  std::string path;
  std::string server;
  std::string client_id;
  base::Secret client_secret;
  std::string secret_id;  // empty where the file does not say
};
[[nodiscard]] base::Result<Credential> read_credential(const Context& context,
                                                       const std::string& path);

// What a token endpoint said, as a client would see it.
struct TokenReply {
  int status = 0;
  base::Secret body;
};
struct TokenRequest {
  std::string token_url;
  std::string client_id;
  const base::Secret* client_secret = nullptr;
  std::optional<std::string> scope;
  std::optional<std::int64_t> account_id;
  std::string probe_token;  // marks the request as a probe where not empty
  std::string folder;       // where the server is to be started if nobody answers; may be empty
};
[[nodiscard]] base::Result<TokenReply> request_token(net::Client& client,
                                                     const TokenRequest& request);

// Where the answer may hold a value that is shown once, keep it as a Secret.
struct ApiReply {
  int status = 0;
  base::Secret text;
  net::JsonValue json;
};

class Api {
 public:
  // --server and --credential, or REKEY_SERVER and REKEY_CREDENTIAL, or --data for both. The error
  // says which is missing and how to give it.
  [[nodiscard]] static base::Result<Api> connect(const Context& context,
                                                 const Arguments& arguments);

  // Whether the command line or the environment names a server or a credential at all.
  [[nodiscard]] static bool is_named(const Context& context, const Arguments& arguments);

  // `path` is below /api/v1. A problem reply becomes its error.
  [[nodiscard]] base::Result<ApiReply> get(std::string_view path);
  [[nodiscard]] base::Result<ApiReply> send(net::Method method, std::string_view path,
                                            base::Secret body);
  [[nodiscard]] const std::string& server() const noexcept { return server_; }
  [[nodiscard]] const Credential& credential() const noexcept { return credential_; }
  // An access token with the administrative scope; asked for once.
  [[nodiscard]] base::Result<std::string> admin_token();
  [[nodiscard]] net::Client& client() noexcept { return client_; }

 private:
  Api(std::string server, Credential credential, std::string folder, const platform::Clock& clock);
  std::string server_;
  std::string folder_;  // --data; empty where it was not given
  Credential credential_;
  std::string token_;
  net::Client client_;
  const platform::Clock* clock_;
};

}  // namespace rekey::cli
