// Where in the text of an inventory its integrations stand, so that lines can be added to them and
// dates replaced, with every other byte kept. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rotation/inventory/line_changes.h"

namespace rekey::rotation {

// What was written as a value: its bytes in a line.
struct Spot {
  std::size_t line = 0;
  std::size_t column = 0;
  std::size_t size = 0;  // 0: not found as it was read
};

// Where an integration stands in the file, and which keys it has there.
struct Place {
  std::size_t after_line = 0;  // what is added to it goes after this line
  std::size_t column = 0;      // of its keys
  bool is_block = false;       // one key a line
  std::map<std::string, Spot> keys;
  [[nodiscard]] bool has(const std::string& key) const { return keys.contains(key); }
};

// Where integrations are, and where another one goes.
struct Layout {
  std::vector<Place> places;  // one an integration
  bool is_list = false;       // of block style, so that an item can be added
  std::size_t dash_column = 0;
  std::size_t key_column = 0;
  std::size_t end_of_list = 0;  // the line before which a new item goes
};

// kInvalidArgument where the text is no YAML.
[[nodiscard]] base::Result<Layout> layout_of(std::string_view text, const std::string& path,
                                             const std::vector<std::string>& lines);

}  // namespace rekey::rotation
