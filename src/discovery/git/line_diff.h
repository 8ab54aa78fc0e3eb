// Which lines of a text an older one has too: a longest common subsequence, by Myers ("An O(ND)
// Difference Algorithm and Its Variations", 1986), as git's diff looks for one. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rekey::discovery::git {

using Lines = std::vector<std::string_view>;

// Without their line ends; what follows the last line feed is a line if it is not empty.
[[nodiscard]] Lines lines_of(std::string_view text);

inline constexpr std::uint32_t kNoLine = 0xffffffff;
// Of lines that stand in both texts at other places: the work grows with the square.
inline constexpr std::size_t kMostDifferences = 2000;

// For each line of `after` the one of `before` that it is, or kNoLine. nullopt above
// kMostDifferences.
[[nodiscard]] std::optional<std::vector<std::uint32_t>> lines_kept(const Lines& before,
                                                                   const Lines& after);

}  // namespace rekey::discovery::git
