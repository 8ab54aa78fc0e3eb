// What was given on the command line, after the table has checked its shape.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::cli {

class Arguments {
 public:
  std::map<std::string, std::vector<std::string>, std::less<>> options;  // "--data" -> values
  std::map<std::string, std::vector<std::string>, std::less<>> positional;

  [[nodiscard]] bool has(std::string_view option) const { return options.contains(option); }
  [[nodiscard]] std::optional<std::string> get(std::string_view option) const;
  [[nodiscard]] std::string get_or(std::string_view option, std::string_view fallback) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view option) const;
  // A whole number in [low, high]; kInvalidArgument naming the option otherwise.
  [[nodiscard]] base::Result<std::int64_t> number_or(std::string_view option, std::int64_t fallback,
                                                     std::int64_t low, std::int64_t high) const;
  [[nodiscard]] std::string argument(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> arguments(std::string_view name) const;
  [[nodiscard]] bool wants_json() const { return has("--json"); }
};

// "a b,c" -> {"a","b","c"}: how lists are written in one option.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace rekey::cli
