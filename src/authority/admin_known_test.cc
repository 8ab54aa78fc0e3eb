#include "authority/admin_known.h"

#include <gmock/gmock.h>

#include <vector>

#include "authority/service_test_support.h"
#include "authority/tables/known_tags.h"
#include "authority/verify.h"
#include "base/text.h"
#include "crypto/known_tag_codec.h"

namespace rekey::authority {
namespace {

using testing::HasSubstr;
using testing::Not;

class KnownSecretsTest : public ServiceTest {
 protected:
  // Everything that the pages list, of so many secrets each.
  std::vector<net::JsonValue> rows(int limit = 500) {
    std::vector<net::JsonValue> all;
    std::string after;
    do {
      const Answer page = service_.get(
          fmt::format("/known-secrets?limit={}{}", limit, after.empty() ? "" : "&after=" + after));
      EXPECT_EQ(page.status, 200) << page.text;
      const auto& items = page.json.find("secrets")->items();
      EXPECT_LE(items.size(), static_cast<std::size_t>(limit));
      all.insert(all.end(), items.begin(), items.end());
      after = page.at("next");
    } while (!after.empty());
    return all;
  }
  net::JsonValue row_of(const std::string& secret_id) {
    for (net::JsonValue& row : rows()) {
      if (row.string_member("secret_id").value_or("") == secret_id) return std::move(row);
    }
    ADD_FAILURE() << "there is no " << secret_id;
    return {};
  }
  static std::optional<crypto::TaggedSecret> tags_in(const net::JsonValue& row) {
    const auto text = row.string_member_or("tags", "");
    if (!text || text->empty()) return std::nullopt;
    auto tagged = crypto::decode_tags(*base::base64_decode(*text));
    EXPECT_TRUE(tagged.has_value());
    return *std::move(tagged);
  }
  // What a scan would compare with.
  crypto::TaggedSecret tags_of(std::string_view value) {
    const Answer given = service_.post("/known-secrets/key");
    EXPECT_EQ(given.status, 200) << given.text;
    const auto key = crypto::KnownSearchKey::parse(given.at("key"));
    EXPECT_TRUE(key.has_value());
    return crypto::KnownTagger(*key).tags_of(base::Secret(value));
  }
  static std::string state_of(const net::JsonValue& row) {
    return row.string_member("state").value_or("");
  }
};

TEST_F(KnownSecretsTest, EachWayInLeavesTheTagsOfItsValue) {
  const Answer created = create_package();
  const std::string path = "/integrations/" + created.at("integration.client_id");
  const Answer staged = service_.post(path + "/secrets");
  ASSERT_EQ(staged.status, 201) << staged.text;
  const std::string value(24, 'x');
  const Answer imported = service_.post(
      "/packages", fmt::format(R"({{"name":"old","scopes":[],"import":{{"value":"{}",)"
                               R"("generated_at":"2026-11-01T00:00:00Z"}}}})",
                               "A1" + value.substr(2)));
  ASSERT_EQ(imported.status, 201) << imported.text;
  ASSERT_EQ(service_.recover().status, 200);

  const auto all = rows();
  EXPECT_EQ(all.size(), 5U) << "the first start's, and the one of recovery, too";
  for (const net::JsonValue& row : all) EXPECT_TRUE(tags_in(row).has_value());
  EXPECT_EQ(tags_in(row_of(created.at("secret.id"))), tags_of(created.at("secret.value")));
  EXPECT_EQ(tags_in(row_of(staged.at("secret.id"))), tags_of(staged.at("secret.value")));
  EXPECT_EQ(tags_in(row_of(imported.at("secret.id"))), tags_of("A1" + value.substr(2)));
}

TEST_F(KnownSecretsTest, ARowSaysWhoseASecretIsAndWhetherItIsAccepted) {
  const Answer created = create_package();
  const std::string path = "/integrations/" + created.at("integration.client_id");
  const std::string id = created.at("secret.id");
  net::JsonValue row = row_of(id);
  EXPECT_EQ(*row.string_member("client_id"), created.at("integration.client_id"));
  EXPECT_EQ(*row.string_member("package"), created.at("package.name"));
  EXPECT_EQ(state_of(row), "active");
  EXPECT_TRUE(*row.boolean_member_or("accepted", false));
  EXPECT_EQ(*row.string_member("prefix"), created.at("secret.value").substr(0, 13));

  ASSERT_EQ(service_.post("/packages/" + created.at("package.id") + "/disable").status, 200);
  EXPECT_FALSE(*row_of(id).boolean_member_or("accepted", true));
  ASSERT_EQ(
      service_.post(path + "/secrets/" + id + "/revoke", R"({"reason":"it was leaked"})").status,
      200);
  row = row_of(id);
  EXPECT_EQ(state_of(row), "revoked");
  EXPECT_FALSE(row.string_member_or("ended_at", "")->empty());
  EXPECT_TRUE(tags_in(row).has_value()) << "what has ended is looked for as well";
}

TEST_F(KnownSecretsTest, NoPageHoldsAValueOrTheKey) {
  const Answer created = create_package();
  const Answer given = service_.post("/known-secrets/key");
  const std::string text = service_.get("/known-secrets").text;
  EXPECT_THAT(text, Not(HasSubstr(created.at("secret.value"))));
  EXPECT_THAT(text, Not(HasSubstr(given.at("key").substr(19, 20))));
  EXPECT_THAT(text, HasSubstr(given.at("key_id")));
}

TEST_F(KnownSecretsTest, PagesHoldEverySecretOnce) {
  for (int i = 0; i < 6; ++i) ASSERT_EQ(create_package().status, 201);
  const auto whole = rows();
  const auto by_two = rows(2);
  ASSERT_EQ(by_two.size(), whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(*by_two[i].string_member("secret_id"), *whole[i].string_member("secret_id"));
  }
  EXPECT_EQ(service_.get("/known-secrets?limit=0").status, 400);
  EXPECT_EQ(service_.get("/known-secrets?after=17").status, 400);
}

TEST_F(KnownSecretsTest, WhoGetsTheKeyStandsInTheLedgerAndAReplayHasNone) {
  const Answer first = service_.post("/known-secrets/key", "{}", "key-1");
  ASSERT_EQ(first.status, 200) << first.text;
  const Answer again = service_.post("/known-secrets/key", "{}", "key-1");
  EXPECT_EQ(again.at("value_already_shown"), "true");
  EXPECT_EQ(again.at("key"), "");
  const std::string events = service_.get("/events?limit=1000").text;
  const std::size_t at = events.find("search_key_given");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(events.find("search_key_given", at + 1), std::string::npos);
  EXPECT_THAT(events, Not(HasSubstr(first.at("key").substr(19, 20))));
}

TEST_F(KnownSecretsTest, NobodyWithoutTheAdministrativeScopeGetsAnything) {
  const Answer created = create_package();
  const std::string token =
      service_.token(created.at("integration.client_id"), created.at("secret.value"))
          .at("access_token");
  for (const std::string& bearer : {std::string(), token}) {
    EXPECT_THAT(service_.send(net::Method::kGet, "/api/v1/known-secrets", "", bearer).status,
                testing::AnyOf(401, 403));
    EXPECT_THAT(service_.send(net::Method::kPost, "/api/v1/known-secrets/key", "{}", bearer).status,
                testing::AnyOf(401, 403));
  }
}

TEST_F(KnownSecretsTest, ADeletedPackageLeavesNoTags) {
  const Answer created = create_package();
  const std::size_t before = rows().size();
  ASSERT_EQ(service_.remove("/packages/" + created.at("package.id")).status, 200);
  EXPECT_EQ(rows().size(), before - 1);
  service_.stop();
  auto connection =
      storage::Connection::open(DataFolder{folder()}.database(), storage::OpenMode::kReadOnly);
  auto statement = connection->prepare("SELECT count(*) FROM known_tag");
  ASSERT_TRUE(*statement->step());
  EXPECT_EQ(statement->integer(0), static_cast<std::int64_t>(before - 1));
}

// Of a secret that an older program issued there is no row.
TEST_F(KnownSecretsTest, ASecretWithoutTagsIsListedWithoutAndVerifiesAsBefore) {
  const Answer created = create_package();
  service_.stop();
  {
    auto connection =
        storage::Connection::open(DataFolder{folder()}.database(), storage::OpenMode::kReadWrite);
    ASSERT_TRUE(connection->execute("DELETE FROM known_tag WHERE secret_id > 1"));
  }
  ASSERT_TRUE(service_.start());
  EXPECT_FALSE(tags_in(row_of(created.at("secret.id"))).has_value());
  EXPECT_EQ(state_of(row_of(created.at("secret.id"))), "active");
  service_.stop();
  platform::SystemFiles files;
  const auto report = verify_data_folder(files, folder(), "");
  ASSERT_TRUE(report.has_value()) << report.error().detail;
  EXPECT_TRUE(report->ledger.findings.empty());
}

TEST_F(KnownSecretsTest, AFolderFromBeforeTagsGetsTheirTableAtItsNextStart) {
  const Answer created = create_package();
  service_.stop();
  {
    auto connection =
        storage::Connection::open(DataFolder{folder()}.database(), storage::OpenMode::kReadWrite);
    ASSERT_TRUE(
        connection->execute("DROP TABLE known_tag; ALTER TABLE tenant DROP COLUMN numbers_after;"
                            "DROP TABLE leak; DROP INDEX secret_by_fingerprint;"
                            "DROP TABLE signing_key; DROP TABLE audience;"
                            "DROP TABLE sealed_signing_key; DROP TABLE revoked_token;"
                            "ALTER TABLE integration DROP COLUMN tokens_revoked_at;"
                            "ALTER TABLE secret DROP COLUMN tokens_revoked_at;"
                            "UPDATE schema_version SET version = 1 WHERE component = 'authority'"));
  }
  platform::SystemFiles files;
  EXPECT_EQ(verify_data_folder(files, folder(), "").error().code, base::Code::kUnsupported);
  ASSERT_TRUE(service_.start());
  EXPECT_FALSE(tags_in(row_of(created.at("secret.id"))).has_value());
  const Answer later = create_package("Later");
  EXPECT_EQ(tags_in(row_of(later.at("secret.id"))), tags_of(later.at("secret.value")));
}

}  // namespace
}  // namespace rekey::authority
