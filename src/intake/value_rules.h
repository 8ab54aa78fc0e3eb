// What a value of this kind looks like, told to the person before anything is sealed, and checked
// again when it has arrived: a page can be told anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::intake {

struct ValueRules {
  std::size_t least_characters = 1;
  std::size_t most_characters = 4096;
  std::string characters;        // every one that may occur; ASCII
  std::string characters_words;  // the same for people: "letters, digits and _"
};

// kInvalidArgument, with the words for the person and without the value, where it does not fit.
[[nodiscard]] base::Status check_value(const ValueRules& rules, const base::Secret& value);

// "64 characters: letters, digits and _".
[[nodiscard]] std::string describe(const ValueRules& rules);

}  // namespace rekey::intake
