#include "authority/event_codec.h"

#include <gtest/gtest.h>

#include <set>

namespace rekey::authority {
namespace {

using credential::SecretId;

const base::Instant kAt = *base::parse_instant("2026-11-24T10:00:00.123Z");

credential::PackageFacts sample_facts() {
  return {"Order \"sync\"", "moves orders\n", {"ana", "b\\c"}, {"ops@example.org"}, "https://x/y"};
}

credential::ClientSecret sample_secret() {
  credential::ClientSecret secret;
  secret.id = SecretId{17};
  secret.slot = credential::SlotTag{"aB3dE6"};
  secret.fingerprint.key_id = 7;
  secret.fingerprint.digest.fill(0xab);
  secret.shown_prefix = "SFMC_1taB3dE6";
  secret.label = "run/1";
  secret.origin = credential::Origin::kImported;
  secret.phase = credential::Phase::kEnded;
  secret.end_reason = credential::EndReason::kExpired;
  secret.generated_at = kAt;
  secret.usable_from = kAt + base::Duration{1};
  secret.expires_at = kAt + base::Days{180};
  secret.dormancy = base::Days{90} + base::Duration{5};
  secret.activated_at = kAt;
  secret.superseded_at = kAt + base::Duration{2};
  secret.overlap_ends_at = kAt + base::Days{7};
  secret.ended_at = kAt + base::Days{1};
  return secret;
}

std::vector<credential::EventBody> integration_events() {
  const std::vector<std::string> scopes{"email_send", "data_extensions_write"};
  const std::vector<credential::BusinessUnitId> units{{500000002}, {500000003}};
  const std::vector<credential::PolicySetting> overrides{{"ttl", "90d"}, {"settle", "3s"}};
  credential::PackageCreated created;
  created.id = {12};
  created.package_id = {12};
  created.tenant_id = {1};
  created.client_id = {"abcdefgh0123456789ijklmn"};
  created.package = sample_facts();
  created.is_admin = true;
  created.scopes = scopes;
  created.home_business_unit = {500000002};
  created.business_units = units;
  created.policy_overrides = overrides;
  return {created,
          credential::PackageEdited{sample_facts(), scopes, units, overrides},
          credential::PackageEnabled{},
          credential::PackageDisabled{},
          credential::PackageDeleted{},
          credential::SlotOpened{credential::SlotTag{"aB3dE6"}},
          credential::SecretIssued{sample_secret()},
          credential::SecretActivated{SecretId{17}, SecretId{3}, kAt, "because"},
          credential::SecretActivated{SecretId{17}, std::nullopt, std::nullopt, ""},
          credential::SecretEnded{SecretId{17}, credential::EndReason::kRevoked, "leaked"},
          credential::ActivationUndone{SecretId{17}, SecretId{3}, "the wrong one"},
          credential::TokensRevoked{SecretId{17}, "copied"},
          credential::TokensRevoked{std::nullopt, "copied"}};
}

std::vector<TenantEventBody> tenant_events() {
  return {TenantCreated{{1}, "mcexampletenant0000000000001", {500000001}, {500000002}, 0xfedcba98},
          PolicyChanged{{{"profile", "standard"}, {"ttl", "30d"}}},
          ScopesRegistered{81, {"a", "b"}},
          TokenKeyMade{4294967295u, 4294967295u},
          AdminRecovered{{"abcdefgh0123456789ijklmn"}, SecretId{9}},
          RefusalsBegan{"abcdefgh0123456789ijklmn", "wrong_secret"},
          SearchKeyGiven{4294967295u},
          AuthorityRestored{kAt, 1042, 2'000'000},
          LeakReported{{"abcdefgh0123456789ijklmn"}, SecretId{9}, "partner", "revoked"},
          SigningKeyMade{"kid", crypto::JwsAlgorithm::kRs256, kAt + base::Days{1}},
          SigningKeyWithdrawn{"kid", "its folder was copied"},
          AudienceDeclared{{"https://api.example.com",
                            crypto::JwsAlgorithm::kEdDsa,
                            {"abcdefgh0123456789ijklmn"},
                            "zzzzzzzz0123456789ijklmn"}},
          AudienceRemoved{"https://api.example.com"}};
}

void expect_equal(const ledger::NewEvent& a, const ledger::NewEvent& b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.type_version, b.type_version);
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.at, b.at);
}

TEST(EventCodec, EveryIntegrationEventComesBackAsItWas) {
  const auto bodies = integration_events();
  std::set<std::size_t> seen;
  for (const credential::EventBody& body : bodies) {
    seen.insert(body.index());
    const ledger::NewEvent stored = encode(credential::Event{kAt, body}, "admin:x");
    const auto decoded = decode_integration_event(stored);
    ASSERT_TRUE(decoded) << stored.type << ": " << decoded.error().detail;
    EXPECT_EQ(decoded->body.index(), body.index());
    EXPECT_EQ(decoded->at, kAt);
    expect_equal(encode(*decoded, "admin:x"), stored);
  }
  EXPECT_EQ(seen.size(), std::variant_size_v<credential::EventBody>);
}

TEST(EventCodec, ASecretComesBackWithEveryMember) {
  const auto stored =
      encode(credential::Event{kAt, credential::SecretIssued{sample_secret()}}, "x");
  const auto decoded = decode_integration_event(stored);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<credential::SecretIssued>(decoded->body).secret, sample_secret());
}

TEST(EventCodec, EveryTenantEventComesBackAsItWas) {
  std::set<std::size_t> seen;
  for (const TenantEventBody& body : tenant_events()) {
    seen.insert(body.index());
    const ledger::NewEvent stored = encode(TenantEvent{kAt, body}, "system");
    const auto decoded = decode_tenant_event(stored);
    ASSERT_TRUE(decoded) << stored.type << ": " << decoded.error().detail;
    EXPECT_EQ(decoded->body.index(), body.index());
    expect_equal(encode(*decoded, "system"), stored);
  }
  EXPECT_EQ(seen.size(), std::variant_size_v<TenantEventBody>);
}

TEST(EventCodec, AnUnknownTypeOrVersionIsUnsupported) {
  ledger::NewEvent stored = encode(credential::Event{kAt, credential::PackageEnabled{}}, "x");
  stored.type_version = 2;
  EXPECT_EQ(decode_integration_event(stored).error().code, base::Code::kUnsupported);
  stored.type_version = 1;
  stored.type = "package_sold";
  EXPECT_EQ(decode_integration_event(stored).error().code, base::Code::kUnsupported);
  EXPECT_EQ(decode_tenant_event(stored).error().code, base::Code::kUnsupported);
}

TEST(EventCodec, ABodyThatDoesNotFitItsTypeIsCorrupt) {
  ledger::NewEvent stored =
      encode(credential::Event{kAt, credential::SecretEnded{SecretId{1}, {}, ""}}, "x");
  for (const char* body : {"", "[]", "{}", R"({"secret_id":0,"reason":"revoked","note":""})",
                           R"({"secret_id":1,"reason":"bored","note":""})",
                           R"({"secret_id":"1","reason":"revoked","note":""})"}) {
    stored.body = body;
    const auto decoded = decode_integration_event(stored);
    ASSERT_FALSE(decoded) << body;
    EXPECT_EQ(decoded.error().code, base::Code::kCorrupt) << body;
  }
}

TEST(EventCodec, AStreamNamesItsIntegration) {
  EXPECT_EQ(integration_of(stream_of({12})).value(), credential::IntegrationId{12});
  for (const char* other :
       {"tenant/1", "integration/", "integration/0", "integration/-1", "integration/1x", "run/1"}) {
    EXPECT_FALSE(integration_of(other)) << other;
  }
}

}  // namespace
}  // namespace rekey::authority
