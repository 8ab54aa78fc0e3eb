#include "discovery/git/line_diff.h"

#include <algorithm>
#include <unordered_map>

namespace rekey::discovery::git {
namespace {

// A line by number, so that two are compared at once, and where it stands.
struct Numbered {
  std::uint32_t number = 0;
  std::uint32_t line = 0;
};
using Sequence = std::vector<Numbered>;

// Only lines that stand in both: no other is part of a common subsequence.
struct Both {
  Sequence before;
  Sequence after;
};

Both lines_of_both(const Lines& before, const Lines& after, std::size_t from, std::size_t tail) {
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  for (std::size_t i = from; i + tail < before.size(); ++i) {
    numbers.emplace(before[i], static_cast<std::uint32_t>(numbers.size()));
  }
  Both both;
  std::vector<bool> is_there(numbers.size());
  for (std::size_t i = from; i + tail < after.size(); ++i) {
    const auto found = numbers.find(after[i]);
    if (found == numbers.end()) continue;
    is_there[found->second] = true;
    both.after.push_back({found->second, static_cast<std::uint32_t>(i)});
  }
  for (std::size_t i = from; i + tail < before.size(); ++i) {
    const std::uint32_t number = numbers.at(before[i]);
    if (is_there[number]) both.before.push_back({number, static_cast<std::uint32_t>(i)});
  }
  return both;
}

// The greedy algorithm of the paper, section 3: for each number of differences, how far each
// diagonal (position before less position after) reaches.
class Myers {
 public:
  explicit Myers(const Both& both)
      : before_(both.before), after_(both.after), rows_(before_.size()), columns_(after_.size()) {}

  // Whether the end was reached.
  [[nodiscard]] bool run() {
    const std::size_t most = std::min(kMostDifferences, rows_ + columns_);
    for (std::size_t d = 0; d <= most; ++d) {
      reach_.emplace_back(2 * d + 1);
      for (std::size_t i = 0; i <= 2 * d; i += 2) {
        const std::size_t row = slide(begin_of(d, i), d, i);
        reach_[d][i] = static_cast<std::uint32_t>(row);
        if (row >= rows_ && column_of(row, d, i) >= columns_) {
          last_ = i;
          return true;
        }
      }
    }
    return false;
  }

  // Back from the end: what was slid over is common.
  void mark(std::vector<std::uint32_t>& kept) const {
    std::size_t i = last_;
    std::size_t row = rows_;
    for (std::size_t d = reach_.size() - 1;; --d) {
      const std::size_t begin = begin_of(d, i);
      for (std::size_t at = begin; at < row; ++at) {
        kept[after_[column_of(at, d, i)].line] = before_[at].line;
      }
      if (d == 0) return;
      const bool is_down = comes_from_above(d, i);
      row = is_down ? begin : begin - 1;
      i = is_down ? i : i - 2;
    }
  }

 private:
  // Diagonal k of d differences is at index k + d; row - column = k.
  static std::size_t column_of(std::size_t row, std::size_t d, std::size_t i) {
    return row + d - i;
  }

  // Whether a line of `after` was put in, and not one of `before` left out. Index i of d is the
  // diagonal of index i (one to the right) and i - 2 (one to the left) of d - 1.
  [[nodiscard]] bool comes_from_above(std::size_t d, std::size_t i) const {
    if (i == 0) return true;
    if (i == 2 * d) return false;
    return reach_[d - 1][i - 2] < reach_[d - 1][i];
  }

  // Where the last difference leads to.
  [[nodiscard]] std::size_t begin_of(std::size_t d, std::size_t i) const {
    if (d == 0) return 0;
    return comes_from_above(d, i) ? reach_[d - 1][i] : std::size_t{reach_[d - 1][i - 2]} + 1;
  }

  [[nodiscard]] std::size_t slide(std::size_t row, std::size_t d, std::size_t i) const {
    while (row < rows_ && column_of(row, d, i) < columns_ &&
           before_[row].number == after_[column_of(row, d, i)].number) {
      ++row;
    }
    return row;
  }

  const Sequence& before_;
  const Sequence& after_;
  std::size_t rows_;
  std::size_t columns_;
  std::vector<std::vector<std::uint32_t>> reach_;
  std::size_t last_ = 0;
};

}  // namespace

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<std::vector<std::uint32_t>> lines_kept(const Lines& before, const Lines& after) {
  const std::size_t shorter = std::min(before.size(), after.size());
  std::size_t head = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) {
    ++tail;
  }
  std::vector<std::uint32_t> kept(after.size(), kNoLine);
  for (std::size_t i = 0; i < head; ++i) kept[i] = static_cast<std::uint32_t>(i);
  for (std::size_t i = 0; i < tail; ++i) {
    kept[after.size() - 1 - i] = static_cast<std::uint32_t>(before.size() - 1 - i);
  }
  const Both both = lines_of_both(before, after, head, tail);
  Myers myers(both);
  if (!myers.run()) return std::nullopt;
  myers.mark(kept);
  return kept;
}

}  // namespace rekey::discovery::git
