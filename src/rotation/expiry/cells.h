// A table that somebody pasted or saved, as rows of cells: TSV, CSV (RFC 4180, comma or semicolon)
// or an HTML page. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::rotation {

struct CellRow {
  int line = 0;                    // in the text, from 1; 0 where an HTML parser does not say
  std::vector<std::string> cells;  // blanks around a text are gone, runs of blanks are one
};
using CellTable = std::vector<CellRow>;

inline constexpr std::size_t kMostTableBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMostTableRows = 100'000;

// One table for a TSV or CSV text, every <table> and ARIA grid of an HTML page in its order (rows
// of a table inside a cell belong to the inner one; what a browser does not show is not there).
// kInvalidArgument where the text is too large, is not UTF-8, a page cannot be read to its end, or
// a quoted CSV field is not closed (with its line).
[[nodiscard]] base::Result<std::vector<CellTable>> read_cells(std::string_view text);

}  // namespace rekey::rotation
