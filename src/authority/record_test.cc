#include "authority/record.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "authority/front_test_support.h"

namespace rekey::authority {
namespace {

RC_GTEST_PROP(ClientKey, UnpacksToWhatWasPacked, ()) {
  const auto characters = rc::gen::elementOf(std::string("0123456789abcdefghijklmnopqrstuvwxyz"));
  const auto text = *rc::gen::container<std::string>(24, characters);
  const auto key = pack_client_id(text);
  RC_ASSERT(key.has_value());
  RC_ASSERT(unpack_client_id(*key) == text);
}

TEST(ClientKey, IsMadeOfClientIdsOnly) {
  EXPECT_TRUE(pack_client_id("zzzzzzzzzzzzzzzzzzzzzzzz").has_value());
  for (const std::string_view text : {"", "abcdefgh0123456789ijklm", "abcdefgh0123456789ijklmno",
                                      "Abcdefgh0123456789ijklmn", "abcdefgh0123456789ijklm-"}) {
    EXPECT_FALSE(pack_client_id(text).has_value()) << text;
  }
}

TEST(ScopeTexts, ShareOneTextBetweenEqualSets) {
  const auto registry = TestFront::known_registry();
  credential::ScopeSet set;
  set.insert(registry->find("email_send"));
  set.insert(registry->find("email_read"));
  ScopeTexts texts;
  const auto text = texts.intern(set, *registry);
  EXPECT_EQ(*text, "email_read email_send");
  EXPECT_EQ(texts.intern(set, *registry), text);
  EXPECT_EQ(*texts.intern({}, *registry), "");
}

TEST(Record, TellsTheEndAndTheRenewalWindowOfASecretInJson) {
  TestFront front;
  const Record* record = front.directory.find(kTestClient);
  ASSERT_NE(record, nullptr);
  const auto json = net::parse_json("{" + record->parts.at(0).expiry_json + "}");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(json->string_member("secret_expires_at").value(), "2027-05-23T12:00:00Z");
  const net::JsonValue* window = json->find("secret_renewal_window");
  ASSERT_NE(window, nullptr);
  EXPECT_EQ(window->string_member("opens_at").value(), "2027-03-24T12:00:00Z");
  EXPECT_EQ(window->string_member("closes_at").value(), "2027-05-23T12:00:00Z");
}

TEST(Record, KeepsEveryLiveSecretAndTheLastFewEndedOnes) {
  TestFront front;
  auto& secrets = front.integration.secrets;
  for (std::int64_t id = 100; id < 120; ++id) {
    secrets.push_back(front.secret_of(id, new_secret_value()));
    if (id < 110) {
      secrets.back().phase = credential::Phase::kEnded;
      secrets.back().end_reason = credential::EndReason::kRevoked;
    }
  }
  front.publish();
  const Record* record = front.directory.find(kTestClient);
  ASSERT_EQ(record->facts.size(), 11 + Record::kEndedSecretsKept);
  EXPECT_EQ(record->facts.back().id.value, 109);
  EXPECT_EQ(record->parts.size(), record->facts.size());
  EXPECT_EQ(record->revoked.size(), 10u);
}

TEST(Record, EndsTheTokensOfARevokedSecretAndOfNoOther) {
  TestFront front;
  front.integration.secrets.push_back(front.secret_of(18, new_secret_value()));
  auto& revoked = front.integration.secrets.front();
  revoked.phase = credential::Phase::kEnded;
  revoked.end_reason = credential::EndReason::kRevoked;
  front.publish();
  const Record& record = *front.directory.find(kTestClient);
  EXPECT_FALSE(lets_tokens_live(record, {17}, front.clock.now()));
  EXPECT_TRUE(lets_tokens_live(record, {18}, front.clock.now()));
}

TEST(Record, LetsTokensOutliveTheirSecretUnlessThePolicySaysOtherwise) {
  TestFront front;
  const base::Instant after_expiry = front.clock.now() + base::Days{181};
  EXPECT_TRUE(lets_tokens_live(*front.directory.find(kTestClient), {17}, after_expiry));
  front.policy.ends_tokens_with_secret = true;
  front.publish();
  EXPECT_TRUE(lets_tokens_live(*front.directory.find(kTestClient), {17}, front.clock.now()));
  EXPECT_FALSE(lets_tokens_live(*front.directory.find(kTestClient), {17}, after_expiry));
}

TEST(Record, EndsEveryTokenOfADisabledOrDeletedPackage) {
  TestFront front;
  front.integration.is_enabled = false;
  front.publish();
  EXPECT_FALSE(lets_tokens_live(*front.directory.find(kTestClient), {17}, front.clock.now()));
  front.integration.is_enabled = true;
  front.integration.is_deleted = true;
  front.publish();
  EXPECT_FALSE(lets_tokens_live(*front.directory.find(kTestClient), {17}, front.clock.now()));
}

}  // namespace
}  // namespace rekey::authority
