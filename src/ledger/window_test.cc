#include "ledger/window.h"

#include <gtest/gtest.h>

#include "ledger/ledger_fixture.h"

namespace rekey::ledger {
namespace {

using std::chrono::hours;

class WindowTest : public LedgerFixture {
 protected:
  std::vector<std::int64_t> visited(const Window& window) {
    std::vector<std::int64_t> positions;
    must(visit_window(connection, window, [&](const WindowEvent& found) -> base::Status {
      positions.push_back(found.position);
      return {};
    }));
    return positions;
  }
  using Positions = std::vector<std::int64_t>;
};

TEST_F(WindowTest, HasTheEventsOfItsTimeAndOfNoOther) {
  must(try_append("integration/1", 0,
                  {event("a", "{}", hours(0)), event("a", "{}", hours(1)),
                   event("a", "{}", hours(2)), event("a", "{}", hours(3))}));
  Window window;
  window.takes_others = true;
  window.from = kStart + hours(1);
  window.until = kStart + hours(2);
  EXPECT_EQ(visited(window), (Positions{2, 3}));
  window.newest_first = true;
  EXPECT_EQ(visited(window), (Positions{3, 2}));
  window.from = kStart + hours(4);
  window.until = base::kFarFuture;
  EXPECT_EQ(visited(window), Positions{});
}

TEST_F(WindowTest, TakesTypesOrAllButThem) {
  must(try_append("integration/1", 0, {event("a", "1"), event("b", "2"), event("c", "3")}));
  Window window;
  window.types = {"a", "c"};
  EXPECT_EQ(visited(window), (Positions{1, 3}));
  window.takes_others = true;
  EXPECT_EQ(visited(window), Positions{2});
  window.types = {};
  EXPECT_EQ(visited(window), (Positions{1, 2, 3}));
}

TEST_F(WindowTest, TellsAnEventAsItWasAppended) {
  must(try_append("integration/1", 0, {event("a", "{\"n\":1}", hours(1))}));
  Window window;
  window.types = {"a"};
  must(visit_window(connection, window, [&](const WindowEvent& found) -> base::Status {
    EXPECT_EQ(found.stream, "integration/1");
    EXPECT_EQ(found.version, 1);
    EXPECT_EQ(found.event.type, "a");
    EXPECT_EQ(found.event.body, "{\"n\":1}");
    EXPECT_EQ(found.event.actor, "admin/1");
    EXPECT_EQ(found.event.at, kStart + hours(1));
    return {};
  }));
}

// What lies outside the span is not looked at and passed over: it is not read.
TEST_F(WindowTest, IsFoundByAnIndex) {
  auto plan = must(connection.prepare(
      "EXPLAIN QUERY PLAN SELECT e.position FROM event AS e JOIN stream AS s ON s.id = "
      "e.stream_id WHERE e.at >= ?1 AND e.at <= ?2 AND e.type IN (?3) "
      "ORDER BY e.at ASC, e.position ASC"));
  std::string steps;
  while (must(plan.step())) steps += plan.text(3) + "\n";
  EXPECT_NE(steps.find("USING INDEX event_at (at>? AND at<?)"), std::string::npos) << steps;
  EXPECT_EQ(steps.find("TEMP B-TREE"), std::string::npos) << steps;
}

TEST_F(WindowTest, EndsWhereAVisitFails) {
  must(try_append("integration/1", 0, {event("a", "1"), event("a", "2")}));
  Window window;
  window.takes_others = true;
  int visits = 0;
  const auto status = visit_window(connection, window, [&](const WindowEvent&) {
    ++visits;
    return base::Status(base::fail(base::Code::kCorrupt, "enough"));
  });
  EXPECT_FALSE(status);
  EXPECT_EQ(visits, 1);
}

}  // namespace
}  // namespace rekey::ledger
