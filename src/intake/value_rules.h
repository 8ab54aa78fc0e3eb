// What a value of this kind looks like: told to the person, and looked at before anything is
// sealed. Only who opens it can judge it: a page can be told anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rekey::intake {

struct ValueRules {
  std::vector<std::size_t> lengths;  // that it may have; at least one
  std::string characters;            // every one that may occur; ASCII
};

// "64 characters: letters, digits, - and _".
[[nodiscard]] std::string describe(const ValueRules& rules);
// "letters, digits, - and _".
[[nodiscard]] std::string describe_characters(std::string_view characters);

}  // namespace rekey::intake
