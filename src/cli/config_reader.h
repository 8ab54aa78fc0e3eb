// Reads plain configuration (rotation::ConfigNode) strictly: known keys only, and whatever is wrong
// told in one go with file, line and column, an unknown key with the nearest known one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/inventory/config_tree.h"

namespace rekey::cli {

class ConfigProblems {
 public:
  explicit ConfigProblems(std::string path) : path_(std::move(path)) {}
  void add(int line, int column, std::string_view what);
  void add(const rotation::ConfigNode& node, std::string_view what) {
    add(node.line, node.column, what);
  }
  // What is known of no place.
  void add(std::string_view what);
  // kInvalidArgument with every line, or Ok.
  [[nodiscard]] base::Status status() const;

 private:
  std::string path_;
  std::vector<std::string> lines_;
};

struct NumberBounds {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

// One mapping. Each reader gives what stands there, `fallback` where nothing does, and notes what
// is wrong.
class ConfigMap {
 public:
  using Names = std::span<const std::string_view>;

  ConfigMap(const rotation::ConfigNode& node, std::string what, Names known,
            ConfigProblems& problems);

  [[nodiscard]] const rotation::ConfigNode* find(std::string_view key) const;
  [[nodiscard]] const rotation::ConfigNode* need(std::string_view key, std::string_view help);
  [[nodiscard]] std::string text(std::string_view key, std::string_view fallback = {});
  // A list, or one text alone.
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);
  [[nodiscard]] std::int64_t number(std::string_view key, std::int64_t fallback,
                                    NumberBounds bounds);
  [[nodiscard]] base::Duration duration(std::string_view key, base::Duration fallback);
  // The position in `known` of what stands there.
  [[nodiscard]] std::size_t choice(std::string_view key, std::size_t fallback, Names known);
  // The mappings of a list; none where the key is not there.
  [[nodiscard]] std::vector<const rotation::ConfigNode*> maps(std::string_view key);
  [[nodiscard]] const rotation::ConfigNode& node() const noexcept { return node_; }

 private:
  [[nodiscard]] std::optional<std::string> text_of(const rotation::ConfigNode& node,
                                                   std::string_view key);

  const rotation::ConfigNode& node_;
  std::string what_;
  ConfigProblems& problems_;
};

}  // namespace rekey::cli
