#include "authority/backup.h"

#include <filesystem>
#include <fstream>

#include "authority/backup_key.h"
#include "authority/restore.h"
#include "authority/service_test_support.h"
#include "crypto/key_line.h"

namespace rekey::authority {
namespace {

using base::Code;
using base::Result;

class BackupTest : public ServiceTest {
 protected:
  [[nodiscard]] BackupSeal to_key() const { return key_.address(std::string(kBackupContext)); }
  [[nodiscard]] BackupOpener the_key() const {
    return *crypto::IntakeKey::from_private_bytes(key_.private_bytes());
  }
  [[nodiscard]] Result<BackupFacts> try_back_up(const std::string& path) {
    return make_backup(files_, {folder(), "", path, to_key()}, clock_.now());
  }
  // The path of a new backup of the service's folder.
  [[nodiscard]] std::string back_up(const std::string& name = "backup") {
    const auto made = try_back_up(temp_ / name);
    EXPECT_TRUE(made) << made.error().detail;
    return temp_ / name;
  }
  [[nodiscard]] Result<RestoreReport> try_restore(const std::string& path,
                                                  const BackupOpener& opener,
                                                  RestoreRequest request = {}) {
    if (request.folder.empty()) request.folder = restored();
    REKEY_TRY(BackupReader backup, BackupReader::open(path));
    REKEY_CHECK(backup.unlock(opener));
    telemetry::Logger logger(telemetry::LogFormat::kText, telemetry::Level::kError);
    return restore_backup(files_, backup, request, clock_, logger);
  }
  [[nodiscard]] RestoreReport restore(const std::string& path) {
    auto report = try_restore(path, the_key());
    if (report) return *std::move(report);
    ADD_FAILURE() << report.error().detail;
    return {};
  }
  [[nodiscard]] std::string restored() const { return temp_ / "restored"; }
  [[nodiscard]] std::size_t entries_of(const std::string& path) const {
    const auto all = std::filesystem::directory_iterator(path);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  platform::SystemFiles files_;
  const crypto::IntakeKey key_ = crypto::make_intake_key();
};

std::string ids_of(const std::vector<RestoredSecret>& secrets) {
  std::string text;
  for (const RestoredSecret& secret : secrets) text += to_text(secret.id) + " ";
  return text;
}

TEST_F(BackupTest, WhatWasBackedUpBesideARunningServerServesElsewhere) {
  const Answer created = create_package();
  const std::string client_id = created.at("integration.client_id");
  const std::string path = back_up();
  EXPECT_EQ(files_.facts(path)->mode, 0600u);
  EXPECT_FALSE(files_.facts(DataFolder{folder()}.backup_copy()));
  ASSERT_EQ(create_package("Later").status, 201);

  const RestoreReport report = restore(path);
  EXPECT_EQ(ids_of(report.accepted), "sec_1 sec_2 ");
  EXPECT_TRUE(report.accepted[0].is_admin);
  EXPECT_EQ(report.accepted[1].client_id.value, client_id);
  const auto verified = verify_data_folder(files_, restored(), "");
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_TRUE(verified->ledger.findings.empty()) << verified->ledger.findings.front().what;
  EXPECT_EQ(verified->ledger.unsealed_events, 0);
  EXPECT_EQ(files_.facts(restored())->mode, 0700u);
  EXPECT_EQ(files_.facts(DataFolder{restored()}.root_key())->mode, 0600u);
  EXPECT_FALSE(files_.facts(DataFolder{restored()}.admin_credential()));

  Service other(restored(), clock_);
  const auto started = other.start();
  ASSERT_TRUE(started) << started.error().detail;
  EXPECT_EQ(other.token(client_id, created.at("secret.value")).status, 200);
}

TEST_F(BackupTest, SignedTokensFromBeforeAreNotAcceptedAndNewOnesAre) {
  const Answer created = create_package();
  const std::string client = "client_id=" + created.at("integration.client_id") +
                             "&client_secret=" + created.at("secret.value");
  const auto token_of = [&](Service& service) {
    const Answer answer =
        service.send_form("/oauth2/token", client + "&grant_type=client_credentials");
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.at("access_token");
  };
  const auto is_active = [&](Service& service, const std::string& token) {
    return service.send_form("/oauth2/introspect", client + "&token=" + token)
        .text.starts_with(R"({"active":true)");
  };
  const std::string before = token_of(service_);
  EXPECT_TRUE(is_active(service_, before));
  static_cast<void>(restore(back_up()));
  Service other(restored(), clock_);
  ASSERT_TRUE(other.start());
  EXPECT_FALSE(is_active(other, before));
  EXPECT_TRUE(is_active(other, token_of(other)));
}

TEST_F(BackupTest, AFolderWithoutItsAnchorIsNotBackedUp) {
  for (const char* name : {"One", "Two"}) {
    ASSERT_EQ(create_package(name).status, 201);
    service_.stop();
    ASSERT_TRUE(service_.start());
  }
  service_.stop();
  ASSERT_TRUE(files_.remove(DataFolder{folder()}.anchor()));
  const auto made = try_back_up(temp_ / "backup");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kCorrupt) << made.error().detail;
  EXPECT_FALSE(files_.facts(temp_ / "backup"));
}

TEST_F(BackupTest, OfAStoppedServerUsageIsNotCompleteOverTheGap) {
  const Answer created = create_package();
  service_.stop();
  const std::string path = back_up();
  clock_.advance(std::chrono::hours{1});
  static_cast<void>(restore(path));
  clock_.advance(std::chrono::minutes{1});
  Service other(restored(), clock_);
  ASSERT_TRUE(other.start());
  ASSERT_EQ(other.recover().status, 200);
  const std::string usage = "/integrations/" + created.at("integration.client_id") + "/usage";
  EXPECT_EQ(other.get(usage).at("complete_since"), "2026-11-24T11:01:00Z");
}

TEST_F(BackupTest, WhatHadEndedStaysEndedAndWhatEndedLaterIsNamedByTheLostFolder) {
  const Answer before = create_package("Revoked before");
  const Answer after = create_package("Revoked after");
  const Answer disabled = create_package("Disabled after");
  const Answer deleted = create_package("Deleted after");
  const auto revoke = [this](const Answer& created) {
    const Answer revoked = service_.post("/integrations/" + created.at("integration.client_id") +
                                             "/secrets/" + created.at("secret.id") + "/revoke",
                                         R"({"reason":"it leaked"})");
    EXPECT_EQ(revoked.status, 200) << revoked.text;
  };
  revoke(before);
  const std::string path = back_up();
  revoke(after);
  EXPECT_EQ(service_.post("/packages/pkg_4/disable").status, 200);
  EXPECT_EQ(service_.remove("/packages/pkg_5").status, 200);

  auto served =
      try_restore(path, the_key(), {.folder = {}, .key_file = {}, .lost_folder = folder()});
  ASSERT_FALSE(served) << "the lost folder is being served";
  EXPECT_EQ(served.error().code, Code::kRefused);
  EXPECT_EQ(entries_of(restored()), 0u);

  service_.stop();
  const auto report =
      try_restore(path, the_key(), {.folder = {}, .key_file = {}, .lost_folder = folder()});
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(ids_of(report->accepted), "sec_1 sec_3 sec_4 sec_5 ");
  ASSERT_TRUE(report->since);
  EXPECT_GE(report->since->events, 3);
  std::string ended;
  for (const WasEnded& one : report->since->ended) {
    ended += to_text(one.secret.id) + ": " + one.how + "; ";
  }
  EXPECT_EQ(ended,
            "sec_3: revoked; sec_4: its package was disabled; sec_5: its package was deleted; ");

  Service other(restored(), clock_);
  ASSERT_TRUE(other.start());
  const auto status_of = [&](const Answer& created) {
    return other.token(created.at("integration.client_id"), created.at("secret.value")).status;
  };
  EXPECT_EQ(status_of(before), 401);
  EXPECT_EQ(status_of(after), 200) << "of that the report warns";
}

TEST_F(BackupTest, TheFolderOfAnotherAuthorityIsNoLostFolder) {
  const std::string path = back_up();
  Service other(temp_ / "other", clock_);
  ASSERT_TRUE(other.start());
  other.stop();
  const auto report =
      try_restore(path, the_key(), {.folder = {}, .key_file = {}, .lost_folder = temp_ / "other"});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kRefused) << report.error().detail;
}

TEST_F(BackupTest, EndsByTimeComeThoughNobodyWasThere) {
  const Answer created = create_package();
  const std::string path = back_up();
  clock_.advance(base::Days{180});
  const RestoreReport report = restore(path);
  EXPECT_EQ(ids_of(report.accepted), "");
  EXPECT_EQ(ids_of(report.ended_since), "sec_1 sec_2 ");
  Service other(restored(), clock_);
  ASSERT_TRUE(other.start());
  EXPECT_EQ(other.token(created.at("integration.client_id"), created.at("secret.value")).status,
            401);
}

TEST_F(BackupTest, NoTokenFromBeforeIsAcceptedAndNoNumberIsGivenTwice) {
  const Answer created = create_package();
  const std::string client_id = created.at("integration.client_id");
  const std::string value = created.at("secret.value");
  const std::string token = service_.token(client_id, value).at("access_token");
  const std::string path = back_up();
  static_cast<void>(restore(path));
  Service other(restored(), clock_);
  ASSERT_TRUE(other.start());
  EXPECT_EQ(other.send(net::Method::kGet, "/v2/userinfo", "", token).status, 401);
  const std::string renewed = other.token(client_id, value).at("access_token");
  EXPECT_EQ(other.send(net::Method::kGet, "/v2/userinfo", "", renewed).status, 200);
  EXPECT_EQ(service_.send(net::Method::kGet, "/v2/userinfo", "", renewed).status, 401);

  ASSERT_EQ(other.recover().status, 200);
  const Answer later = other.post("/packages", R"({"name":"Later","scopes":["email_send"]})");
  EXPECT_EQ(later.at("package.id"), "pkg_1000001") << later.text;
  EXPECT_EQ(later.at("secret.id"), "sec_1000002");
  EXPECT_NE(other.get("/events?limit=1000").text.find("authority_restored"), std::string::npos);
}

TEST_F(BackupTest, AFileThatExistsIsLeftAsItIs) {
  ASSERT_TRUE(files_.create(temp_ / "backup", "theirs", 0600));
  EXPECT_EQ(try_back_up(temp_ / "backup").error().code, Code::kAlreadyExists);
  EXPECT_EQ(files_.read(temp_ / "backup", 100)->reveal(), "theirs");
}

TEST_F(BackupTest, WhatAKilledBackupLeftIsReplaced) {
  ASSERT_TRUE(files_.create(DataFolder{folder()}.backup_copy(), "half", 0600));
  static_cast<void>(restore(back_up()));
}

TEST_F(BackupTest, AFolderThatDoesNotFitItsLedgerIsNotBackedUp) {
  ASSERT_EQ(create_package().status, 201);
  service_.stop();
  {
    auto connection =
        storage::Connection::open(DataFolder{folder()}.database(), storage::OpenMode::kReadWrite);
    ASSERT_TRUE(connection->execute("UPDATE secret SET expires_at = expires_at + 1 WHERE id = 2"));
  }
  const auto made = try_back_up(temp_ / "backup");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kCorrupt);
  EXPECT_FALSE(files_.facts(temp_ / "backup"));
}

TEST_F(BackupTest, APassphraseOpensItAndNoOther) {
  const base::Secret passphrase = crypto::format_key_line({"", ""}, crypto::random_key());
  const auto made =
      make_backup(files_, {folder(), "", temp_ / "backup", passphrase.clone()}, clock_.now());
  ASSERT_TRUE(made) << made.error().detail;
  const auto other = try_restore(temp_ / "backup", base::Secret("another passphrase"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kUnauthenticated);
  EXPECT_FALSE(files_.facts(restored()));
  EXPECT_EQ(try_restore(temp_ / "backup", the_key()).error().code, Code::kUnauthenticated);
  const auto report = try_restore(temp_ / "backup", passphrase.clone());
  EXPECT_TRUE(report) << report.error().detail;
}

TEST_F(BackupTest, AnotherKeyDoesNotOpenIt) {
  const auto report = try_restore(back_up(), crypto::make_intake_key());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kUnauthenticated);
}

TEST_F(BackupTest, NeitherRootKeyNorDatabaseStandsInTheFile) {
  const Answer created = create_package();
  const std::string path = back_up();
  const auto content = files_.read(path, 1 << 26);
  const auto root_key = files_.read(DataFolder{folder()}.root_key(), 4096);
  for (const std::string& secret :
       {std::string(root_key->reveal()), created.at("secret.value"),
        created.at("integration.client_id"), std::string("SQLite format")}) {
    EXPECT_EQ(content->reveal().find(secret), std::string::npos);
  }
}

TEST_F(BackupTest, AByteThatWasChangedIsNoticedAndNothingStays) {
  const std::string path = back_up();
  const auto content = files_.read(path, 1 << 26);
  const std::string whole(content->reveal());
  const std::size_t head = whole.find('\n', whole.find('\n') + 1) + 1;
  std::vector<std::size_t> places{head, head + 70'000, whole.size() / 2, whole.size() - 1};
  for (std::size_t at = 0; at < head; at += 7) places.push_back(at);
  for (const std::size_t at : places) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    std::ofstream(temp_ / "changed", std::ios::binary) << changed;
    EXPECT_FALSE(try_restore(temp_ / "changed", the_key())) << at;
    EXPECT_TRUE(!files_.facts(restored()) || entries_of(restored()) == 0) << at;
  }
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5}, head - 1, head, whole.size() - 1}) {
    std::ofstream(temp_ / "cut", std::ios::binary) << whole.substr(0, size);
    EXPECT_FALSE(BackupReader::open(temp_ / "cut")) << size;
  }
}

TEST_F(BackupTest, NothingIsRestoredOverWhatIsThere) {
  const std::string path = back_up();
  for (const std::string& taken : {folder(), temp_.path()}) {
    const auto report =
        try_restore(path, the_key(), {.folder = taken, .key_file = {}, .lost_folder = {}});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::kRefused) << report.error().detail;
  }
  EXPECT_EQ(service_.get("/status").status, 200);
}

TEST_F(BackupTest, AFolderOfARestoreThatWasBrokenOffIsNotServed) {
  const std::string path = back_up();
  static_cast<void>(restore(path));
  ASSERT_TRUE(files_.create(DataFolder{restored()}.restore_mark(), "", 0600));
  Service other(restored(), clock_);
  const auto started = other.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kRefused);
  EXPECT_EQ(try_restore(path, the_key()).error().code, Code::kRefused);
}

TEST_F(BackupTest, AClockBehindTheLedgerRestoresNothing) {
  const std::string path = back_up();
  clock_.advance(-base::Duration{std::chrono::hours{1}});
  const auto report = try_restore(path, the_key());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kUnavailable) << report.error().detail;
  EXPECT_EQ(entries_of(restored()), 0u);
}

TEST_F(BackupTest, TheRootKeyMayBeKeptElsewhere) {
  const std::string path = back_up();
  const auto report = try_restore(
      path, the_key(), {.folder = {}, .key_file = temp_ / "kept.key", .lost_folder = {}});
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_FALSE(files_.facts(DataFolder{restored()}.root_key()));
  EXPECT_TRUE(verify_data_folder(files_, restored(), temp_ / "kept.key")->ledger.findings.empty());
}

TEST_F(BackupTest, AKeyComesBackFromItsFilesAndTheHalvesAreNotMistaken) {
  const auto line = format_backup_key(key_);
  const std::string address = format_backup_address(key_);
  EXPECT_EQ(parse_backup_key(line.reveal())->private_bytes(), key_.private_bytes());
  EXPECT_EQ(*parse_backup_address(address), std::get<crypto::IntakeAddress>(to_key()));
  EXPECT_EQ(parse_backup_key(address).error().code, Code::kInvalidArgument);
  const auto mistaken = parse_backup_address(line.reveal());
  ASSERT_FALSE(mistaken);
  EXPECT_NE(mistaken.error().detail.find("private"), std::string::npos);
  EXPECT_FALSE(parse_backup_address(crypto::to_text(key_.address("run-1"))));
}

}  // namespace
}  // namespace rekey::authority
