// One mapping of rekey.yaml, read by its table of keys: what is known, what is needed and which
// limits hold are the table's (inventory_keys.h). Asking for a key that the table lacks aborts.
//
// For the readers of the inventory alone: yaml-cpp stays in this room.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "rotation/inventory/inventory_keys.h"
#include "rotation/inventory/yaml_mapping.h"

namespace rekey::rotation {

inline const InventoryKey* find_key(const KeyTable& table, std::string_view name) {
  const auto found = std::find_if(table.keys.begin(), table.keys.end(),
                                  [&](const InventoryKey& key) { return key.name == name; });
  return found == table.keys.end() ? nullptr : &*found;
}

// 1 to 64 characters of [A-Za-z0-9._-].
[[nodiscard]] bool is_name(std::string_view text) noexcept;
// Notes where it is none.
[[nodiscard]] bool is_filled_list(const YAML::Node& node, std::string_view key, std::int64_t most,
                                  Problems& problems);
// A list of texts; what is none is noted.
[[nodiscard]] std::vector<std::string> read_names(const YAML::Node& node, std::string_view key,
                                                  Problems& problems);
template <typename T>
void note_error(const YAML::Node& node, const base::Result<T>& result, std::string_view mend,
                Problems& problems) {
  if (!result) problems.add(node.Mark(), fmt::format("{}; {}", result.error().detail, mend));
}

class TableMapping {
 public:
  // What is unknown or missing is noted. Keys of `sister` are known too, and told by the caller.
  TableMapping(const YAML::Node& node, const KeyTable& table, Problems& problems,
               const KeyTable* sister = nullptr)
      : table_(table), mapping_(node, std::string(table.what), names_of(table, sister), problems) {
    for (const InventoryKey& key : table.keys) {
      if (key.is_required) static_cast<void>(mapping_.need(key.name, key.help));
    }
  }

  [[nodiscard]] bool is_map() const { return mapping_.is_map(); }
  [[nodiscard]] const YAML::Node* find(std::string_view name) const {
    return mapping_.find(key_of(name).name);
  }
  [[nodiscard]] const YAML::Node* find_of_sister(std::string_view name) const {
    return mapping_.find(name);
  }
  // Notes that it is missing, where nothing but the values of other keys makes it needed.
  void miss(std::string_view name) {
    const InventoryKey& key = key_of(name);
    static_cast<void>(mapping_.need(key.name, key.help));
  }

  std::string text(std::string_view name, std::string_view fallback = {}) {
    return mapping_.text_or(key_of(name).name, fallback);
  }
  std::optional<std::string> optional_text(std::string_view name) {
    return mapping_.optional_text(key_of(name).name);
  }
  int number(std::string_view name, int fallback) {
    const InventoryKey& key = key_of(name);
    return static_cast<int>(mapping_.number_or(name, fallback, key.most));
  }
  base::Duration duration(std::string_view name, base::Duration fallback = {}) {
    const InventoryKey& key = key_of(name);
    const YAML::Node* found = mapping_.find(name);
    return found == nullptr ? fallback : mapping_.duration(found, name, key.longest);
  }
  // As duration(), and 0s is one.
  base::Duration duration_or_none(std::string_view name) {
    const InventoryKey& key = key_of(name);
    return mapping_.duration(mapping_.find(name), name, key.longest, base::Duration{0});
  }
  // Empty where it is not there.
  std::string choice(std::string_view name) {
    const InventoryKey& key = key_of(name);
    const YAML::Node* found = mapping_.find(name);
    return found == nullptr ? std::string() : mapping_.one_of(found, name, key.choices);
  }

 private:
  [[nodiscard]] const InventoryKey& key_of(std::string_view name) const {
    const InventoryKey* found = find_key(table_, name);
    REKEY_ASSERT(found != nullptr);
    return *found;
  }
  static std::vector<std::string_view> names_of(const KeyTable& table, const KeyTable* sister) {
    std::vector<std::string_view> names;
    for (const InventoryKey& key : table.keys) names.push_back(key.name);
    if (sister == nullptr) return names;
    for (const InventoryKey& key : sister->keys) {
      if (find_key(table, key.name) == nullptr) names.push_back(key.name);
    }
    return names;
  }

  const KeyTable& table_;
  Mapping mapping_;
};

}  // namespace rekey::rotation
