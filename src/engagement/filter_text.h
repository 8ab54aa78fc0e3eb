// $filter and $orderBy, as lists over REST take them.
//
//   Name eq 'Ann' and (Age gte 18 or [Is Member] eq true)
//   Name desc, Id
//
// Operators: eq, neq (ne), gt, gte (ge), lt, lte (le), like, contains, startswith, endswith,
// in ('a', 'b'), and eq or neq null; joined by and, or and parentheses, of which and binds closer.
// A value needs quotes where it holds what would end it; a quote in it is doubled. A name with
// blanks may stand in brackets. Names and words do not depend on letter case. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engagement/filter.h"
#include "engagement/url_parts.h"

namespace rekey::engagement {

inline constexpr std::size_t kLongestFilterText = 2000;
inline constexpr std::size_t kDeepestFilter = 32;
inline constexpr std::size_t kMostOrders = 8;

// What a list can be filtered and ordered by.
struct ListColumn {
  std::string name;  // as clients spell it
  std::string sql;   // an expression over the list's source
  ValueKind kind = ValueKind::kText;
};
using ListColumns = std::vector<ListColumn>;
[[nodiscard]] const ListColumn* find_list_column(const ListColumns& columns,
                                                 std::string_view name) noexcept;

// kInvalidArgument with a sentence that says what is wrong, never a value.
[[nodiscard]] base::Result<Filter> parse_filter(std::string_view text, const ListColumns& columns);

struct OrderAsked {
  std::string property;  // as the columns spell it
  bool is_descending = false;
};
// kInvalidArgument naming what it takes.
[[nodiscard]] base::Result<std::vector<OrderAsked>> parse_order(std::string_view text,
                                                                const ListColumns& columns);

// A filter on a list's columns, in SQL (filter.h).
[[nodiscard]] base::Result<Condition> compile_for(const Filter& filter, const ListColumns& columns,
                                                  int first_parameter);
// Of a list's query; nullopt where it has no $filter. The condition's parameters begin with
// `first_parameter`.
[[nodiscard]] base::Result<std::optional<Condition>> condition_asked(const Query& query,
                                                                     const ListColumns& columns,
                                                                     int first_parameter);
// What $orderBy asks for; empty where the query has none.
[[nodiscard]] base::Result<std::vector<OrderAsked>> orders_asked(const Query& query,
                                                                 const ListColumns& columns);
// For ORDER BY: what $orderBy asks for, then `otherwise`, so that the order is always the same.
[[nodiscard]] base::Result<std::string> order_asked(const Query& query, const ListColumns& columns,
                                                    std::string_view otherwise);
[[nodiscard]] std::string order_by(const std::vector<OrderAsked>& orders,
                                   const ListColumns& columns, std::string_view otherwise);

}  // namespace rekey::engagement
