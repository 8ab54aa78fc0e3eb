// What every probe must do, as one suite of tests over a peer that behaves as the real one does. A
// driver registers itself in probes/conformance_test.cc with a Target, made anew for each test:
//
//   static constexpr std::string_view kKind   the kind, as registered
//   Probe& probe()                            made through the registry, with the issuer it needs
//   std::string good() const                  a value that is accepted; it begins with "canary"
//   int uses()                                how often the peer counted a request as a client's
//   void fail()                               from now on the peer answers with a server's error
//   void be_odd()                             with a refusal that is not one of the value
//                                             (both repeat what they were sent)
//   void go_away()                            nobody answers any more
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rotation/drivers/registry.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation::conformance {

template <typename Target>
class ProbeConformance : public testing::Test {
 protected:
  base::Result<ProbeResult> present(const std::string& value) {
    return target_.probe().present(base::Secret(value));
  }
  void expect_answer(const std::string& value, ProbeAnswer answer) {
    const auto result = present(value);
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(result->answer, answer) << result->detail;
    EXPECT_FALSE(result->detail.empty());
    expect_no_value_in(result->detail);
  }
  static void expect_no_value_in(const std::string& text) {
    EXPECT_EQ(text.find("canary"), std::string::npos) << text;
  }

  Target target_;
};
TYPED_TEST_SUITE_P(ProbeConformance);

TYPED_TEST_P(ProbeConformance, SaysOfOneExactValueWhetherItWorks) {
  const std::string good = this->target_.good();
  this->expect_answer(good, ProbeAnswer::kAccepted);
  this->expect_answer(good + "x", ProbeAnswer::kRefused);
  this->expect_answer(good.substr(0, good.size() - 1), ProbeAnswer::kRefused);
  this->expect_answer("canary-of-somebody-else", ProbeAnswer::kRefused);
  this->expect_answer(good, ProbeAnswer::kAccepted);
}

TYPED_TEST_P(ProbeConformance, AServersErrorIsNoRefusal) {
  this->expect_answer(this->target_.good(), ProbeAnswer::kAccepted);
  this->target_.fail();
  this->expect_answer(this->target_.good(), ProbeAnswer::kUnclear);
  this->expect_answer("canary-of-somebody-else", ProbeAnswer::kUnclear);
}

TYPED_TEST_P(ProbeConformance, ARefusalOfSomethingElseIsNoRefusalOfTheValue) {
  this->expect_answer(this->target_.good(), ProbeAnswer::kAccepted);
  this->target_.be_odd();
  this->expect_answer(this->target_.good(), ProbeAnswer::kUnclear);
}

TYPED_TEST_P(ProbeConformance, WithNobodyThereItMayBeTriedAgain) {
  this->expect_answer(this->target_.good(), ProbeAnswer::kAccepted);
  this->target_.go_away();
  const auto result = this->present(this->target_.good());
  ASSERT_FALSE(result);
  EXPECT_TRUE(is_worth_retrying(result.error().code)) << result.error().detail;
  EXPECT_FALSE(result.error().detail.empty());
  this->expect_no_value_in(result.error().detail);
}

TYPED_TEST_P(ProbeConformance, ItsRequestsAreNoUse) {
  const int before = this->target_.uses();
  this->expect_answer(this->target_.good(), ProbeAnswer::kAccepted);
  EXPECT_EQ(this->target_.uses(), before);
}

REGISTER_TYPED_TEST_SUITE_P(ProbeConformance, SaysOfOneExactValueWhetherItWorks,
                            AServersErrorIsNoRefusal, ARefusalOfSomethingElseIsNoRefusalOfTheValue,
                            WithNobodyThereItMayBeTriedAgain, ItsRequestsAreNoUse);

}  // namespace rekey::rotation::conformance
