// What a list over REST is asked for: a page ($page, $pageSize), a filter ($filter), an order
// ($orderBy), read from a query by the list's own table of columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engagement/filter_text.h"
#include "engagement/url_parts.h"
#include "storage/select.h"

namespace rekey::engagement {

struct ListAsked {
  std::int64_t business_unit = 0;
  std::int64_t page = 1;
  std::int64_t size = 50;
  std::optional<Condition> condition;  // its parameters begin with ?2
  std::string order = "id";            // for ORDER BY
};

// What a list offers.
struct ListShape {
  ListColumns filters;
  ListColumns orders;
  std::string_view otherwise = "id";  // the order of what is equal
  std::int64_t largest_page = 500;
};
// kInvalidArgument naming the parameter and what it takes.
[[nodiscard]] base::Result<ListAsked> list_asked(const Query& query, std::int64_t business_unit,
                                                 const ListShape& shape);

// `source` with the filter added to its WHERE, whose ?1 is the business unit.
[[nodiscard]] std::string filtered_source(std::string_view source, const ListAsked& asked);
// The values of its parameters; `asked` must live as long.
[[nodiscard]] storage::Values filtered_values(const ListAsked& asked);

template <typename Read>
[[nodiscard]] auto read_list(storage::Connection& tables, std::string_view columns,
                             std::string_view source, const ListAsked& asked, Read read) {
  return storage::read_page(tables,
                            {columns, filtered_source(source, asked), asked.order,
                             filtered_values(asked), asked.page, asked.size},
                            read);
}

}  // namespace rekey::engagement
