#include "rotation/probes/token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "net/json.h"
#include "rotation/probes/token_cause.h"

namespace rekey::rotation {
namespace {

using base::Secret;
using net::ClientRequest;
using net::ClientResponse;
using Send = std::function<base::Result<ClientResponse>(const ClientRequest&)>;

// RFC 6749 section 5.2, and what servers take over from section 4.1.2.1.
constexpr std::array<std::string_view, 8> kErrorCodes{
    "invalid_request",        "invalid_client", "invalid_grant", "unauthorized_client",
    "unsupported_grant_type", "invalid_scope",  "server_error",  "temporarily_unavailable"};

struct ToldError {
  std::string code;  // one of kErrorCodes, or nothing
  ToldCause cause = ToldCause::kNone;
};

// No more of the body than that: whatever else a server writes there could be what it was sent.
ToldError error_in(const Secret& body) {
  const auto reply = net::parse_json(body.reveal());
  if (!reply) return {};
  const std::string code = reply->string_member_or("error", "").value_or("");
  if (std::find(kErrorCodes.begin(), kErrorCodes.end(), code) == kErrorCodes.end()) return {};
  const std::string description = reply->string_member_or("error_description", "").value_or("");
  return {code, cause_told_by(code, description)};
}

ProbeResult judge_reply(const ClientResponse& response) {
  if (response.status == 200) return {ProbeAnswer::kAccepted, "status 200"};
  const bool is_denial = response.status == 401 || response.status == 400;
  const ToldError told = error_in(response.body);
  const ToldCause cause = is_denial ? told.cause : ToldCause::kNone;
  const std::string_view reason = name_of(cause);
  return {
      is_denial && told.code == "invalid_client" ? ProbeAnswer::kRefused : ProbeAnswer::kUnclear,
      fmt::format("status {}{}{}{}{}", response.status, told.code.empty() ? "" : " ", told.code,
                  reason.empty() ? "" : ": ", reason),
      cause};
}

class TokenProbe final : public Probe {
 public:
  TokenProbe(Send send, const IntegrationFacts& integration, IssuerReader& issuer)
      : send_(std::move(send)),
        client_id_(integration.client_id),
        account_id_(integration.account_id),
        issuer_(issuer) {
    url_ = integration.auth_base_uri;
    if (!url_.ends_with('/')) url_ += '/';
    url_ += "v2/token";
  }

  [[nodiscard]] base::Result<ProbeResult> present(const Secret& value) override {
    net::JsonWriter body;
    body.begin_object().member("grant_type", "client_credentials");
    body.member("client_id", client_id_).member_revealing("client_secret", value);
    if (account_id_) body.member("account_id", *account_id_);
    body.end_object();
    ClientRequest request;
    request.method = net::Method::kPost;
    request.url = url_;
    REKEY_TRY(request.headers, issuer_.own_request_headers());
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = Secret::take(body.release());
    REKEY_TRY(const ClientResponse response, send_(request));
    return judge_reply(response);
  }

 private:
  Send send_;
  std::string client_id_;
  std::optional<std::int64_t> account_id_;
  std::string url_;
  IssuerReader& issuer_;
};

base::Result<std::unique_ptr<Probe>> make_token_probe(const DriverSpec&,
                                                      const IntegrationFacts& integration,
                                                      IssuerReader& issuer, const DriverParts&) {
  auto client = std::make_shared<net::Client>("rekey-rotation/" REKEY_VERSION);
  return make_token_probe_over(
      [client](const ClientRequest& request) { return client->send(request); }, integration,
      issuer);
}

}  // namespace

std::unique_ptr<Probe> make_token_probe_over(Send transport, const IntegrationFacts& integration,
                                             IssuerReader& issuer) {
  return std::make_unique<TokenProbe>(std::move(transport), integration, issuer);
}

ProbeKind token_probe() {
  const auto location = [](const DriverSpec&) -> std::string { return "a token request"; };
  return {{"token", {}, {}, location}, make_token_probe};
}

}  // namespace rekey::rotation
