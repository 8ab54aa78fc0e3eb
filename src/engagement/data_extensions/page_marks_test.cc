#include "engagement/data_extensions/page_marks.h"

#include <gtest/gtest.h>

namespace rekey::engagement::data_extensions {
namespace {

TEST(PageMarks, GiveTheNearestBeginningBeforeThePage) {
  PageMarks marks;
  EXPECT_EQ(marks.nearest("a", 9).page, 1);
  marks.keep("a", {3, "key-of-3"});
  EXPECT_EQ(marks.nearest("a", 3).after, "key-of-3");
  EXPECT_EQ(marks.nearest("a", 9).after, "key-of-3");
  EXPECT_EQ(marks.nearest("a", 2).page, 1);
  EXPECT_EQ(marks.nearest("b", 3).page, 1);
}

TEST(PageMarks, ForgetLaterPagesWhenAnEarlierOneIsReadAnew) {
  PageMarks marks;
  marks.keep("a", {2, "two"});
  marks.keep("a", {3, "three"});
  marks.keep("a", {2, "two, since a row was put in"});
  EXPECT_EQ(marks.nearest("a", 3).page, 2);
}

TEST(PageMarks, AreBoundedByTheOldestReaderAndTheFirstPages) {
  PageMarks marks;
  for (std::size_t i = 0; i <= PageMarks::kMostReaders; ++i) {
    marks.keep(std::to_string(i), {2, "two"});
  }
  EXPECT_EQ(marks.nearest("0", 2).page, 1);
  EXPECT_EQ(marks.nearest("1", 2).page, 2);
  for (std::size_t page = 2; page <= PageMarks::kMostPages + 2; ++page) {
    marks.keep("long", {static_cast<std::int64_t>(page), "key"});
  }
  EXPECT_EQ(marks.nearest("long", 2).page, 1);
  EXPECT_EQ(marks.nearest("long", 3).page, 3);
}

}  // namespace
}  // namespace rekey::engagement::data_extensions
