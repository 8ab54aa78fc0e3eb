#include "rotation/probes/userinfo.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "net/json.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;

constexpr std::string_view kUsualPath = "/v2/userinfo";

// What a key of the kind is compared with: a member of an object of the reply.
struct Claim {
  std::string_view key;
  std::string_view object;
  std::string_view member;
  std::string_view words;
};
constexpr std::array<Claim, 3> kClaims{{
    {"enterprise_id", "organization", "enterprise_id", "enterprise"},
    {"member_id", "organization", "member_id", "business unit"},
    {"application_id", "application", "id", "application"},
}};

// A number or a text; empty where it is neither, or not there.
std::string claim_in(const net::JsonValue& reply, const Claim& claim) {
  const net::JsonValue* object = reply.find(claim.object);
  const net::JsonValue* found = object == nullptr ? nullptr : object->find(claim.member);
  if (found == nullptr) return {};
  if (const auto number = found->as_integer()) return std::to_string(*number);
  return std::string(found->as_string().value_or(""));
}

std::string join(std::string base, std::string_view path) {
  while (base.ends_with('/')) base.pop_back();
  return fmt::format("{}{}{}", base, path.starts_with('/') ? "" : "/", path);
}

std::string address_of(const DriverSpec& spec, const IntegrationFacts& integration) {
  if (const std::string* url = spec.find("url")) return *url;
  const std::string* path = spec.find("path");
  return join(integration.auth_base_uri, path == nullptr ? kUsualPath : *path);
}

class UserinfoProbe final : public Probe {
 public:
  UserinfoProbe(Send send, DriverSpec spec, const IntegrationFacts& integration,
                IssuerReader& issuer)
      : send_(send),
        spec_(std::move(spec)),
        url_(address_of(spec_, integration)),
        requester_(std::move(send), integration, issuer) {}

  [[nodiscard]] base::Result<ProbeResult> present(const Secret& value) override {
    REKEY_TRY(TokenReply reply, requester_.ask(value));
    if (reply.result.answer != ProbeAnswer::kAccepted) return std::move(reply.result);
    if (reply.token.is_empty()) {
      return ProbeResult{ProbeAnswer::kUnclear, "status 200 without an access token"};
    }
    net::ClientRequest request;
    request.url = url_;
    request.headers.emplace_back("Accept", "application/json");
    request.bearer_token = std::string(reply.token.reveal());
    const auto response = send_(request);
    base::wipe(request.bearer_token.data(), request.bearer_token.size());
    if (!response) return tl::unexpected(response.error());
    return judge(*response);
  }

 private:
  // A refusal here is one of the token, which the secret has just been given: it says nothing
  // against the secret.
  [[nodiscard]] base::Result<ProbeResult> judge(const net::ClientResponse& response) const {
    const std::string detail = fmt::format("token accepted, userinfo status {}", response.status);
    if (response.status != 200) return ProbeResult{ProbeAnswer::kUnclear, detail};
    const auto reply = net::parse_json(response.body.reveal());
    if (!reply || reply->kind() != net::JsonValue::Kind::kObject) {
      return ProbeResult{ProbeAnswer::kUnclear, detail + " without a JSON object"};
    }
    for (const Claim& claim : kClaims) {
      const std::string* wanted = spec_.find(claim.key);
      if (wanted == nullptr || claim_in(*reply, claim) == *wanted) continue;
      return base::fail(
          Code::kConflict,
          fmt::format("the token of this secret does not belong to {} {}: {} of the userinfo "
                      "endpoint's answer is another. Is this the planned tenant and client id? "
                      "Mend the inventory, or {} of its probe, then start again",
                      claim.words, *wanted, claim.member, claim.key));
    }
    return ProbeResult{ProbeAnswer::kAccepted, detail};
  }

  Send send_;
  DriverSpec spec_;
  std::string url_;
  TokenRequester requester_;
};

base::Status complete(DriverSpec& spec) {
  const std::string* url = spec.find("url");
  if (url == nullptr) return {};
  if (spec.find("path") != nullptr) {
    return base::fail(Code::kInvalidArgument, "path and url say the same thing; keep one of them");
  }
  if (!url->starts_with("https://") && !url->starts_with("http://")) {
    return base::fail(
        Code::kInvalidArgument,
        "url of a probe must begin with https:// or http://; write the whole address");
  }
  return {};
}

std::string location(const DriverSpec& spec) {
  const std::string* url = spec.find("url");
  const std::string* path = spec.find("path");
  return fmt::format("a token request and {}", url != nullptr    ? *url
                                               : path != nullptr ? *path
                                                                 : kUsualPath);
}

base::Result<std::unique_ptr<Probe>> make_userinfo_probe(const DriverSpec& spec,
                                                         const IntegrationFacts& integration,
                                                         IssuerReader& issuer, const DriverParts&) {
  return make_userinfo_probe_over(send_over_client(), spec, integration, issuer);
}

}  // namespace

std::unique_ptr<Probe> make_userinfo_probe_over(Send transport, const DriverSpec& spec,
                                                const IntegrationFacts& integration,
                                                IssuerReader& issuer) {
  return std::make_unique<UserinfoProbe>(std::move(transport), spec, integration, issuer);
}

ProbeKind userinfo_probe() {
  return {{"userinfo",
           {
               {.name = "path", .help = "where userinfo is at the issuer; /v2/userinfo if not set"},
               {.name = "url", .help = "its whole address, where it is elsewhere"},
               {.name = "enterprise_id", .help = "the enterprise that the token must belong to"},
               {.name = "member_id", .help = "the business unit that the token must belong to"},
               {.name = "application_id", .help = "the application that the token must belong to"},
           },
           complete,
           location},
          make_userinfo_probe};
}

}  // namespace rekey::rotation
