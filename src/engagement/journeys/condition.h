// Conditions on a contact and on what came with an event, as Journey Builder writes them:
// <FilterDefinition><ConditionSet Operator="AND"><Condition Key="Event.KEY.Name" Operator="Equal">
// <Value>…</Value></Condition></ConditionSet></FilterDefinition>. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::engagement::journeys {

enum class Comparison {
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterOrEqual,
  kLess,
  kLessOrEqual,
  kContains,
  kNotContains,
  kBeginsWith,
  kEndsWith,
  kIsNull,
  kIsNotNull,
  kIsTrue,
  kIsFalse,
};

struct Condition {
  // A group of parts, all of which or one of which has to hold; or a comparison.
  bool is_group = true;
  bool needs_all = true;
  std::vector<Condition> parts;
  std::string name;
  Comparison comparison = Comparison::kEqual;
  std::string value;
};

inline constexpr std::size_t kMostConditions = 500;

// kInvalidArgument with a sentence that says what is wrong with it.
[[nodiscard]] base::Result<Condition> read_condition(std::string_view xml);

// What a name stands for; nullopt where it stands for nothing.
using NameLookup = std::function<std::optional<std::string>(std::string_view name)>;

// Numbers and dates are compared as what they are where both sides are such, everything else as
// text without regard to letter case. A comparison with nothing holds only where it asks for that,
// or for something else than what it names.
[[nodiscard]] bool holds(const Condition& condition, const NameLookup& find);

}  // namespace rekey::engagement::journeys
