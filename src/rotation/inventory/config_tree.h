// A YAML configuration file as plain data, each piece with its place in the file: for readers of
// other rooms, into which yaml-cpp does not go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::rotation {

struct ConfigMember;

struct ConfigNode {
  enum class Kind { kNothing, kText, kList, kMap };
  Kind kind = Kind::kNothing;
  int line = 0;  // from 1
  int column = 0;
  std::string text;
  std::vector<ConfigNode> items;
  std::vector<ConfigMember> members;  // in the file's order, each name once
};

struct ConfigMember {
  std::string name;
  int line = 0;
  int column = 0;
  ConfigNode value;
};

inline constexpr std::size_t kConfigLimitBytes = 1024 * 1024;
inline constexpr int kDeepestConfig = 32;

// Strict: one document, no aliases, no key twice, keys that are plain words. `path` names the file
// in messages. kInvalidArgument with one line for every problem.
[[nodiscard]] base::Result<ConfigNode> parse_config(std::string_view text, const std::string& path);

}  // namespace rekey::rotation
