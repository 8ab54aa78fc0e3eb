// An authority on a real socket: the target of the probes that begin with a token request there.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/clock.h"
#include "rotation/engine/authority_fake_test_support.h"
#include "rotation/engine/fakes_test_support.h"
#include "rotation/issuers/rekey.h"
#include "rotation/probes/token.h"
#include "rotation/probes/userinfo.h"

namespace rekey::rotation::conformance {

class AuthorityTarget {
 public:
  explicit AuthorityTarget(const DriverSpec& spec) {
    const std::string client_id(fakes::AuthorityFake::kClientId);
    files_.content["/admin.json"] = authority_.credential_file();
    issuer_ = make_issuer(builtin_drivers(),
                          make_spec(rekey_issuer().kind, {{"credential", "/admin.json"}}),
                          {client_id, "Order sync"}, {clock_, files_})
                  .value();
    const IntegrationFacts integration{client_id, "Order sync", authority_.url(), true, false};
    probe_ = make_probe(builtin_drivers(), spec, integration, *issuer_, {clock_, files_}).value();
  }
  Probe& probe() { return *probe_; }
  [[nodiscard]] std::string good() const { return std::string(fakes::AuthorityFake::kActiveValue); }
  int uses() { return authority_.uses(); }
  void fail() { authority_.set_mood(fakes::AuthorityFake::Mood::kFailing); }
  void be_odd() { authority_.set_mood(fakes::AuthorityFake::Mood::kOdd); }
  void go_away() { authority_.go_away(); }

 private:
  fakes::AuthorityFake authority_;
  platform::SetClock clock_{base::from_millis(1'800'000'000'000)};
  fakes::MemoryFiles files_;
  std::unique_ptr<Issuer> issuer_;
  std::unique_ptr<Probe> probe_;
};

class TokenTarget : public AuthorityTarget {
 public:
  static constexpr std::string_view kKind = "token";
  TokenTarget() : AuthorityTarget(make_spec(token_probe().kind, {})) {}
};

class UserinfoTarget : public AuthorityTarget {
 public:
  static constexpr std::string_view kKind = "userinfo";
  UserinfoTarget()
      : AuthorityTarget(make_spec(userinfo_probe().kind, {{"enterprise_id", "500000001"},
                                                          {"member_id", "500000002"},
                                                          {"application_id", "client"}})) {}
};

}  // namespace rekey::rotation::conformance
