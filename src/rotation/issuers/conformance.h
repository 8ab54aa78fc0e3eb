// What every issuer must do, as one suite of tests over a peer that behaves as the real one does. A
// driver registers itself in issuers/conformance_test.cc with a Target, made anew for each test:
//
//   static constexpr std::string_view kKind    the kind, as registered
//   std::unique_ptr<Issuer> issuer()           made through the registry; over the same peer
//   std::string slot() const                   the slot that is worked on
//   std::string active_id() const              the one secret that a new target has, active
//   void use(id)                               a client presents that secret
//   void fail()                                from now on the peer fails, and repeats what it was
//                                              sent and what it holds
//   void go_away()                             nobody answers any more
//
// Every value and token of the peer begins with "canary".
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/drivers/registry.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation::conformance {

template <typename Any>
concept CanChangeSecrets = requires(Any& issuer, const std::string& text) {
  issuer.stage(text, text, std::nullopt);
}
|| requires(Any& issuer, const std::string& text) {
  issuer.activate(text, text, true, text);
}
|| requires(Any& issuer, const std::string& text) {
  issuer.undo_activation(text, text, text);
}
|| requires(Any& issuer, const std::string& text) {
  issuer.revoke(text, text);
};
static_assert(!CanChangeSecrets<IssuerReader>, "a plan is handed readers, without write verbs");
static_assert(CanChangeSecrets<Issuer>);

template <typename Target>
class IssuerConformance : public testing::Test {
 protected:
  static void expect_no_value_in(const base::Error& error) {
    EXPECT_EQ(error.detail.find("canary"), std::string::npos) << error.detail;
    EXPECT_FALSE(error.detail.empty());
  }
  StagedSecret stage(Issuer& issuer, const std::string& label) {
    auto staged = issuer.stage(target_.slot(), label, std::nullopt);
    EXPECT_TRUE(staged) << staged.error().detail;
    return *std::move(staged);
  }
  // Of the slot; kEnded where it is not listed.
  SecretState state_of(const std::string& id) {
    const auto secrets = target_.issuer()->list_secrets().value();
    for (const IssuedSecret& secret : secrets) {
      if (secret.id == id && secret.slot == target_.slot()) return secret.state;
    }
    return SecretState::kEnded;
  }
  std::size_t count_of_secrets() { return target_.issuer()->list_secrets().value().size(); }

  // What every verb says, in its own call.
  std::vector<base::Error> errors_of_every_verb(Issuer& issuer) {
    std::vector<base::Error> errors;
    const auto note = [&](const auto& result) {
      EXPECT_FALSE(result);
      if (!result) errors.push_back(result.error());
    };
    note(issuer.describe());
    note(issuer.integration());
    note(issuer.list_secrets());
    note(issuer.usage());
    note(issuer.stage(target_.slot(), "run-x", std::nullopt));
    note(issuer.stage(target_.slot(), "run-x", target_.active_id()));
    note(issuer.activate(target_.slot(), target_.active_id(), true, "reason"));
    note(issuer.revoke(target_.active_id(), "reason"));
    return errors;
  }
  void expect_failures_that_may_pass(Issuer& issuer) {
    const std::vector<base::Error> errors = errors_of_every_verb(issuer);
    EXPECT_EQ(errors.size(), 8u);
    for (const base::Error& error : errors) {
      EXPECT_TRUE(is_worth_retrying(error.code)) << base::name_of(error.code) << error.detail;
      expect_no_value_in(error);
    }
  }

  Target target_;
};
TYPED_TEST_SUITE_P(IssuerConformance);

TYPED_TEST_P(IssuerConformance, TellsItsRulesAndTheIntegration) {
  const auto issuer = this->target_.issuer();
  const auto descriptor = issuer->describe();
  ASSERT_TRUE(descriptor) << descriptor.error().detail;
  EXPECT_GE(descriptor->live_limit, 2) << "a rotation needs room for a second secret";
  EXPECT_GE(descriptor->settle, base::Duration{0});
  EXPECT_TRUE(descriptor->activation_ends_old || !descriptor->overlap ||
              *descriptor->overlap > base::Duration{0});
  const auto facts = issuer->integration();
  ASSERT_TRUE(facts) << facts.error().detail;
  EXPECT_FALSE(facts->client_id.empty());
  EXPECT_FALSE(facts->auth_base_uri.empty());
  EXPECT_TRUE(facts->is_enabled);
  EXPECT_FALSE(facts->is_engines_own);
  EXPECT_TRUE(issuer->own_request_headers());
  EXPECT_EQ(this->state_of(this->target_.active_id()), SecretState::kActive);
}

TYPED_TEST_P(IssuerConformance, WhatItStagesIsFoundAgainByItsLabel) {
  const auto issuer = this->target_.issuer();
  const StagedSecret staged = this->stage(*issuer, "run-20270102-abcd");
  EXPECT_FALSE(staged.value.is_empty());
  EXPECT_LT(staged.usable_from, staged.expires_at);
  int found = 0;
  const auto secrets = this->target_.issuer()->list_secrets().value();
  for (const IssuedSecret& secret : secrets) {
    if (secret.label != "run-20270102-abcd") continue;
    ++found;
    EXPECT_EQ(secret.id, staged.id);
    EXPECT_EQ(secret.slot, this->target_.slot());
    EXPECT_TRUE(secret.state == SecretState::kStaged || secret.state == SecretState::kSettling);
    EXPECT_EQ(secret.expires_at, staged.expires_at);
  }
  EXPECT_EQ(found, 1);
  EXPECT_EQ(this->state_of(this->target_.active_id()), SecretState::kActive);
}

TYPED_TEST_P(IssuerConformance, WhatSomebodyElseHasStagedIsRefusedAndKept) {
  const auto issuer = this->target_.issuer();
  const StagedSecret theirs = this->stage(*issuer, "by hand");
  const auto refused = issuer->stage(this->target_.slot(), "run-1", std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().code == base::Code::kRefused ||
              refused.error().code == base::Code::kConflict);
  this->expect_no_value_in(refused.error());
  EXPECT_NE(this->state_of(theirs.id), SecretState::kEnded);
  EXPECT_EQ(this->count_of_secrets(), 2u);
}

TYPED_TEST_P(IssuerConformance, OneOfItsOwnWhoseValueWasLostIsReplacedByName) {
  const auto issuer = this->target_.issuer();
  const StagedSecret lost = this->stage(*issuer, "run-1");
  const auto staged = issuer->stage(this->target_.slot(), "run-1", lost.id);
  ASSERT_TRUE(staged) << staged.error().detail;
  EXPECT_NE(staged->id, lost.id);
  EXPECT_FALSE(staged->value == lost.value);
  EXPECT_EQ(this->state_of(lost.id), SecretState::kEnded);
  EXPECT_NE(this->state_of(staged->id), SecretState::kEnded);
}

TYPED_TEST_P(IssuerConformance, NothingButAStagedOneOfItsOwnIsGivenUp) {
  const auto issuer = this->target_.issuer();
  const auto in_use = issuer->stage(this->target_.slot(), "run-1", this->target_.active_id());
  ASSERT_FALSE(in_use);
  EXPECT_EQ(in_use.error().code, base::Code::kConflict);
  EXPECT_EQ(this->state_of(this->target_.active_id()), SecretState::kActive);
  const StagedSecret theirs = this->stage(*issuer, "by hand");
  EXPECT_FALSE(issuer->stage(this->target_.slot(), "run-1", theirs.id));
  EXPECT_NE(this->state_of(theirs.id), SecretState::kEnded);
  EXPECT_EQ(this->count_of_secrets(), 2u);
}

TYPED_TEST_P(IssuerConformance, ActivatingASecondTimeIsDoneAndSaysTheSame) {
  const auto issuer = this->target_.issuer();
  const StagedSecret staged = this->stage(*issuer, "run-1");
  const auto first = issuer->activate(this->target_.slot(), staged.id, true, "everybody moved");
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(first->secret_id, staged.id);
  EXPECT_EQ(this->state_of(staged.id), SecretState::kActive);
  const bool lives_on = this->state_of(this->target_.active_id()) == SecretState::kSuperseded;
  EXPECT_EQ(first->superseded_id.value_or(""), lives_on ? this->target_.active_id() : "");
  EXPECT_EQ(first->old_ends_at.has_value(), lives_on);
  const auto again = issuer->activate(this->target_.slot(), staged.id, true, "everybody moved");
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->secret_id, first->secret_id);
  EXPECT_EQ(again->superseded_id, first->superseded_id);
  EXPECT_EQ(again->old_ends_at, first->old_ends_at);
  EXPECT_EQ(this->state_of(staged.id), SecretState::kActive);
}

TYPED_TEST_P(IssuerConformance, OnlyWhatIsStagedIsActivated) {
  const auto issuer = this->target_.issuer();
  const StagedSecret ended = this->stage(*issuer, "run-1");
  ASSERT_TRUE(issuer->revoke(ended.id, "reason"));
  const StagedSecret theirs = this->stage(*issuer, "by hand");
  for (const std::string& id : {ended.id, std::string("sec_nobody")}) {
    const auto refused = issuer->activate(this->target_.slot(), id, true, "reason");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::kConflict);
    this->expect_no_value_in(refused.error());
  }
  EXPECT_EQ(this->state_of(this->target_.active_id()), SecretState::kActive);
  EXPECT_NE(this->state_of(theirs.id), SecretState::kActive);
}

TYPED_TEST_P(IssuerConformance, AnActivationIsUndoneWhereItCanBeAndElseNothingChanges) {
  const auto issuer = this->target_.issuer();
  const bool can_undo = issuer->describe().value().can_undo_activation;
  const StagedSecret staged = this->stage(*issuer, "run-1");
  const auto activate = [&] {
    return issuer->activate(this->target_.slot(), staged.id, true, "everybody moved").has_value();
  };
  const auto undo = [&] {
    return issuer->undo_activation(this->target_.slot(), staged.id, "the wrong one");
  };
  ASSERT_TRUE(activate());
  if (!can_undo) {
    const auto never = undo();
    ASSERT_FALSE(never);
    EXPECT_EQ(never.error().code, base::Code::kUnsupported);
    EXPECT_EQ(this->state_of(staged.id), SecretState::kActive);
    return;
  }
  for (int time = 0; time < 2; ++time) {
    const auto undone = undo();
    ASSERT_TRUE(undone) << undone.error().detail;
    EXPECT_EQ(this->state_of(this->target_.active_id()), SecretState::kActive);
    EXPECT_EQ(this->state_of(staged.id), SecretState::kStaged);
  }
  ASSERT_TRUE(activate());
  ASSERT_TRUE(issuer->revoke(this->target_.active_id(), "reason"));
  const auto late = undo();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, base::Code::kRefused);
  this->expect_no_value_in(late.error());
  EXPECT_EQ(this->state_of(staged.id), SecretState::kActive);
}

TYPED_TEST_P(IssuerConformance, RevokingASecondTimeIsDone) {
  const auto issuer = this->target_.issuer();
  ASSERT_TRUE(issuer->revoke(this->target_.active_id(), "reason"));
  EXPECT_EQ(this->state_of(this->target_.active_id()), SecretState::kEnded);
  EXPECT_TRUE(issuer->revoke(this->target_.active_id(), "reason"));
}

TYPED_TEST_P(IssuerConformance, UsageSaysForWhichTimeItIsComplete) {
  const auto issuer = this->target_.issuer();
  const auto before = issuer->usage();
  ASSERT_TRUE(before) << before.error().detail;
  EXPECT_TRUE(before->rows.empty());
  EXPECT_GT(before->complete_since, base::Instant{});
  EXPECT_LE(before->complete_since, before->as_of);
  this->target_.use(this->target_.active_id());
  const auto after = issuer->usage();
  ASSERT_TRUE(after) << after.error().detail;
  ASSERT_EQ(after->rows.size(), 1u);
  const UsageRow& row = after->rows.front();
  EXPECT_EQ(row.secret_id, this->target_.active_id());
  EXPECT_EQ(row.count, 1);
  EXPECT_EQ(row.caller.slot, this->target_.slot());
  EXPECT_FALSE(row.caller.network.empty() && row.caller.user_agent.empty());
  EXPECT_LE(row.first_seen, row.last_seen);
  EXPECT_LE(row.last_seen, after->as_of);
}

TYPED_TEST_P(IssuerConformance, WithNobodyThereEveryVerbMayBeTriedAgain) {
  this->target_.go_away();
  const auto issuer = this->target_.issuer();
  this->expect_failures_that_may_pass(*issuer);
  const auto headers = issuer->own_request_headers();
  if (!headers) this->expect_no_value_in(headers.error());
}

TYPED_TEST_P(IssuerConformance, AFailingPeerIsToldWithoutAValueAndMayBeTriedAgain) {
  const auto issuer = this->target_.issuer();
  ASSERT_TRUE(issuer->describe());
  this->target_.fail();
  this->expect_failures_that_may_pass(*issuer);
  this->expect_failures_that_may_pass(*this->target_.issuer());
}

REGISTER_TYPED_TEST_SUITE_P(
    IssuerConformance, TellsItsRulesAndTheIntegration, WhatItStagesIsFoundAgainByItsLabel,
    WhatSomebodyElseHasStagedIsRefusedAndKept, OneOfItsOwnWhoseValueWasLostIsReplacedByName,
    NothingButAStagedOneOfItsOwnIsGivenUp, ActivatingASecondTimeIsDoneAndSaysTheSame,
    OnlyWhatIsStagedIsActivated, AnActivationIsUndoneWhereItCanBeAndElseNothingChanges,
    RevokingASecondTimeIsDone, UsageSaysForWhichTimeItIsComplete,
    WithNobodyThereEveryVerbMayBeTriedAgain, AFailingPeerIsToldWithoutAValueAndMayBeTriedAgain);

}  // namespace rekey::rotation::conformance
