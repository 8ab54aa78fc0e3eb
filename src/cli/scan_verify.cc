#include "cli/scan_verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/client.h"
#include "rotation/machine/unknown_use.h"
#include "rotation/probes/token_request.h"

namespace rekey::cli {
namespace {

using base::Duration;
using base::Result;
using discovery::TokenPlace;
using discovery::Verdict;
using discovery::Verification;

constexpr Duration kTimeout = std::chrono::seconds{10};
constexpr Duration kLeastEvery = std::chrono::milliseconds{100};

// Nobody tells how a scan's requests are to be marked: an issuer sees them as it sees a client's.
class NoIssuer final : public rotation::IssuerReader {
 public:
  Result<rotation::Descriptor> describe() override { return unknown(); }
  Result<rotation::IntegrationFacts> integration() override { return unknown(); }
  Result<std::vector<rotation::IssuedSecret>> list_secrets() override { return unknown(); }
  Result<rotation::UsageReport> usage() override { return unknown(); }
  Result<std::vector<std::pair<std::string, std::string>>> own_request_headers() override {
    return std::vector<std::pair<std::string, std::string>>{};
  }

 private:
  static tl::unexpected<base::Error> unknown() {
    return base::fail(base::Code::kUnsupported, "a scan knows no issuer");
  }
};

rotation::IntegrationFacts facts_of(const TokenPlace& place, const std::string& client_id) {
  rotation::IntegrationFacts facts;
  facts.client_id = client_id;
  if (place.is_form) {
    facts.token_endpoint = rotation::TokenEndpoint{place.url, true, {}, {"invalid_client"}};
  } else {
    facts.auth_base_uri = place.url.substr(0, place.url.size() - discovery::kTokenPath.size());
  }
  return facts;
}

// A page of somebody in between is no answer of the endpoint's.
Verification verification_of(const rotation::TokenReply& reply) {
  switch (reply.result.answer) {
    case rotation::ProbeAnswer::kAccepted:
      if (!reply.token.is_empty()) return {Verdict::kAccepted};
      return {Verdict::kNoAnswer, {}, "status 200 without an access token"};
    case rotation::ProbeAnswer::kRefused:
      return {Verdict::kRefused, {}, reply.result.detail};
    case rotation::ProbeAnswer::kUnclear:
      break;
  }
  return {Verdict::kNoAnswer, {}, reply.result.detail + ", which does not say"};
}

}  // namespace

Result<std::unique_ptr<ScanVerification>> ScanVerification::make(
    const Arguments& arguments, std::span<const discovery::Detector> detectors) {
  if (!arguments.has("--verify")) return nullptr;
  std::vector<TokenPlace> places;
  for (const std::string& text : arguments.all("--verify-at")) {
    REKEY_TRY(TokenPlace place, discovery::parse_token_place(text, detectors));
    const bool is_there = std::any_of(places.begin(), places.end(), [&](const TokenPlace& other) {
      return other.url == place.url && other.detector == place.detector;
    });
    if (!is_there) places.push_back(std::move(place));
  }
  REKEY_TRY(const Duration every, base::parse_duration(arguments.get_or("--verify-every", "1s")));
  if (every < kLeastEvery) {
    return base::fail(base::Code::kInvalidArgument,
                      "--verify-every is the least time between two requests to one place, and an "
                      "issuer would take more than ten a second for an attack; give 100ms or more");
  }
  return std::unique_ptr<ScanVerification>(
      new ScanVerification(std::move(places), every, arguments.get_or("--verify-ca", "")));
}

void ScanVerification::run(const Context& context, std::vector<discovery::Finding>& findings,
                           discovery::Progress& progress) {
  progress.begin("token requests");
  const auto all = static_cast<double>(pairs_.size());
  double asked = 0;
  net::Client client(fmt::format("{}{}", rotation::kScanAgent, REKEY_VERSION));
  NoIssuer issuer;
  const auto send = [&](const net::ClientRequest& asked) {
    net::ClientRequest request{
        asked.method, asked.url, asked.headers, asked.bearer_token, asked.body.clone(),
        kTimeout,     {},        ca_file_};
    auto response = client.send(request);
    rotation::wipe_headers(request);
    return response;
  };
  const auto ask = [&](const TokenPlace& place, const std::string& client_id,
                       const base::Secret& value) -> Verification {
    rotation::TokenRequester requester(send, facts_of(place, client_id), issuer);
    const auto reply = requester.ask(value);
    progress.reach(++asked / all);
    if (!reply) return {Verdict::kNoAnswer, {}, reply.error().detail};
    return verification_of(*reply);
  };
  pairs_.verify(findings, ask, context.clock, every_);
}

}  // namespace rekey::cli
