// A filter's joins, written as SQL: what is common to all that compile one.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.h"
#include "engagement/filter.h"

namespace rekey::engagement {

// How many joins stand in each other, of AND and OR by turns. SQLite's parser has room for a
// hundred symbols and takes three for each of them.
inline constexpr std::size_t kMostFilterLevels = 16;

// The condition for a part without operands. Asked in the order in which they are written.
using WriteComparison = std::function<base::Result<std::string>(const Filter& comparison)>;
// Joins them as the filter says, an AND in an AND as one and an OR in an OR. kInvalidArgument
// beyond kMostFilterLevels.
[[nodiscard]] base::Result<std::string> write_joined(const Filter& filter,
                                                     const WriteComparison& write_comparison);

}  // namespace rekey::engagement
