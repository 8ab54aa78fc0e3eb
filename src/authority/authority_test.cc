#include "authority/authority.h"

#include <future>
#include <vector>

#include "authority/service_test_support.h"
#include "platform/faulty_files.h"

namespace rekey::authority {
namespace {

using net::Method;

TEST_F(ServiceTest, TheFirstStartMakesAPrivateFolderThatServes) {
  platform::SystemFiles files;
  const DataFolder data{folder()};
  EXPECT_EQ(files.facts(folder())->mode, 0700u);
  for (const std::string& path : {data.root_key(), data.admin_credential()}) {
    EXPECT_EQ(files.facts(path)->mode, 0600u) << path;
  }
  EXPECT_FALSE(files.facts(data.new_admin_credential()));
  const Answer status = service_.get("/status");
  EXPECT_EQ(status.status, 200) << status.text;
  EXPECT_EQ(status.at("tenant").size(), credential::kTenantNameSize);
  EXPECT_EQ(status.at("secrets.0.admin"), "true");
  EXPECT_EQ(status.at("secrets.0.expires_at"), "2027-05-23T10:00:00Z");
  EXPECT_EQ(status.at("secrets.0.days_left"), "180");
}

TEST_F(ServiceTest, ASecretIsShownOnceAndGetsTokens) {
  const Answer created = create_package();
  ASSERT_EQ(created.status, 201) << created.text;
  EXPECT_EQ(created.at("package.id"), "pkg_2");
  EXPECT_EQ(created.at("integration.rest_base_uri"), "http://authority.test/");
  EXPECT_EQ(created.at("secret.state"), "active");
  EXPECT_EQ(created.at("secret.expires_at"), "2027-05-23T10:00:00Z");
  const std::string client_id = created.at("integration.client_id");
  const std::string value = created.at("secret.value");
  EXPECT_EQ(value.size(), credential::kSecretSize);
  EXPECT_EQ(service_.token(client_id, value).status, 200);

  for (const char* path : {"/status", "/packages", "/events", "/packages/pkg_2"}) {
    const Answer shown = service_.get(path);
    EXPECT_EQ(shown.status, 200) << shown.text;
    EXPECT_EQ(shown.text.find(value), std::string::npos) << path;
  }
}

TEST_F(ServiceTest, ARestartKeepsEverythingAndTokensStillRead) {
  const Answer created = create_package();
  const std::string client_id = created.at("integration.client_id");
  const std::string value = created.at("secret.value");
  const std::string token = service_.token(client_id, value).at("access_token");
  clock_.advance(std::chrono::seconds{1});
  const std::string before = service_.get("/integrations/" + client_id).text;
  const std::string usage = service_.get("/integrations/" + client_id + "/usage").text;
  service_.stop();
  ASSERT_TRUE(service_.start());
  EXPECT_EQ(service_.get("/integrations/" + client_id).text, before);
  EXPECT_EQ(service_.get("/integrations/" + client_id + "/usage").text, usage);
  EXPECT_EQ(service_.send(Method::kGet, "/v2/userinfo", "", token).status, 200);
  EXPECT_EQ(service_.token(client_id, value).status, 200);
}

TEST_F(ServiceTest, AfterACrashUsageIsCompleteOnlySinceTheStart) {
  const Answer created = create_package();
  const std::string path = "/integrations/" + created.at("integration.client_id") + "/usage";
  EXPECT_EQ(service_.get(path).at("complete_since"), "2026-11-24T10:00:00Z");
  const std::string copy = copy_as_after_a_crash("crashed");
  clock_.advance(std::chrono::minutes{5});
  Service other(copy, clock_);
  ASSERT_TRUE(other.start());
  EXPECT_EQ(other.get(path).at("complete_since"), "2026-11-24T10:05:00Z");
}

TEST_F(ServiceTest, ASecondServerOnTheFolderIsRefused) {
  Service other(folder(), clock_);
  const base::Status started = other.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, base::Code::kConflict);
  EXPECT_NE(started.error().detail.find(folder()), std::string::npos);
}

TEST_F(ServiceTest, AnotherRootKeyIsRefused) {
  service_.stop();
  platform::SystemFiles files;
  const crypto::RootKey other = crypto::RootKey::generate();
  ASSERT_TRUE(files.replace(DataFolder{folder()}.root_key(), other.format().reveal(), 0600));
  const base::Status started = service_.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, base::Code::kRefused);
}

TEST_F(ServiceTest, ALostRootKeyIsNotReplacedByANewOne) {
  service_.stop();
  platform::SystemFiles files;
  ASSERT_TRUE(files.remove(DataFolder{folder()}.root_key()));
  EXPECT_EQ(service_.start().error().code, base::Code::kRefused);
  EXPECT_FALSE(files.facts(DataFolder{folder()}.root_key()));
}

TEST_F(ServiceTest, AFolderThatOthersMayReadIsRefused) {
  service_.stop();
  std::filesystem::permissions(folder(), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(service_.start().error().code, base::Code::kRefused);
}

TEST_F(ServiceTest, ADatabaseThatIsNoDatabaseIsCorrupt) {
  service_.stop();
  platform::SystemFiles files;
  ASSERT_TRUE(files.replace(DataFolder{folder()}.database(), std::string(8192, 'x'), 0600));
  const base::Status started = service_.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, base::Code::kCorrupt) << started.error().detail;
}

TEST_F(ServiceTest, ADatabaseOfANewerProgramIsLeftAlone) {
  service_.stop();
  {
    auto connection =
        storage::Connection::open(DataFolder{folder()}.database(), storage::OpenMode::kReadWrite);
    const storage::Migration newer[] = {{1, ""},
                                        {2, ""},
                                        {3, ""},
                                        {4, ""},
                                        {5, ""},
                                        {6, ""},
                                        {7, "CREATE TABLE future(x INTEGER) STRICT"}};
    ASSERT_TRUE(storage::migrate(*connection, "authority", newer));
  }
  EXPECT_EQ(service_.start().error().code, base::Code::kUnsupported);
}

TEST_F(ServiceTest, AClockBehindTheLedgerStopsChangesUntilItIsRight) {
  ASSERT_EQ(create_package().status, 201);
  const std::string token = service_.admin_token();
  const auto create = [&] {
    return service_.send(Method::kPost, "/api/v1/packages", R"({"name":"x","scopes":[]})", token);
  };
  clock_.advance(-base::Duration{std::chrono::seconds{10}});
  const Answer refused = create();
  EXPECT_EQ(refused.status, 503) << refused.text;
  EXPECT_NE(refused.at("detail").find("clock"), std::string::npos);
  clock_.advance(std::chrono::seconds{10});
  EXPECT_EQ(create().status, 201);
}

TEST_F(ServiceTest, AServerStartedWithAClockBehindTheLedgerIsNotReady) {
  service_.stop();
  clock_.advance(-base::Duration{base::Days{1}});
  ASSERT_TRUE(service_.start());
  const Answer ready = service_.send(Method::kGet, "/readyz", "");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.text.find("clock"), std::string::npos) << ready.text;
}

// ---- the admin secret ---------------------------------------------------------------------------

TEST_F(ServiceTest, RecoveryThroughTheSocketReplacesTheAdminSecret) {
  const std::string old_token = service_.admin_token();
  platform::SystemFiles files;
  const DataFolder data{folder()};
  const auto old_text = files.read(data.admin_credential(), 65536);
  const auto old = parse_admin_credential(old_text->reveal());
  const Answer recovered = service_.recover();
  ASSERT_EQ(recovered.status, 200) << recovered.text;
  EXPECT_EQ(recovered.at("client_id"), old->client_id.value);
  EXPECT_EQ(recovered.text.find("SFMC_"), std::string::npos);
  EXPECT_EQ(service_.get("/status").status, 200);
  EXPECT_EQ(service_.token(old->client_id.value, std::string(old->client_secret.reveal())).status,
            401);
  EXPECT_EQ(service_.send(Method::kGet, "/api/v1/status", "", old_token).status, 401);
  EXPECT_NE(service_.get("/events?limit=1000").text.find("admin_recovered"), std::string::npos);
}

TEST_F(ServiceTest, RecoveriesAtOnceAllSucceedAndTheFileHoldsTheOneThatLives) {
  constexpr std::size_t kCalls = 8;
  std::vector<std::future<Answer>> calls;
  for (std::size_t i = 0; i < kCalls; ++i) {
    calls.push_back(std::async(std::launch::async, [this] { return service_.recover(); }));
  }
  for (std::future<Answer>& call : calls) {
    const Answer recovered = call.get();
    EXPECT_EQ(recovered.status, 200) << recovered.text;
  }
  EXPECT_FALSE(service_.admin_token().empty());
  EXPECT_FALSE(platform::SystemFiles().facts(DataFolder{folder()}.new_admin_credential()));
}

TEST_F(ServiceTest, RecoveryWorksUnderAPolicyThatMakesOthersWait) {
  ASSERT_EQ(service_.set_policy("profile", "marketing-cloud").status, 200);
  EXPECT_EQ(service_.recover().status, 200);
  EXPECT_EQ(service_.recover().status, 200);
  EXPECT_EQ(service_.get("/status").status, 200);
}

TEST_F(ServiceTest, RecoveryWithoutAServerIsForAStoppedOneOnly) {
  platform::SystemFiles files;
  telemetry::Logger logger(telemetry::LogFormat::kText, telemetry::Level::kError);
  const auto refused = recover_admin(files, folder(), "", 1000, clock_, logger);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kConflict);
  service_.stop();
  ASSERT_TRUE(files.remove(DataFolder{folder()}.admin_credential()));
  clock_.advance(base::Days{400});
  const auto recovered = recover_admin(files, folder(), "", 1000, clock_, logger);
  ASSERT_TRUE(recovered) << recovered.error().detail;
  ASSERT_TRUE(service_.start());
  EXPECT_EQ(service_.get("/status").status, 200);
  EXPECT_NE(service_.get("/events?limit=1000").text.find("local:1000"), std::string::npos);
}

TEST_F(ServiceTest, RecoveryTellsAFolderThatMayNotBeReadFromOneThatIsNone) {
  service_.stop();
  platform::SystemFiles system;
  telemetry::Logger logger(telemetry::LogFormat::kText, telemetry::Level::kError);
  const auto none = recover_admin(system, folder() + "/none", "", 1000, clock_, logger);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, base::Code::kNotFound);
  EXPECT_NE(none.error().detail.find("is no data folder"), std::string::npos);

  platform::FaultyFiles files(system);
  files.plan({.at_call = 1});
  const auto closed = recover_admin(files, folder(), "", 1000, clock_, logger);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, base::Code::kIo);
  EXPECT_EQ(closed.error().detail.find("is no data folder"), std::string::npos);
}

TEST_F(ServiceTest, ANewCredentialThatTheCrashLeftBehindIsPutInPlace) {
  service_.stop();
  const DataFolder data{folder()};
  std::filesystem::rename(data.admin_credential(), data.new_admin_credential());
  ASSERT_TRUE(service_.start());
  EXPECT_EQ(service_.get("/status").status, 200);
  EXPECT_FALSE(std::filesystem::exists(data.new_admin_credential()));
}

TEST_F(ServiceTest, ANewCredentialThatWasNeverCommittedIsDropped) {
  service_.stop();
  platform::SystemFiles files;
  const DataFolder data{folder()};
  const auto text = files.read(data.admin_credential(), 65536);
  auto credential = parse_admin_credential(text->reveal());
  credential->client_secret = base::Secret("never issued");
  ASSERT_TRUE(files.create(data.new_admin_credential(),
                           format_admin_credential(*credential).reveal(), 0600));
  ASSERT_TRUE(service_.start());
  EXPECT_EQ(service_.get("/status").status, 200);
  EXPECT_FALSE(std::filesystem::exists(data.new_admin_credential()));
}

// ---- time ---------------------------------------------------------------------------------------

TEST_F(ServiceTest, WhatTimeEndedIsWrittenDownAtTheNextSweep) {
  const Answer created = create_package();
  const std::string path = "/integrations/" + created.at("integration.client_id");
  clock_.advance(base::Days{91});
  EXPECT_EQ(service_.recover().status, 200);  // the admin secret was dormant too
  EXPECT_EQ(service_.get(path).at("secrets.0.state"), "dormant");
  service_.stop();  // sweeps
  ASSERT_TRUE(service_.start());
  EXPECT_EQ(service_.get(path).at("secrets.0.ended_at"), "2027-02-23T10:00:00Z");
  EXPECT_NE(service_.get("/events?limit=1000").text.find(R"("reason":"dormant")"),
            std::string::npos);
}

TEST_F(ServiceTest, ARefusalEpisodeReachesTheLedgerOnceAndWithoutNetworks) {
  const std::string client_id = create_package().at("integration.client_id");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(service_.token(client_id, "wrong").status, 401);
  const Answer refusals = service_.get("/refusals?client_id=" + client_id);
  EXPECT_EQ(refusals.at("refusals.0.count"), "5") << refusals.text;
  service_.stop();
  ASSERT_TRUE(service_.start());
  const std::string events = service_.get("/events?limit=1000").text;
  const std::size_t first = events.find("refusal_episode");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(events.find("refusal_episode", first + 1), std::string::npos);
  EXPECT_EQ(events.find("127.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace rekey::authority
