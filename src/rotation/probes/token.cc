#include "rotation/probes/token.h"

#include <utility>

namespace rekey::rotation {
namespace {

class TokenProbe final : public Probe {
 public:
  explicit TokenProbe(TokenRequester requester) : requester_(std::move(requester)) {}

  [[nodiscard]] base::Result<ProbeResult> present(const base::Secret& value) override {
    REKEY_TRY(TokenReply reply, requester_.ask(value));
    return std::move(reply.result);
  }

 private:
  TokenRequester requester_;
};

base::Result<std::unique_ptr<Probe>> make_token_probe(const DriverSpec&,
                                                      const IntegrationFacts& integration,
                                                      IssuerReader& issuer, const DriverParts&) {
  return make_token_probe_over(send_over_client(), integration, issuer);
}

}  // namespace

std::unique_ptr<Probe> make_token_probe_over(Send transport, const IntegrationFacts& integration,
                                             IssuerReader& issuer) {
  return std::make_unique<TokenProbe>(TokenRequester(std::move(transport), integration, issuer));
}

ProbeKind token_probe() {
  const auto location = [](const DriverSpec&) -> std::string { return "a token request"; };
  return {{"token", {}, {}, location}, make_token_probe};
}

}  // namespace rekey::rotation
