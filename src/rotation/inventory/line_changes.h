// Changes to whole lines of a text, and how they look as a unified diff. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rekey::rotation {

struct LineChange {
  std::size_t at = 0;       // the index of the first line that it concerns; the text's end at
                            // the latest
  std::size_t removed = 0;  // lines from there on
  std::vector<std::string> lines;  // that stand there instead, without line ends
};

// Each with its line end.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);

// What is added ends as the first line of the text does. `changes` are in the text's order and
// concern no line twice.
[[nodiscard]] std::string apply_changes(const std::vector<std::string>& lines,
                                        std::span<const LineChange> changes);

// With three lines around each; empty where there are none.
[[nodiscard]] std::string unified_diff(const std::string& path,
                                       const std::vector<std::string>& lines,
                                       std::span<const LineChange> changes);

}  // namespace rekey::rotation
