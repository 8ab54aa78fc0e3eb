#include "engagement/filter_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "engagement/text_rules.h"

namespace rekey::engagement {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kMostNamesShown = 20;
constexpr std::size_t kLongestNameShown = 128;

struct KnownOperator {
  std::string_view name;
  Operator meaning;
};
constexpr std::array<KnownOperator, 13> kOperators{{{"eq", Operator::kEquals},
                                                    {"neq", Operator::kNotEquals},
                                                    {"ne", Operator::kNotEquals},
                                                    {"gt", Operator::kGreaterThan},
                                                    {"gte", Operator::kGreaterThanOrEqual},
                                                    {"ge", Operator::kGreaterThanOrEqual},
                                                    {"lt", Operator::kLessThan},
                                                    {"lte", Operator::kLessThanOrEqual},
                                                    {"le", Operator::kLessThanOrEqual},
                                                    {"like", Operator::kLike},
                                                    {"contains", Operator::kContains},
                                                    {"startswith", Operator::kBeginsWith},
                                                    {"endswith", Operator::kEndsWith}}};

std::string names_of(const ListColumns& columns) {
  std::string text;
  for (std::size_t i = 0; i < std::min(columns.size(), kMostNamesShown); ++i) {
    text += (text.empty() ? "" : ", ") + columns[i].name;
  }
  return text + (columns.size() > kMostNamesShown ? ", …" : "");
}

tl::unexpected<base::Error> no_such_name(std::string_view parameter, std::string_view name,
                                         const ListColumns& columns) {
  return fail(Code::kInvalidArgument,
              fmt::format("{} names \"{}\", which is not there; it takes {}", parameter,
                          name.substr(0, kLongestNameShown), names_of(columns)));
}

// A text that is read from its beginning.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
  [[nodiscard]] bool is_at_end() {
    skip_blanks();
    return rest_.empty();
  }
  void advance(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }

  [[nodiscard]] bool take(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    advance(1);
    return true;
  }
  // Whether a word of that name, whatever its letter case, is next; takes it.
  [[nodiscard]] bool take_word(std::string_view word) {
    skip_blanks();
    if (!begins_with_word(rest_, word)) return false;
    advance(word.size());
    return true;
  }
  // Up to a blank, a parenthesis or a comma.
  [[nodiscard]] std::string_view take_any_word() {
    skip_blanks();
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t(),"));
    advance(word.size());
    return word;
  }
  // Up to `close`, which is taken too and which stands for itself where it is doubled; nullopt
  // where there is none.
  [[nodiscard]] std::optional<std::string> take_until(char close) {
    std::string text;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == close) {
        if (i + 1 == rest_.size() || rest_[i + 1] != close) {
          advance(i + 1);
          return text;
        }
        ++i;
      }
      text += rest_[i];
    }
    return std::nullopt;
  }
  // The name of a column: in brackets, in double quotes, or the longest that is known and that a
  // blank or a comma ends.
  [[nodiscard]] std::string take_name(const ListColumns& columns) {
    skip_blanks();
    if (take('[')) return take_until(']').value_or("");
    if (take('"')) return take_until('"').value_or("");
    std::string_view longest;
    for (const ListColumn& column : columns) {
      if (column.name.size() > longest.size() && begins_with_word(rest_, column.name)) {
        longest = column.name;
      }
    }
    if (longest.empty()) return std::string(take_any_word());
    advance(longest.size());
    return std::string(longest);
  }

  static bool begins_with_word(std::string_view text, std::string_view word) {
    if (!base::equal_ignoring_case(text.substr(0, word.size()), word)) return false;
    return text.size() == word.size() ||
           std::string_view(" \t(),").find(text[word.size()]) != std::string_view::npos;
  }

 private:
  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  }

  std::string_view rest_;
};

class Parser {
 public:
  Parser(std::string_view text, const ListColumns& columns) : scanner_(text), columns_(columns) {}

  Result<Filter> parse() {
    REKEY_TRY(Filter filter, read_any());
    if (scanner_.is_at_end()) return filter;
    return wrong("something follows that is joined by neither and nor or");
  }

 private:
  static tl::unexpected<base::Error> wrong(std::string_view what) {
    return fail(Code::kInvalidArgument,
                fmt::format("$filter takes \"Name eq 'value'\", joined by and, or and "
                            "parentheses: {}",
                            what));
  }

  // Operands that `word` joins; one alone stands for itself.
  template <typename ReadOperand>
  Result<Filter> read_joined(std::string_view word, bool needs_all, ReadOperand read_operand) {
    REKEY_TRY(Filter first, read_operand());
    Filter joined;
    joined.needs_all = needs_all;
    joined.operands.push_back(std::move(first));
    while (scanner_.take_word(word)) {
      REKEY_TRY(joined.operands.emplace_back(), read_operand());
    }
    if (joined.operands.size() > 1) return joined;
    Filter alone = std::move(joined.operands.front());
    return alone;
  }
  Result<Filter> read_any() {
    return read_joined("or", false, [this] { return read_all(); });
  }
  Result<Filter> read_all() {
    return read_joined("and", true, [this] { return read_part(); });
  }

  Result<Filter> read_part() {
    if (!scanner_.take('(')) return read_comparison();
    if (++depth_ > kDeepestFilter) return wrong("its parentheses are nested too deeply");
    REKEY_TRY(Filter filter, read_any());
    if (!scanner_.take(')')) return wrong("a parenthesis is not closed");
    --depth_;
    return filter;
  }

  Result<Filter> read_comparison() {
    if (++parts_ > kMostFilterParts) return wrong("it has too many parts");
    if (scanner_.is_at_end()) return wrong("a name is missing");
    const std::string name = scanner_.take_name(columns_);
    const ListColumn* column = find_list_column(columns_, name);
    if (column == nullptr) return no_such_name("$filter", name, columns_);
    Filter filter;
    filter.property = column->name;
    const std::string_view word = scanner_.take_any_word();
    if (base::equal_ignoring_case(word, "in")) {
      filter.comparison = Operator::kIn;
      REKEY_TRY(filter.values, read_list());
      return filter;
    }
    const auto* const known = std::find_if(
        kOperators.begin(), kOperators.end(),
        [&](const KnownOperator& one) { return base::equal_ignoring_case(one.name, word); });
    if (known == kOperators.end()) {
      return wrong(
          "the operators are eq, neq, gt, gte, lt, lte, like, contains, startswith, "
          "endswith and in");
    }
    filter.comparison = known->meaning;
    REKEY_TRY(std::optional<std::string> value, read_value(depth_ > 0));
    if (value) {
      filter.values.push_back(*std::move(value));
      return filter;
    }
    return compared_with_null(std::move(filter));
  }

  static Result<Filter> compared_with_null(Filter filter) {
    if (filter.comparison == Operator::kEquals) {
      filter.comparison = Operator::kIsNull;
    } else if (filter.comparison == Operator::kNotEquals) {
      filter.comparison = Operator::kIsNotNull;
    } else {
      return wrong("null is compared by eq and neq alone");
    }
    return filter;
  }

  Result<std::vector<std::string>> read_list() {
    if (!scanner_.take('(')) return wrong("in takes a list in parentheses");
    std::vector<std::string> values;
    do {
      REKEY_TRY(auto value, read_value(true));
      if (!value) return wrong("null is compared by eq and neq alone");
      values.push_back(*std::move(value));
    } while (scanner_.take(','));
    if (!scanner_.take(')')) return wrong("a parenthesis is not closed");
    return values;
  }

  // nullopt for null. A value without quotes ends before "and", "or" and, where it stands in
  // parentheses, before one or a comma.
  Result<std::optional<std::string>> read_value(bool is_in_parentheses) {
    for (const char quote : {'\'', '"'}) {
      if (!scanner_.take(quote)) continue;
      auto text = scanner_.take_until(quote);
      if (!text) return wrong("a quote is not closed");
      return text;
    }
    const std::string_view rest = scanner_.rest();
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
      if (is_in_parentheses && (rest[end] == ')' || rest[end] == ',')) break;
      if (rest[end] != ' ') continue;
      const std::string_view next = rest.substr(end + 1);
      if (Scanner::begins_with_word(next, "and") || Scanner::begins_with_word(next, "or")) break;
    }
    const std::string_view value = without_blanks(rest.substr(0, end));
    if (value.empty()) return wrong("a value is missing");
    scanner_.advance(end);
    if (base::equal_ignoring_case(value, "null")) return std::optional<std::string>{};
    return std::optional<std::string>(value);
  }

  Scanner scanner_;
  const ListColumns& columns_;
  std::size_t depth_ = 0;
  std::size_t parts_ = 0;
};

}  // namespace

const ListColumn* find_list_column(const ListColumns& columns, std::string_view name) noexcept {
  for (const ListColumn& column : columns) {
    if (base::equal_ignoring_case(column.name, name)) return &column;
  }
  return nullptr;
}

Result<Filter> parse_filter(std::string_view text, const ListColumns& columns) {
  if (text.size() > kLongestFilterText) {
    return fail(Code::kInvalidArgument,
                fmt::format("$filter takes at most {} bytes", kLongestFilterText));
  }
  return Parser(text, columns).parse();
}

Result<std::vector<OrderAsked>> parse_order(std::string_view text, const ListColumns& columns) {
  if (text.size() > kLongestFilterText) {
    return fail(Code::kInvalidArgument,
                fmt::format("$orderBy takes at most {} bytes", kLongestFilterText));
  }
  Scanner scanner(text);
  std::vector<OrderAsked> orders;
  do {
    const std::string name = scanner.take_name(columns);
    const ListColumn* column = find_list_column(columns, name);
    if (column == nullptr) return no_such_name("$orderBy", name, columns);
    OrderAsked order;
    order.property = column->name;
    order.is_descending = scanner.take_word("desc");
    if (!order.is_descending) static_cast<void>(scanner.take_word("asc"));
    orders.push_back(std::move(order));
  } while (scanner.take(',') && orders.size() < kMostOrders);
  if (scanner.is_at_end()) return orders;
  return fail(Code::kInvalidArgument,
              fmt::format("$orderBy takes \"Name\" or \"Name desc\", at most {}, with commas "
                          "between them",
                          kMostOrders));
}

Result<Condition> compile_for(const Filter& filter, const ListColumns& columns,
                              int first_parameter) {
  const FindColumn find = [&](std::string_view name) -> std::optional<FilterColumn> {
    const ListColumn* column = find_list_column(columns, name);
    if (column == nullptr) return std::nullopt;
    return FilterColumn{column->sql, column->kind};
  };
  return compile_filter(filter, find, first_parameter);
}

Result<std::optional<Condition>> condition_asked(const Query& query, const ListColumns& columns,
                                                 int first_parameter) {
  const auto text = query.find("$filter");
  if (!text) return std::optional<Condition>{};
  REKEY_TRY(const Filter filter, parse_filter(*text, columns));
  REKEY_TRY(Condition condition, compile_for(filter, columns, first_parameter));
  return std::optional<Condition>(std::move(condition));
}

std::string order_by(const std::vector<OrderAsked>& orders, const ListColumns& columns,
                     std::string_view otherwise) {
  std::string sql;
  for (const OrderAsked& order : orders) {
    const ListColumn* column = find_list_column(columns, order.property);
    if (column == nullptr) continue;
    sql += fmt::format("{} {}, ", ordered(FilterColumn{column->sql, column->kind}),
                       order.is_descending ? "DESC" : "ASC");
  }
  return sql + std::string(otherwise);
}

Result<std::vector<OrderAsked>> orders_asked(const Query& query, const ListColumns& columns) {
  const auto text = query.find("$orderBy");
  if (!text) return std::vector<OrderAsked>{};
  return parse_order(*text, columns);
}

Result<std::string> order_asked(const Query& query, const ListColumns& columns,
                                std::string_view otherwise) {
  REKEY_TRY(const auto orders, orders_asked(query, columns));
  return order_by(orders, columns, otherwise);
}

}  // namespace rekey::engagement
