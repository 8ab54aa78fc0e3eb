#include "intake/value_rules.h"

#include <fmt/format.h>

namespace rekey::intake {
namespace {

std::string describe_length(const ValueRules& rules) {
  if (rules.least_characters == rules.most_characters) {
    return fmt::format("{} characters", rules.least_characters);
  }
  return fmt::format("{} to {} characters", rules.least_characters, rules.most_characters);
}

}  // namespace

std::string describe(const ValueRules& rules) {
  return fmt::format("{}: {}", describe_length(rules), rules.characters_words);
}

base::Status check_value(const ValueRules& rules, const base::Secret& value) {
  if (value.reveal().find_first_not_of(rules.characters) != std::string_view::npos) {
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("It holds a character that no secret of this kind has: {} only. "
                                  "Copy it again.",
                                  rules.characters_words));
  }
  const auto size = value.size_bytes();
  if (size < rules.least_characters || size > rules.most_characters) {
    return base::fail(
        base::Code::kInvalidArgument,
        fmt::format("It has {} characters; one of this kind has {}. Copy it again, whole.", size,
                    describe_length(rules)));
  }
  return {};
}

}  // namespace rekey::intake
