// $filter and $orderBy in the small form that most lists take.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engagement/url_parts.h"

namespace rekey::engagement {

// "status eq active", "name eq 'Order sync'", with "neq" or "ne" for the contrary.
struct SimpleFilter {
  std::string property;  // as `known` spells it
  bool is_negated = false;
  std::string value;
};
// nullopt where the query has no $filter; kInvalidArgument naming what it takes.
[[nodiscard]] base::Result<std::optional<SimpleFilter>> filter_asked(
    const Query& query, std::initializer_list<std::string_view> known);

// "name", "name asc", "name desc".
struct OrderAsked {
  std::string property;  // as `known` spells it
  bool is_descending = false;
};
// nullopt where the query has no $orderBy; kInvalidArgument naming what it takes.
[[nodiscard]] base::Result<std::optional<OrderAsked>> order_asked(
    const Query& query, std::initializer_list<std::string_view> known);

}  // namespace rekey::engagement
