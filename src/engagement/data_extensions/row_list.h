// Rows that a list picks out, or puts into another order than that of their primary key.
//
// Where the filter says what the first columns of the primary key are equal to, only the rows that
// begin so are looked at; else every row is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "engagement/data_extensions/rows.h"
#include "engagement/filter_text.h"
#include "storage/select.h"

namespace rekey::engagement::data_extensions {

// What rows are filtered and ordered by: the columns, over "data_extension_row r".
[[nodiscard]] ListColumns row_columns(const Definition& definition);

struct RowsAsked {
  std::optional<Filter> filter;
  std::vector<OrderAsked> orders;
  std::int64_t page = 1;
  std::int64_t size = 0;
  std::size_t most_bytes = 0;  // of the page's rows (PageReader)
};
// kInvalidArgument where a value does not fit its column.
[[nodiscard]] base::Result<storage::Page<Row>> list_rows(storage::Connection& tables,
                                                         const Definition& definition,
                                                         const RowsAsked& asked);

}  // namespace rekey::engagement::data_extensions
