// What every source of usage must do, as one suite of tests over a real one. A driver registers
// itself in sources/conformance_test.cc with a Target, which is made anew for each test:
//
//   static constexpr std::string_view kKind          the kind, as registered
//   std::unique_ptr<UsageReader> reader()            of the client kClient; covers every request
//   void add(client_id, user_agent, at, is_good)     that client asked for a token, and got it or
//                                                    did not; later than all before
//   std::string name() const                         by which people know the source
//   std::string raw()                                everything that it holds
//   void go_away()                                   it cannot be reached
//   void garble(text)                                nothing is in it but that
//
// A new target is there, and holds nothing.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "rotation/drivers/registry.h"

namespace rekey::rotation::conformance {

inline constexpr std::string_view kClient = "abcdefghijklmnopqrstuvwx";
inline constexpr std::string_view kOtherClient = "zyxwvutsrqponmlkjihgfedc";

template <typename Target>
class UsageSourceConformance : public testing::Test {
 protected:
  static base::Instant at(int second) {
    return base::from_millis(1'795'000'000'000) + std::chrono::seconds{second};
  }
  void add(std::string_view user_agent, int second, std::string_view client = kClient,
           bool is_good = true) {
    target_.add(std::string(client), std::string(user_agent), at(second), is_good);
  }
  UsageReport read() {
    auto report = target_.reader()->read();
    EXPECT_TRUE(report) << report.error().detail;
    return report.value_or(UsageReport{});
  }
  void expect_refusal_without(std::string_view text) {
    const auto report = target_.reader()->read();
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().detail.find(target_.name()), std::string::npos)
        << report.error().detail;
    EXPECT_EQ(report.error().detail.find(text), std::string::npos) << report.error().detail;
  }

  Target target_;
};
TYPED_TEST_SUITE_P(UsageSourceConformance);

TYPED_TEST_P(UsageSourceConformance, TellsWhoOfItsClientGotATokenAndWhen) {
  this->add("shop/1", 0);
  this->add("shop/1", 10);
  this->add("crm/1", 20);
  this->add("stranger/1", 30, kOtherClient);
  this->add("shop/1", 40, kClient, false);
  const UsageReport report = this->read();
  ASSERT_EQ(report.rows.size(), 2u) << "neither another client's, nor one that was refused";
  for (const UsageRow& row : report.rows) {
    const bool is_shop = row.caller.user_agent == "shop/1";
    EXPECT_EQ(row.count, is_shop ? 2 : 1);
    EXPECT_EQ(row.first_seen, this->at(is_shop ? 0 : 20));
    EXPECT_EQ(row.last_seen, this->at(is_shop ? 10 : 20));
    EXPECT_LT(row.source, sources_of(report).size());
  }
}

TYPED_TEST_P(UsageSourceConformance, LeavesOutTheEnginesOwnRequests) {
  this->add("shop/1", 0);
  this->add("rekey-rotation/" REKEY_VERSION, 10);
  ASSERT_EQ(this->read().rows.size(), 1u);
}

TYPED_TEST_P(UsageSourceConformance, ClaimsNoTimeThatItHasNotSeen) {
  this->add("shop/1", 0);
  this->add("shop/1", 40);
  const UsageReport report = this->read();
  ASSERT_EQ(sources_of(report).size(), 1u);
  const UsageSource source = sources_of(report).front();
  EXPECT_TRUE(is_telling(source));
  EXPECT_NE(source.name.find(this->target_.name()), std::string::npos) << source.name;
  EXPECT_LT(source.complete_since, source.as_of);
  EXPECT_GE(source.complete_since, this->at(0));
  EXPECT_LE(source.as_of, this->at(40)) << "what comes behind its last line is not known yet";
}

TYPED_TEST_P(UsageSourceConformance, WhereItHoldsNothingItHasBeenQuietForNoTime) {
  const UsageReport report = this->read();
  EXPECT_TRUE(report.rows.empty());
  ASSERT_EQ(sources_of(report).size(), 1u);
  const UsageSource source = sources_of(report).front();
  EXPECT_TRUE(is_telling(source)) << "it will tell";
  EXPECT_EQ(source.complete_since, source.as_of);
}

TYPED_TEST_P(UsageSourceConformance, LooksTwiceAlikeAndChangesNothing) {
  this->add("shop/1", 0);
  this->add("crm/1", 40);
  const std::string before = this->target_.raw();
  const auto reader = this->target_.reader();
  const auto first = reader->read();
  const auto second = reader->read();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->rows.size(), second->rows.size());
  EXPECT_EQ(sources_of(*first).front().as_of, sources_of(*second).front().as_of);
  EXPECT_EQ(this->target_.raw(), before);
}

TYPED_TEST_P(UsageSourceConformance, WhatIsAwayMayBeThereAtTheNextLook) {
  this->add("shop/1", 0);
  this->target_.go_away();
  this->expect_refusal_without("shop/1");
  const base::Code code = this->target_.reader()->read().error().code;
  EXPECT_TRUE(code == base::Code::kUnavailable || code == base::Code::kTimeout ||
              code == base::Code::kIo);
}

TYPED_TEST_P(UsageSourceConformance, WhatIsNotOfItsFormIsToldAndNotRepeated) {
  this->target_.garble("canary and more\ncanary again\n");
  this->expect_refusal_without("canary");
}

REGISTER_TYPED_TEST_SUITE_P(UsageSourceConformance, TellsWhoOfItsClientGotATokenAndWhen,
                            LeavesOutTheEnginesOwnRequests, ClaimsNoTimeThatItHasNotSeen,
                            WhereItHoldsNothingItHasBeenQuietForNoTime,
                            LooksTwiceAlikeAndChangesNothing, WhatIsAwayMayBeThereAtTheNextLook,
                            WhatIsNotOfItsFormIsToldAndNotRepeated);

}  // namespace rekey::rotation::conformance
