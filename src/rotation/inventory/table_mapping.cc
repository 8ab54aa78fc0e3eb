#include "rotation/inventory/table_mapping.h"

#include <yaml-cpp/yaml.h>

#include "base/text.h"

namespace rekey::rotation {

bool is_name(std::string_view text) noexcept {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return base::kBase62Alphabet.find(c) != std::string_view::npos || c == '.' || c == '_' ||
                  c == '-';
         });
}

bool is_filled_list(const YAML::Node& node, std::string_view key, std::int64_t most,
                    Problems& problems) {
  const bool is_filled =
      node.IsSequence() && node.size() > 0 && static_cast<std::int64_t>(node.size()) <= most;
  if (is_filled) return true;
  problems.add(node.Mark(),
               fmt::format("{} must be a list of 1 to {}; write each behind a dash", key, most));
  return false;
}

std::vector<std::string> read_names(const YAML::Node& node, std::string_view key,
                                    Problems& problems) {
  std::vector<std::string> names;
  if (!node.IsSequence()) {
    problems.add(node.Mark(), fmt::format("{} must be a list of texts; write it as [a, b]", key));
    return names;
  }
  for (const YAML::Node& item : node) {
    if (!item.IsScalar() || item.Scalar().empty()) {
      problems.add(item.Mark(),
                   fmt::format("an item of {} is a text that is not empty; write one", key));
    } else if (check_visible(item, key, problems)) {
      names.push_back(item.Scalar());
    }
  }
  return names;
}

}  // namespace rekey::rotation
