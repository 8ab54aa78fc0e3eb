#include "engagement/data_extensions/page_marks.h"

#include <gtest/gtest.h>

namespace rekey::engagement::data_extensions {
namespace {

const base::Instant kNow = *base::parse_instant("2026-11-24T10:00:00Z");

TEST(PageMarks, GiveEachReaderItsOwnBeginnings) {
  PageMarks marks;
  EXPECT_FALSE(marks.find("a", 3, kNow));
  marks.keep("a", 3, "key", kNow);
  EXPECT_EQ(marks.find("a", 3, kNow), "key");
  EXPECT_FALSE(marks.find("a", 4, kNow));
  EXPECT_FALSE(marks.find("a", 2, kNow));
  EXPECT_FALSE(marks.find("b", 3, kNow));
}

TEST(PageMarks, AreGoodForHalfAnHour) {
  PageMarks marks;
  marks.keep("a", 3, "key", kNow);
  EXPECT_TRUE(marks.find("a", 3, kNow + std::chrono::minutes{29}));
  EXPECT_FALSE(marks.find("a", 3, kNow + std::chrono::minutes{30}));
}

TEST(PageMarks, ForgetLaterPagesWhenAnEarlierOneIsReadAnew) {
  PageMarks marks;
  marks.keep("a", 2, "two", kNow);
  marks.keep("a", 3, "three", kNow);
  marks.keep("a", 2, "two, since a row was put in", kNow);
  EXPECT_FALSE(marks.find("a", 3, kNow));
}

TEST(PageMarks, AreBoundedByTheOldestReaderAndTheFirstPages) {
  PageMarks marks;
  for (std::size_t i = 0; i <= PageMarks::kMostReaders; ++i) {
    marks.keep(std::to_string(i), 2, "two", kNow);
  }
  EXPECT_FALSE(marks.find("0", 2, kNow));
  EXPECT_TRUE(marks.find("1", 2, kNow));
  for (std::size_t page = 2; page <= PageMarks::kMostPages + 2; ++page) {
    marks.keep("long", static_cast<std::int64_t>(page), "key", kNow);
  }
  EXPECT_FALSE(marks.find("long", 2, kNow));
  EXPECT_TRUE(marks.find("long", 3, kNow));
}

}  // namespace
}  // namespace rekey::engagement::data_extensions
