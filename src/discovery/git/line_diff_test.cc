#include "discovery/git/line_diff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace rekey::discovery::git {
namespace {

// By the table of all pairs of beginnings: slow and certain.
std::size_t longest_common(const Lines& a, const Lines& b) {
  std::vector<std::vector<std::size_t>> best(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      best[i][j] =
          a[i - 1] == b[j - 1] ? best[i - 1][j - 1] + 1 : std::max(best[i - 1][j], best[i][j - 1]);
    }
  }
  return best[a.size()][b.size()];
}

TEST(LineDiff, KeepsALongestCommonSubsequence) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const auto text = [&] {
      std::string made;
      const auto lines = random() % 14;
      for (std::uint32_t i = 0; i < lines; ++i)
        made += std::string(1, "abcde"[random() % 5]) + "\n";
      return made;
    };
    const std::string old_text = text();
    const std::string new_text = text();
    const Lines before = lines_of(old_text);
    const Lines after = lines_of(new_text);
    const auto kept = lines_kept(before, after);
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), after.size());
    std::size_t count = 0;
    std::int64_t last = -1;
    for (std::size_t i = 0; i < after.size(); ++i) {
      if ((*kept)[i] == kNoLine) continue;
      ++count;
      ASSERT_EQ(before[(*kept)[i]], after[i]);
      ASSERT_LT(last, std::int64_t{(*kept)[i]});
      last = (*kept)[i];
    }
    ASSERT_EQ(count, longest_common(before, after)) << old_text << "--\n" << new_text;
  }
}

TEST(LineDiff, ALineNeedsNoEnd) {
  EXPECT_EQ(lines_of("a\n\nb"), (Lines{"a", "", "b"}));
  EXPECT_EQ(lines_of("a\n"), (Lines{"a"}));
  EXPECT_TRUE(lines_of("").empty());
}

TEST(LineDiff, GivesUpWhereTooMuchWasMoved) {
  std::string up;
  std::string down;
  for (int i = 0; i < 3000; ++i) {
    up += std::to_string(i) + "\n";
    down = std::to_string(i) + "\n" + down;
  }
  EXPECT_FALSE(lines_kept(lines_of(up), lines_of(down)));
  EXPECT_TRUE(lines_kept(lines_of(up), lines_of(up + down)));
}

}  // namespace
}  // namespace rekey::discovery::git
