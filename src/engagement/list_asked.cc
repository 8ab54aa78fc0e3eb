#include "engagement/list_asked.h"

#include <fmt/format.h>

namespace rekey::engagement {

base::Result<ListAsked> list_asked(const Query& query, std::int64_t business_unit,
                                   const ListShape& shape) {
  constexpr std::int64_t kUsualPage = 50;
  constexpr int kFirstParameter = 2;
  ListAsked asked;
  asked.business_unit = business_unit;
  REKEY_TRY(const PageAsked page, page_asked(query, kUsualPage, shape.largest_page));
  asked.page = page.page;
  asked.size = page.size;
  REKEY_TRY(asked.condition, condition_asked(query, shape.filters, kFirstParameter));
  REKEY_TRY(asked.order, order_asked(query, shape.orders, shape.otherwise));
  return asked;
}

std::string filtered_source(std::string_view source, const ListAsked& asked) {
  if (!asked.condition) return std::string(source);
  return fmt::format("{} AND {}", source, asked.condition->sql);
}

storage::Values filtered_values(const ListAsked& asked) {
  storage::Values values{asked.business_unit};
  if (asked.condition) append_parameters(values, *asked.condition);
  return values;
}

}  // namespace rekey::engagement
