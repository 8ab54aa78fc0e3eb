#include "engagement/soap/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kLongestName = 200;

struct KnownOperator {
  std::string_view name;
  Operator meaning;
  std::size_t fewest_values;
  std::size_t most_values;
};
constexpr std::array<KnownOperator, 19> kOperators{{
    {"equals", Operator::kEquals, 1, 1},
    {"notEquals", Operator::kNotEquals, 1, 1},
    {"greaterThan", Operator::kGreaterThan, 1, 1},
    {"lessThan", Operator::kLessThan, 1, 1},
    {"greaterThanOrEqual", Operator::kGreaterThanOrEqual, 1, 1},
    {"lessThanOrEqual", Operator::kLessThanOrEqual, 1, 1},
    {"isNull", Operator::kIsNull, 0, kMostFilterValues},
    {"isNotNull", Operator::kIsNotNull, 0, kMostFilterValues},
    {"between", Operator::kBetween, 2, 2},
    {"IN", Operator::kIn, 1, kMostFilterValues},
    {"like", Operator::kLike, 1, 1},
    {"beginsWith", Operator::kBeginsWith, 1, 1},
    {"endsWith", Operator::kEndsWith, 1, 1},
    {"contains", Operator::kContains, 1, 1},
    {"existsInString", Operator::kContains, 1, 1},
    {"notContains", Operator::kNotContains, 1, 1},
    {"notExistsInString", Operator::kNotContains, 1, 1},
    {"existsInStringAsAWord", Operator::kContainsWord, 1, 1},
    {"anyOf", Operator::kIn, 1, kMostFilterValues},
}};

std::string shown(std::string_view name) {
  return std::string(name.substr(0, kLongestName));
}

tl::unexpected<base::Error> wrong(std::string_view property, std::string_view what) {
  return fail(Code::kInvalidArgument,
              fmt::format("The filter on the property {} {}", shown(property), what));
}

const KnownOperator* find_operator(std::string_view name) {
  for (const KnownOperator& known : kOperators) {
    if (base::equal_ignoring_case(known.name, name)) return &known;
  }
  return nullptr;
}

// Reads parts and counts them, so that no request makes a condition of any size.
class Reader {
 public:
  Result<Filter> read(const XmlElement& element) {
    if (++parts_ > kMostFilterParts) {
      return fail(Code::kInvalidArgument,
                  fmt::format("A filter has at most {} parts", kMostFilterParts));
    }
    const bool is_complex =
        element.type == "ComplexFilterPart" || element.child("LeftOperand") != nullptr;
    return is_complex ? read_complex(element) : read_simple(element);
  }

 private:
  Result<Filter> read_simple(const XmlElement& element) {
    Filter filter;
    filter.property = element.child_text("Property");
    if (filter.property.empty()) {
      return fail(Code::kInvalidArgument, "A part of the filter names no Property");
    }
    const KnownOperator* known = find_operator(element.child_text("SimpleOperator"));
    if (known == nullptr) return wrong(filter.property, "has a SimpleOperator that is not known");
    filter.comparison = known->meaning;
    for (const XmlElement& one : element.children) {
      if (one.name != "Value" && one.name != "DateValue") continue;
      filter.values.push_back(one.text);
      if (character_count(one.text) > kLongestFilterValue) {
        return wrong(filter.property, "has a value of more than 4000 characters");
      }
    }
    values_ += filter.values.size();
    if (values_ > kMostFilterValues) {
      return fail(Code::kInvalidArgument,
                  fmt::format("A filter has at most {} values", kMostFilterValues));
    }
    if (filter.values.size() < known->fewest_values || filter.values.size() > known->most_values) {
      return wrong(filter.property,
                   fmt::format("takes {} Value with the operator {}",
                               known->fewest_values == 2 ? "two" : "one", known->name));
    }
    return filter;
  }

  Result<Filter> read_complex(const XmlElement& element) {
    Filter filter;
    const std::string word = element.child_text("LogicalOperator");
    filter.needs_all = base::equal_ignoring_case(word, "AND");
    if (!filter.needs_all && !base::equal_ignoring_case(word, "OR")) {
      return fail(Code::kInvalidArgument, "A complex filter has the LogicalOperator AND or OR");
    }
    for (const std::string_view name : {"LeftOperand", "RightOperand"}) {
      const XmlElement* operand = element.child(name);
      if (operand == nullptr) {
        return fail(Code::kInvalidArgument, fmt::format("A complex filter lacks its {}", name));
      }
      REKEY_TRY(filter.operands.emplace_back(), read(*operand));
    }
    if (const XmlElement* more = element.child("AdditionalOperands")) {
      for (const XmlElement& operand : more->children) {
        REKEY_TRY(filter.operands.emplace_back(), read(operand));
      }
    }
    return filter;
  }

  std::size_t parts_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

Result<Filter> read_filter(const XmlElement& element) {
  return Reader().read(element);
}

}  // namespace rekey::engagement::soap
