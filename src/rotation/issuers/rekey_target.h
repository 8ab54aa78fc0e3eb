// An authority on a real socket: the target of the issuer "rekey" in the conformance suite.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/clock.h"
#include "rotation/engine/authority_fake_test_support.h"
#include "rotation/engine/fakes_test_support.h"
#include "rotation/issuers/rekey.h"

namespace rekey::rotation::conformance {

class RekeyTarget {
 public:
  static constexpr std::string_view kKind = "rekey";

  RekeyTarget() { files_.content["/admin.json"] = authority_.credential_file(); }
  std::unique_ptr<Issuer> issuer() {
    return make_issuer(
               builtin_drivers(), make_spec(rekey_issuer().kind, {{"credential", "/admin.json"}}),
               {std::string(fakes::AuthorityFake::kClientId), "Order sync"}, {clock_, files_})
        .value();
  }
  [[nodiscard]] std::string slot() const { return "-"; }
  [[nodiscard]] std::string active_id() const { return "sec_1"; }
  void use(const std::string& id) { authority_.use(id); }
  void fail() { authority_.set_mood(fakes::AuthorityFake::Mood::kFailing); }
  void go_away() { authority_.go_away(); }

 private:
  fakes::AuthorityFake authority_;
  platform::SetClock clock_{base::from_millis(1'800'000'000'000)};
  fakes::MemoryFiles files_;
};

}  // namespace rekey::rotation::conformance
