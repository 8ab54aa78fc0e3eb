#include "ledger/ledger.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "ledger/ledger_fixture.h"

namespace rekey::ledger {
namespace {

using base::Code;

// What every engine must do. One that is new gets a line in engines().
class LedgerTest : public LedgerFixture, public testing::WithParamInterface<Engine> {
 protected:
  LedgerTest() : LedgerFixture(GetParam().open) {}

 public:
  static std::vector<Engine> engines() { return {{"sqlite", open_sqlite}}; }
};
INSTANTIATE_TEST_SUITE_P(Engines, LedgerTest, testing::ValuesIn(LedgerTest::engines()),
                         [](const auto& engine) { return engine.param.name; });

std::vector<std::int64_t> positions_of(const std::vector<StoredEvent>& events) {
  std::vector<std::int64_t> positions;
  for (const auto& stored : events) positions.push_back(stored.position);
  return positions;
}

TEST_P(LedgerTest, AppendedEventsComeBackInOrderWithTheirChain) {
  EXPECT_EQ(must(try_append("integration/1", 0, {event("one", "{}"), event("two", "{\"n\":2}")})),
            2);
  const auto events = must(read_stream(connection, "integration/1", 0, 10));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].stream, "integration/1");
  EXPECT_EQ(events[0].version, 1);
  EXPECT_EQ(events[0].event.type, "one");
  EXPECT_EQ(events[0].event.actor, "admin/1");
  EXPECT_EQ(events[0].event.at, kStart);
  EXPECT_EQ(events[0].previous_hash, crypto::Digest{});
  EXPECT_EQ(events[1].version, 2);
  EXPECT_EQ(events[1].event.body, "{\"n\":2}");
  EXPECT_EQ(events[1].previous_hash, events[0].hash);
}

TEST_P(LedgerTest, PositionsRunOverAllStreamsWithoutGaps) {
  must(try_append("integration/1", 0, {event("a", "1"), event("a", "2")}));
  must(try_append("run/x", 0, {event("b", "1")}));
  EXPECT_FALSE(try_append("run/x", 0, {event("b", "lost")}));
  must(try_append("integration/1", 2, {event("a", "3")}));
  const auto all = must(read_all(connection, 0, 10));
  EXPECT_EQ(positions_of(all), (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(all[2].stream, "run/x");
  EXPECT_EQ(all[3].previous_hash, all[1].hash);
}

TEST_P(LedgerTest, ReadersGoOnFromWhereTheyWereAndTakeNoMoreThanAsked) {
  must(try_append("integration/1", 0, {event("a", "1"), event("a", "2"), event("a", "3")}));
  EXPECT_EQ(positions_of(must(read_all(connection, 1, 1))), std::vector<std::int64_t>{2});
  EXPECT_EQ(positions_of(must(read_all(connection, 3, 10))), std::vector<std::int64_t>{});
  const auto rest = must(read_stream(connection, "integration/1", 2, 10));
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].event.body, "3");
  EXPECT_TRUE(must(read_stream(connection, "integration/2", 0, 10)).empty());
}

TEST_P(LedgerTest, AnAppendAtAnotherVersionIsAConflictThatSaysBoth) {
  must(try_append("integration/1", 0, {event("a", "1")}));
  for (const std::int64_t expected : {0, 2}) {
    const auto refused = try_append("integration/1", expected, {event("a", "2")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kConflict);
    EXPECT_NE(refused.error().detail.find("version 1"), std::string::npos);
  }
  EXPECT_EQ(try_append("integration/2", 1, {event("a", "1")}).error().code, Code::kConflict);
  EXPECT_EQ(must(stream_version(connection, "integration/1")), 1);
  EXPECT_EQ(must(stream_version(connection, "integration/2")), 0);
}

TEST_P(LedgerTest, AnAppendGoesWithItsTransaction) {
  const auto status = connection.in_transaction([&]() -> base::Status {
    REKEY_CHECK(append(connection, "integration/1", 0, std::vector{event("a", "1")}));
    return base::fail(Code::kRefused, "the table would not have it");
  });
  EXPECT_EQ(status.error().code, Code::kRefused);
  EXPECT_EQ(must(stream_version(connection, "integration/1")), 0);
  EXPECT_TRUE(must(read_all(connection, 0, 10)).empty());
}

TEST_P(LedgerTest, NamesAndEventsWithoutFormAreRefused) {
  const std::vector<NewEvent> one{event("a", "1")};
  for (const std::string& name :
       {std::string("integration"), std::string("/1"), std::string("run/"), std::string("run/a b"),
        std::string(), "run/" + std::string(120, 'x')}) {
    EXPECT_EQ(try_append(name, 0, one).error().code, Code::kInvalidArgument) << name;
  }
  EXPECT_EQ(try_append("run/1", 0, {}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(try_append("run/1", 0, {event("", "1")}).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(try_append("run/" + std::string(116, 'x'), 0, one));
}

TEST_P(LedgerTest, TheLatestInstantIsThatOfAnyEvent) {
  EXPECT_EQ(must(latest_instant(connection)), std::nullopt);
  must(try_append("run/1", 0, {event("a", "1", base::Duration(9)), event("a", "2")}));
  EXPECT_EQ(must(latest_instant(connection)), kStart + base::Duration(9));
}

TEST_P(LedgerTest, HashesAndCheckpointsHaveThePublishedForm) {
  auto second = event("secret_staged", "{\"n\":2}", base::Duration(1));
  second.type_version = 2;
  must(try_append("integration/1", 0, {event("secret_issued", "{\"n\":1}"), second}));
  must(try_append("tenant/1", 0, {event("policy_set", "{}")}));
  const auto events = must(read_all(connection, 0, 10));
  EXPECT_EQ(base::hex_encode(events[0].hash),
            "2951cad0c4a2d40ab7f55f8d2a122502c920f7c6697d4b2336983c7090ecd091");
  EXPECT_EQ(base::hex_encode(events[1].hash),
            "b935b438adfa6cef672e13663529d2b51a546a0d09c151fef8720fc233908a64");
  EXPECT_EQ(base::hex_encode(seal(kStart + base::Duration(5))->digest),
            "ecce032d1e1c5ebffaab715c016b09bd0603e494263d14be0ad180da740a0954");
}

TEST_P(LedgerTest, ACheckpointIsSealedOnlyWhereSomethingCame) {
  EXPECT_FALSE(seal());
  must(try_append("run/1", 0, {event("a", "1")}));
  const auto first = seal();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->number, 1);
  EXPECT_EQ(first->position, 1);
  EXPECT_TRUE(crypto::is_valid_signature(key.public_key(), first->digest, first->signature));
  EXPECT_FALSE(seal());
  must(try_append("run/1", 1, {event("a", "2")}));
  EXPECT_EQ(seal()->number, 2);
  EXPECT_EQ(must(latest_checkpoint(connection))->position, 2);
}

TEST_P(LedgerTest, AnAnchorReadsBackAsItWasWritten) {
  must(try_append("run/1", 0, {event("a", "1")}));
  const auto sealed = *seal(kStart + base::Duration(123));
  const std::string text = format_anchor(sealed);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto read = must(parse_anchor(text));
  EXPECT_EQ(read.number, sealed.number);
  EXPECT_EQ(read.position, sealed.position);
  EXPECT_EQ(read.at, sealed.at);
  EXPECT_EQ(read.digest, sealed.digest);
  EXPECT_EQ(read.signature, sealed.signature);
}

TEST_P(LedgerTest, EveryShorterOrLongerAnchorIsRefused) {
  must(try_append("run/1", 0, {event("a", "1")}));
  std::string text = format_anchor(*seal());
  text.pop_back();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_anchor(text.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_anchor(text + " x"));
  EXPECT_FALSE(parse_anchor(text + "\n\n"));
}

TEST_P(LedgerTest, ALedgerOfANewerProgramIsRefused) {
  must(connection.execute("UPDATE schema_version SET version = 99 WHERE component = 'ledger'"));
  EXPECT_EQ(prepare_schema(connection).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace rekey::ledger
