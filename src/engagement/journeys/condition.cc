#include "engagement/journeys/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "engagement/data_extensions/date_text.h"
#include "engagement/soap/xml_reader.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::fail;
using base::Result;
using soap::XmlElement;

constexpr std::array<std::pair<std::string_view, Comparison>, 26> kOperators{{
    {"Equal", Comparison::kEqual},
    {"Equals", Comparison::kEqual},
    {"Is", Comparison::kEqual},
    {"NotEqual", Comparison::kNotEqual},
    {"NotEquals", Comparison::kNotEqual},
    {"IsNot", Comparison::kNotEqual},
    {"GreaterThan", Comparison::kGreater},
    {"IsAfter", Comparison::kGreater},
    {"GreaterThanOrEqual", Comparison::kGreaterOrEqual},
    {"IsOnOrAfter", Comparison::kGreaterOrEqual},
    {"LessThan", Comparison::kLess},
    {"IsBefore", Comparison::kLess},
    {"LessThanOrEqual", Comparison::kLessOrEqual},
    {"IsOnOrBefore", Comparison::kLessOrEqual},
    {"Contains", Comparison::kContains},
    {"NotContains", Comparison::kNotContains},
    {"DoesNotContain", Comparison::kNotContains},
    {"BeginsWith", Comparison::kBeginsWith},
    {"StartsWith", Comparison::kBeginsWith},
    {"EndsWith", Comparison::kEndsWith},
    {"IsNull", Comparison::kIsNull},
    {"IsEmpty", Comparison::kIsNull},
    {"IsNotNull", Comparison::kIsNotNull},
    {"IsNotEmpty", Comparison::kIsNotNull},
    {"IsTrue", Comparison::kIsTrue},
    {"IsFalse", Comparison::kIsFalse},
}};

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = base::to_lower(c);
  return lower;
}

Result<Condition> read_comparison(const XmlElement& element) {
  Condition condition;
  condition.is_group = false;
  condition.name = element.attribute("Key");
  if (condition.name.empty()) {
    return fail(Code::kInvalidArgument, "a Condition has no Key, which names what is compared");
  }
  const std::string_view asked = element.attribute("Operator");
  const auto* known = std::find_if(kOperators.begin(), kOperators.end(), [&](const auto& one) {
    return base::equal_ignoring_case(one.first, asked);
  });
  if (known == kOperators.end()) {
    return fail(Code::kInvalidArgument,
                fmt::format("a Condition has the Operator \"{}\", which is not known here", asked));
  }
  condition.comparison = known->second;
  condition.value = element.child_text("Value");
  return condition;
}

Result<Condition> read_group(const XmlElement& element, std::size_t& count) {
  Condition group;
  group.needs_all = !base::equal_ignoring_case(element.attribute("Operator"), "OR");
  for (const XmlElement& child : element.children) {
    if (++count > kMostConditions) {
      return fail(Code::kInvalidArgument,
                  fmt::format("a filter takes at most {} conditions", kMostConditions));
    }
    if (child.name == "ConditionSet") {
      REKEY_TRY(Condition part, read_group(child, count));
      group.parts.push_back(std::move(part));
    } else if (child.name == "Condition") {
      REKEY_TRY(Condition part, read_comparison(child));
      group.parts.push_back(std::move(part));
    }
  }
  return group;
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Below, at or above 0 as the first is less, the same or greater.
int order_of(std::string_view left, std::string_view right) {
  const auto left_number = number_of(left);
  const auto right_number = number_of(right);
  if (left_number && right_number) {
    return *left_number < *right_number ? -1 : *left_number > *right_number ? 1 : 0;
  }
  const auto left_date = data_extensions::canonical_date(left);
  const auto right_date = data_extensions::canonical_date(right);
  if (left_date && right_date) return left_date->compare(*right_date);
  return lowered(left).compare(lowered(right));
}

bool is_true(std::string_view text) {
  return text == "1" || base::equal_ignoring_case(text, "true") ||
         base::equal_ignoring_case(text, "yes");
}

// Truths are written in several ways.
bool are_equal(std::string_view left, std::string_view right) {
  const auto is_truth = [](std::string_view text) {
    return base::equal_ignoring_case(text, "true") || base::equal_ignoring_case(text, "false");
  };
  if (is_truth(left) || is_truth(right)) return is_true(left) == is_true(right);
  return order_of(left, right) == 0;
}

bool compares(const Condition& condition, const std::string& text) {
  const std::string& value = condition.value;
  switch (condition.comparison) {
    case Comparison::kEqual:
      return are_equal(text, value);
    case Comparison::kNotEqual:
      return !are_equal(text, value);
    case Comparison::kGreater:
      return order_of(text, value) > 0;
    case Comparison::kGreaterOrEqual:
      return order_of(text, value) >= 0;
    case Comparison::kLess:
      return order_of(text, value) < 0;
    case Comparison::kLessOrEqual:
      return order_of(text, value) <= 0;
    case Comparison::kContains:
      return lowered(text).find(lowered(value)) != std::string::npos;
    case Comparison::kNotContains:
      return lowered(text).find(lowered(value)) == std::string::npos;
    case Comparison::kBeginsWith:
      return lowered(text).starts_with(lowered(value));
    case Comparison::kEndsWith:
      return lowered(text).ends_with(lowered(value));
    case Comparison::kIsNull:
      return false;
    case Comparison::kIsNotNull:
      return true;
    case Comparison::kIsTrue:
      return is_true(text);
    case Comparison::kIsFalse:
      return !is_true(text);
  }
  return false;
}

bool holds_for_nothing(Comparison comparison) {
  return comparison == Comparison::kIsNull || comparison == Comparison::kNotEqual ||
         comparison == Comparison::kNotContains;
}

}  // namespace

Result<Condition> read_condition(std::string_view xml) {
  auto root = soap::read_xml(xml);
  if (!root) return tl::unexpected(base::with_context("the filter", root.error()));
  std::size_t count = 0;
  REKEY_TRY(Condition condition, read_group(*root, count));
  return condition;
}

bool holds(const Condition& condition, const NameLookup& find) {
  if (condition.is_group) {
    const auto holds_too = [&](const Condition& part) { return holds(part, find); };
    const auto& parts = condition.parts;
    return condition.needs_all || parts.empty()
               ? std::all_of(parts.begin(), parts.end(), holds_too)
               : std::any_of(parts.begin(), parts.end(), holds_too);
  }
  const auto text = find(condition.name);
  if (!text || text->empty()) return holds_for_nothing(condition.comparison);
  return compares(condition, *text);
}

}  // namespace rekey::engagement::journeys
