#include "engagement/simple_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace rekey::engagement {

namespace {

using base::Code;
using base::Result;
using Known = std::initializer_list<std::string_view>;

std::string_view take_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::string_view trimmed(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string_view unquoted(std::string_view text) noexcept {
  if (text.size() > 1 && text.front() == '\'' && text.back() == '\'') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

std::string_view spelled(std::string_view word, Known known) noexcept {
  for (const std::string_view name : known) {
    if (base::equal_ignoring_case(name, word)) return name;
  }
  return {};
}

std::string list_of(Known known) {
  std::string text;
  for (const std::string_view name : known) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace

Result<std::optional<SimpleFilter>> filter_asked(const Query& query, Known known) {
  const auto text = query.find("$filter");
  if (!text) return std::optional<SimpleFilter>{};
  std::string_view rest = *text;
  SimpleFilter filter;
  filter.property = spelled(take_word(rest), known);
  const std::string_view operation = take_word(rest);
  const bool is_equal = base::equal_ignoring_case(operation, "eq");
  filter.is_negated =
      base::equal_ignoring_case(operation, "neq") || base::equal_ignoring_case(operation, "ne");
  filter.value = unquoted(trimmed(rest));
  if (!filter.property.empty() && (is_equal || filter.is_negated) && !filter.value.empty()) {
    return std::optional<SimpleFilter>(std::move(filter));
  }
  return base::fail(
      Code::kInvalidArgument,
      fmt::format("$filter takes \"PROPERTY eq VALUE\" with one of: {}", list_of(known)));
}

Result<std::optional<OrderAsked>> order_asked(const Query& query, Known known) {
  const auto text = query.find("$orderBy");
  if (!text) return std::optional<OrderAsked>{};
  std::string_view rest = *text;
  OrderAsked order;
  order.property = spelled(take_word(rest), known);
  const std::string_view direction = trimmed(rest);
  order.is_descending = base::equal_ignoring_case(direction, "desc");
  const bool is_good =
      direction.empty() || order.is_descending || base::equal_ignoring_case(direction, "asc");
  if (!order.property.empty() && is_good) return std::optional<OrderAsked>(std::move(order));
  return base::fail(Code::kInvalidArgument,
                    fmt::format("$orderBy takes \"PROPERTY\" or \"PROPERTY desc\" with one of: {}",
                                list_of(known)));
}

}  // namespace rekey::engagement
