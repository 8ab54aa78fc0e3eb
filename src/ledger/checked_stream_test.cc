#include <gtest/gtest.h>

#include "ledger/ledger.h"
#include "ledger/ledger_fixture.h"

namespace rekey::ledger {
namespace {

class CheckedStreamTest : public LedgerFixture {
 protected:
  void SetUp() override {
    must(try_append("run/a", 0, {event("one", "{}"), event("two", "{}")}));
    must(try_append("run/b", 0, {event("other", "{}")}));
    must(try_append("run/a", 2, {event("three", "{}")}));
  }
  CheckedStream checked() { return must(read_checked_stream(connection, "run/a")); }
  void change(const std::string& sql) { must(connection.execute(sql)); }
};

TEST_F(CheckedStreamTest, AWholeStreamFitsAndNamesItsHead) {
  const auto stream = checked();
  ASSERT_EQ(stream.events.size(), 3U);
  EXPECT_EQ(stream.problem, "");
  EXPECT_EQ(stream.head, stream.events.back().hash);
}

TEST_F(CheckedStreamTest, AStreamThatIsNotThereIsEmpty) {
  const auto stream = must(read_checked_stream(connection, "run/none"));
  EXPECT_TRUE(stream.events.empty());
  EXPECT_EQ(stream.problem, "");
}

TEST_F(CheckedStreamTest, AChangedEventEndsWhatIsBelieved) {
  change("UPDATE event SET body = '{\"x\":1}' WHERE type = 'two'");
  const auto stream = checked();
  EXPECT_EQ(stream.events.size(), 1U);
  EXPECT_NE(stream.problem.find("event 2 (two) was changed"), std::string::npos);
}

TEST_F(CheckedStreamTest, AnEndThatWasCutOffIsTold) {
  change("DELETE FROM event WHERE type = 'three'");
  EXPECT_NE(checked().problem.find("the end is missing"), std::string::npos);
}

TEST_F(CheckedStreamTest, AGapIsTold) {
  change("DELETE FROM event WHERE type = 'two'");
  const auto stream = checked();
  EXPECT_EQ(stream.events.size(), 1U);
  EXPECT_NE(stream.problem.find("missing"), std::string::npos);
}

}  // namespace
}  // namespace rekey::ledger
