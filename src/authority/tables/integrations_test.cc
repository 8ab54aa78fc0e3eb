#include "authority/tables/integrations.h"

#include <gtest/gtest.h>

#include "authority/tables/schema.h"
#include "authority/tables/tenants.h"
#include "platform/temp_folder.h"

namespace rekey::authority::tables {
namespace {

using credential::ClientSecret;
using credential::Integration;
using credential::SecretId;

const base::Instant kNow = *base::parse_instant("2026-11-24T10:00:00Z");

ClientSecret secret_of(std::int64_t id, base::Instant expires_at) {
  ClientSecret secret;
  secret.id = SecretId{id};
  secret.slot = credential::default_slot();
  secret.fingerprint.digest.fill(static_cast<std::uint8_t>(id));
  secret.phase = credential::Phase::kActive;
  secret.generated_at = kNow;
  secret.usable_from = kNow;
  secret.expires_at = expires_at;
  secret.dormancy = base::Days{90};
  return secret;
}

Integration sample() {
  Integration it;
  it.id = {1};
  it.package_id = {1};
  it.tenant_id = {1};
  it.client_id = {"abcdefgh0123456789ijklmn"};
  it.package = {"Order 'sync'", "d", {"ana"}, {"ops"}, "https://x/"};
  it.is_enabled = false;
  it.scopes = {"email_send"};
  it.home_business_unit = {500000002};
  it.business_units = {{500000002}};
  it.policy_overrides = {{"ttl", "90d"}};
  it.created_at = kNow;
  it.slots = {{credential::SlotTag{"zzzzzz"}, kNow, std::nullopt},
              {credential::default_slot(), std::nullopt, kNow}};
  it.secrets = {secret_of(1, kNow + base::Days{180}), secret_of(2, kNow + base::Days{10})};
  it.secrets[1].overlap_ends_at = kNow + base::Days{7};
  return it;
}

class IntegrationTables : public ::testing::Test {
 protected:
  IntegrationTables()
      : connection_(
            *storage::Connection::open(folder_ / "test.db", storage::OpenMode::kReadWriteCreate)) {
    EXPECT_TRUE(prepare_schema(connection_));
    Tenant tenant;
    tenant.id = {1};
    EXPECT_TRUE(save_tenant(connection_, Tenant{}, tenant));
  }
  platform::TempFolder folder_;
  storage::Connection connection_;
};

TEST_F(IntegrationTables, WhatWasSavedIsLoaded) {
  ASSERT_TRUE(save_integration(connection_, Integration{}, sample()));
  EXPECT_EQ(load_integration(connection_, {1}).value(), sample());
  EXPECT_EQ(load_all_integrations(connection_).value(), std::vector<Integration>{sample()});
}

TEST_F(IntegrationTables, AChangeIsWrittenOverWhatWasThere) {
  ASSERT_TRUE(save_integration(connection_, Integration{}, sample()));
  Integration after = sample();
  after.secrets[0].phase = credential::Phase::kEnded;
  after.secrets[0].ended_at = kNow;
  after.secrets.push_back(secret_of(3, kNow + base::Days{1}));
  after.slots[0].last_activation_at = kNow;
  after.is_deleted = true;
  ASSERT_TRUE(save_integration(connection_, sample(), after));
  EXPECT_EQ(load_integration(connection_, {1}).value(), after);
  EXPECT_EQ(next_secret_id(connection_).value(), SecretId{4});
}

TEST_F(IntegrationTables, AfterARestoreNumbersGoOnAboveThoseThatMayBeGivenElsewhere) {
  ASSERT_TRUE(save_integration(connection_, Integration{}, sample()));
  ASSERT_TRUE(connection_.execute("UPDATE tenant SET numbers_after = 1000000"));
  EXPECT_EQ(next_secret_id(connection_).value(), SecretId{1'000'001});
  EXPECT_EQ(next_integration_id(connection_).value(), credential::IntegrationId{1'000'001});
}

TEST_F(IntegrationTables, ASecretIsDueAtItsEndAndWhenNobodyUsedIt) {
  ASSERT_TRUE(save_integration(connection_, Integration{}, sample()));
  EXPECT_TRUE(find_due_secrets(connection_, kNow + base::Days{6})->empty());
  EXPECT_EQ(next_end(connection_, kNow).value(), kNow + base::Days{7});

  const auto after_overlap = find_due_secrets(connection_, kNow + base::Days{7}).value();
  ASSERT_EQ(after_overlap.size(), 1u);
  EXPECT_EQ(after_overlap[0].secret_id, SecretId{2});
  EXPECT_TRUE(after_overlap[0].is_past_end);

  const auto after_dormancy = find_due_secrets(connection_, kNow + base::Days{90}).value();
  ASSERT_EQ(after_dormancy.size(), 2u);
  EXPECT_EQ(after_dormancy[0].secret_id, SecretId{1});
  EXPECT_FALSE(after_dormancy[0].is_past_end);
  EXPECT_EQ(after_dormancy[0].dormancy, base::Days{90});
}

TEST_F(IntegrationTables, AWordThatNoProgramWroteIsCorrupt) {
  ASSERT_TRUE(save_integration(connection_, Integration{}, sample()));
  ASSERT_TRUE(connection_.execute("UPDATE secret SET phase = 'asleep' WHERE id = 2"));
  EXPECT_FALSE(load_integration(connection_, {1}));
}

TEST_F(IntegrationTables, AMissingOneIsNamed) {
  EXPECT_EQ(load_integration(connection_, {9}).error().code, base::Code::kNotFound);
  const auto by_client = find_by_client_id(connection_, "abcdefgh0123456789ijklmn");
  EXPECT_EQ(by_client.error().code, base::Code::kNotFound);
  EXPECT_NE(by_client.error().detail.find("abcdefgh0123456789ijklmn"), std::string::npos);
}

}  // namespace
}  // namespace rekey::authority::tables
