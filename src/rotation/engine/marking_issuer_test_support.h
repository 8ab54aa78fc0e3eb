// An issuer that only marks requests as the engine's own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rotation/drivers/issuer.h"

namespace rekey::rotation::fakes {

class MarkingIssuer final : public IssuerReader {
 public:
  base::Result<Descriptor> describe() override { return Descriptor{}; }
  base::Result<IntegrationFacts> integration() override { return IntegrationFacts{}; }
  base::Result<std::vector<IssuedSecret>> list_secrets() override {
    return std::vector<IssuedSecret>{};
  }
  base::Result<UsageReport> usage() override { return UsageReport{}; }
  base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers() override {
    return std::vector<std::pair<std::string, std::string>>{{"Rekey-Probe", "admin-token"}};
  }
};

}  // namespace rekey::rotation::fakes
