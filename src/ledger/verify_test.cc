#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "ledger/event_chain.h"
#include "ledger/ledger.h"
#include "ledger/ledger_fixture.h"

namespace rekey::ledger {
namespace {

// Each test is somebody with the database file, but without the signing key, who changes the past.
class VerifyTest : public LedgerFixture {
 protected:
  // 30 events on three streams with a checkpoint after each 8, so that six are not sealed yet.
  void SetUp() override {
    must(connection.in_transaction([this]() -> base::Status {
      for (std::int64_t i = 0; i < 30; ++i) {
        const std::string stream = "integration/" + std::to_string(1 + i % 3);
        const std::vector events{event("changed", fmt::format("{{\"n\":{}}}", i))};
        REKEY_CHECK(append(connection, stream, i / 3, events));
        if (i % 8 != 7) continue;
        REKEY_TRY(anchor, seal_checkpoint(connection, key, kStart + base::Duration(i)));
      }
      return {};
    }));
  }

  VerifyReport verified(const std::optional<Checkpoint>& with_anchor) {
    return must(verify(connection, key.public_key(), with_anchor, {}));
  }
  VerifyReport verified() { return verified(anchor); }

  // The findings, one a line.
  static std::string said(const VerifyReport& report) {
    std::string text;
    for (const auto& finding : report.findings) text += finding.what + "\n";
    return text;
  }
  std::string said() { return said(verified()); }

  void change(const std::string& sql) { must(connection.execute(sql)); }

  // What somebody without the key can make right again: every hash and every head.
  void recompute_chains() {
    change("UPDATE stream SET version = (SELECT count(*) FROM event WHERE stream_id = stream.id)");
    for (std::int64_t id = 1; id <= 3; ++id) {
      StreamHead head{.name = "integration/" + std::to_string(id)};
      for (const auto& stored : must(read_stream(connection, head.name, 0, 1000))) {
        head.hash = hash_of_event(head, stored.version, stored.event);
        auto update = must(connection.prepare("UPDATE event SET hash = ?2 WHERE position = ?1"));
        must(update.bind(1, stored.position).bind_blob(2, head.hash).run());
      }
      auto update = must(connection.prepare("UPDATE stream SET head = ?2 WHERE id = ?1"));
      must(update.bind(1, id).bind_blob(2, head.hash).run());
    }
  }

  std::optional<Checkpoint> anchor;
};

TEST_F(VerifyTest, AnUntouchedLedgerHasNoFindings) {
  const auto report = verified();
  EXPECT_EQ(said(report), "");
  EXPECT_EQ(report.events, 30);
  EXPECT_EQ(report.streams, 3);
  EXPECT_EQ(report.checkpoints, 3);
  EXPECT_EQ(report.unsealed_events, 6);
  EXPECT_EQ(said(verified(std::nullopt)), "");
}

TEST_F(VerifyTest, AnEmptyLedgerHasNoFindings) {
  path = folder / "empty.db";
  connection = open(path);
  must(prepare_schema(connection));
  EXPECT_EQ(said(verified(std::nullopt)), "");
}

TEST_F(VerifyTest, AnAnchorOlderThanTheNewestCheckpointIsFine) {
  must(try_append("integration/1", 10, {event("changed", "{}")}));
  seal();
  const auto report = verified();
  EXPECT_EQ(said(report), "");
  EXPECT_EQ(report.unsealed_events, 0);
}

TEST_F(VerifyTest, EventsAreVisitedInOrderAndWhatTheVisitorFindsIsReported) {
  std::vector<std::int64_t> visited;
  const auto report =
      must(verify(connection, key.public_key(), anchor, [&](const StoredEvent& stored) {
        visited.push_back(stored.position);
        return stored.position == 4 ? base::Status(base::fail(base::Code::kCorrupt, "expires_at"))
                                    : base::Status();
      }));
  ASSERT_EQ(visited.size(), 30U);
  EXPECT_TRUE(std::is_sorted(visited.begin(), visited.end()));
  EXPECT_EQ(said(report), "replaying event 4 (version 2 of integration/1): expires_at\n");
}

TEST_F(VerifyTest, VerifiesWhileTheServerHasItOpen) {
  auto reader = must(storage::Connection::open(path, storage::OpenMode::kReadOnly));
  EXPECT_EQ(said(must(verify(reader, key.public_key(), anchor, {}))), "");
}

TEST_F(VerifyTest, FindsAFlippedByteInABodyOnceAndNamesTheEvent) {
  change("UPDATE event SET body = replace(body, '9', '8') WHERE position = 10");
  EXPECT_EQ(said(),
            "event 10 (version 4 of integration/1) was changed: it does not fit its hash and the "
            "one before\n");
}

TEST_F(VerifyTest, FindsEachChangedColumn) {
  for (const std::string assignment :
       {"type = 'other'", "type_version = 2", "at = at + 1", "actor = 'admin/2'"}) {
    must(connection.execute("SAVEPOINT attempt"));
    change("UPDATE event SET " + assignment + " WHERE position = 10");
    EXPECT_NE(said().find("event 10 "), std::string::npos) << assignment;
    must(connection.execute("ROLLBACK TO attempt; RELEASE attempt"));
  }
  EXPECT_EQ(said(), "");
}

TEST_F(VerifyTest, FindsAnEventMovedToAnotherStreamAndARenamedStream) {
  change("UPDATE stream SET name = 'integration/9' WHERE id = 2");
  EXPECT_NE(said().find("integration/9"), std::string::npos);
}

TEST_F(VerifyTest, FindsAFlippedByteInAHash) {
  change("UPDATE event SET hash = zeroblob(32) WHERE position = 29");
  const auto findings = said();
  EXPECT_NE(findings.find("event 29 (version 10 of integration/2) was changed"), std::string::npos);
  EXPECT_NE(findings.find("the head of stream integration/2"), std::string::npos);
}

TEST_F(VerifyTest, FindsAMissingEvent) {
  change("DELETE FROM event WHERE position = 10");
  const auto findings = said();
  EXPECT_NE(findings.find("position 10 is missing"), std::string::npos);
  EXPECT_NE(findings.find("integration/1 version 4 is missing before event 13"), std::string::npos);
}

TEST_F(VerifyTest, FindsThatTheLastTenEventsWereDeleted) {
  change("DELETE FROM event WHERE position > 20");
  const auto findings = said();
  EXPECT_NE(findings.find("checkpoint 3 covers position 24, but the last event before it is 20"),
            std::string::npos)
      << findings;
  EXPECT_NE(findings.find("stream integration/1 says that it is at version 10"), std::string::npos);
}

TEST_F(VerifyTest, TheAnchorFindsTheLastTenEventsDeletedWithAllTracesInTheDatabase) {
  change("DELETE FROM event WHERE position > 20; DELETE FROM checkpoint WHERE position > 20");
  recompute_chains();
  EXPECT_EQ(said(verified(std::nullopt)), "");
  EXPECT_EQ(
      said(),
      "the anchor keeps checkpoint 3 at position 24, but the ledger ends with checkpoint 2 at "
      "position 20: its end was cut off, or an old copy was put in its place\n");
}

TEST_F(VerifyTest, FindsAWholeChainRecomputedWithoutTheKey) {
  change("UPDATE event SET body = '{}' WHERE position = 10");
  recompute_chains();
  EXPECT_EQ(said(verified(std::nullopt)),
            "events in positions 9 to 16 are not those that checkpoint 2 sealed\n"
            "events in positions 17 to 24 are not those that checkpoint 3 sealed\n");
}

TEST_F(VerifyTest, FindsAWholeChainRecomputedAndSignedWithAnotherKey) {
  change("UPDATE event SET body = '{}' WHERE position = 10; DELETE FROM checkpoint");
  recompute_chains();
  seal_with(crypto::SigningKey(base::Secret(std::string(32, 'x'))), kStart);
  const auto findings = said();
  EXPECT_NE(findings.find("checkpoint 1 is not signed by this key"), std::string::npos);
  EXPECT_NE(findings.find("the anchor keeps checkpoint 3"), std::string::npos);
}

TEST_F(VerifyTest, FindsAnEditedCheckpointOnce) {
  change("UPDATE checkpoint SET at = at + 1 WHERE number = 2");
  EXPECT_EQ(said(), "events in positions 9 to 16 are not those that checkpoint 2 sealed\n");
}

TEST_F(VerifyTest, FindsACheckpointWithADigestMadeUpToFit) {
  change("UPDATE event SET body = '{}' WHERE position = 22");
  recompute_chains();
  change("UPDATE checkpoint SET digest = zeroblob(32) WHERE number = 3");
  const auto findings = said();
  EXPECT_NE(findings.find("checkpoint 3 is not signed by this key"), std::string::npos);
  EXPECT_NE(findings.find("checkpoint 3 is not the one that the anchor keeps"), std::string::npos);
}

TEST_F(VerifyTest, FindsADeletedCheckpoint) {
  change("DELETE FROM checkpoint WHERE number = 2");
  EXPECT_NE(said().find("checkpoint 2 is missing"), std::string::npos);
}

TEST_F(VerifyTest, FindsAWrongPublicKey) {
  const crypto::SigningKey other(base::Secret(std::string(32, 'x')));
  const auto findings = said(must(verify(connection, other.public_key(), anchor, {})));
  EXPECT_NE(findings.find("checkpoint 1 is not signed by this key"), std::string::npos);
  EXPECT_NE(findings.find("the anchor is not signed by this key"), std::string::npos);
}

TEST_F(VerifyTest, FindsAnEditedStreamTable) {
  change("UPDATE stream SET version = 11 WHERE id = 1");
  change("UPDATE stream SET head = zeroblob(32) WHERE id = 2");
  EXPECT_EQ(said(),
            "stream integration/1 says that it is at version 11, but its last event is 10\n"
            "the head of stream integration/2 is not the hash of its last event\n");
}

TEST_F(VerifyTest, KeepsAHundredFindingsAndCountsTheRest) {
  for (std::int64_t i = 10; i < 60; ++i) {
    must(try_append("integration/1", i, {event("a", "1")}));
    must(try_append("integration/2", i, {event("a", "1")}));
  }
  change("UPDATE event SET body = 'x'");
  const auto report = verified();
  ASSERT_EQ(report.findings.size(), 101U);
  EXPECT_EQ(report.findings.back().what, "and 30 more findings");
}

TEST_F(VerifyTest, AnyChangeOfOneSealedByteIsFound) {
  const bool holds = rc::check("any change of one sealed byte is found", [this] {
    const auto position = *rc::gen::inRange(1, 25);
    const std::string column = *rc::gen::elementOf(std::vector<std::string>{"body", "hash"});
    const auto offset = *rc::gen::inRange(0, column == "hash" ? 32 : 6);
    must(connection.execute("SAVEPOINT attempt"));
    auto read = must(connection.prepare("SELECT body, hash FROM event WHERE position = ?1"));
    RC_ASSERT(must(read.bind(1, std::int64_t{position}).step()));
    std::string body = read.text(0);
    auto hash = read.blob(1);
    if (column == "hash") {
      hash[static_cast<std::size_t>(offset)] ^= 1;
    } else {
      body[static_cast<std::size_t>(offset)] ^= 1;
    }
    auto update =
        must(connection.prepare("UPDATE event SET body = ?2, hash = ?3 WHERE position = ?1"));
    must(update.bind(1, std::int64_t{position}).bind(2, body).bind_blob(3, hash).run());
    const auto findings = said();
    must(connection.execute("ROLLBACK TO attempt; RELEASE attempt"));
    RC_ASSERT(findings.find(fmt::format("event {} ", position)) != std::string::npos);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace rekey::ledger
