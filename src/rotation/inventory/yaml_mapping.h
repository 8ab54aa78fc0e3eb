// One mapping of a YAML file, read strictly: its known keys, each at most once, and whatever is
// wrong with it told with file, line and column.
//
// For inventory.cc and driver_reader.cc alone: yaml-cpp stays in this room.
#pragma once

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "base/result.h"
#include "base/text.h"
#include "base/time.h"

namespace rekey::rotation {

using Names = std::span<const std::string_view>;

inline constexpr std::size_t kMostProblems = 50;

// Everything that is wrong, in the order of the file.
class Problems {
 public:
  explicit Problems(const std::string& path) : path_(path) {}

  void add(const YAML::Mark& mark, const std::string& what) {
    if (++count_ > kMostProblems) return;
    lines_.push_back(
        mark.is_null() ? fmt::format("{}: {}", path_, what)
                       : fmt::format("{}:{}:{}: {}", path_, mark.line + 1, mark.column + 1, what));
  }
  [[nodiscard]] bool is_empty() const { return lines_.empty(); }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] tl::unexpected<base::Error> as_error() const {
    return base::fail(base::Code::kInvalidArgument, fmt::format("{}", fmt::join(lines_, "\n")));
  }

 private:
  const std::string& path_;
  std::vector<std::string> lines_;  // the first kMostProblems
  std::size_t count_ = 0;
};

// "; did you mean file?", or what could be written where nothing is near.
inline std::string did_you_mean(std::string_view word, Names known) {
  const std::string_view nearest = base::nearest_word(word, known);
  if (!nearest.empty()) return fmt::format("; did you mean {}?", nearest);
  return fmt::format("; write one of {}", fmt::join(known, ", "));
}

// Whether people see the text as it is; else the problem is noted. An escape brings in what the
// file's own bytes do not have, and a path with a NUL names another file than its text shows.
// `allowed` are control characters that are no problem here.
inline bool check_visible(const YAML::Node& scalar, std::string_view key, Problems& problems,
                          std::string_view allowed = {}) {
  std::string text = scalar.Scalar();
  std::erase_if(text, [&](char c) { return allowed.find(c) != std::string_view::npos; });
  const auto hidden = base::find_hidden_character(text);
  if (!hidden) return true;
  problems.add(scalar.Mark(), fmt::format("{} holds {}; leave it out", key,
                                          base::describe_hidden_character(*hidden)));
  return false;
}

// Decimal digits alone, so that no leading zero is taken for another base.
inline std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || text.front() == '0') return std::nullopt;
  return number;
}

// One mapping of the file: its known keys, each at most once.
class Mapping {
 public:
  Mapping(const YAML::Node& node, std::string what, Names known, Problems& problems)
      : node_(node), what_(std::move(what)), problems_(problems) {
    if (!node.IsMap()) {
      problems.add(node.Mark(), fmt::format("{} must be a mapping; write it as key: value", what_));
      return;
    }
    is_map_ = true;
    for (const auto& entry : node) note(entry.first, entry.second, known);
  }

  [[nodiscard]] bool is_map() const { return is_map_; }
  [[nodiscard]] YAML::Mark mark() const { return node_.Mark(); }

  [[nodiscard]] const YAML::Node* find(std::string_view key) const {
    for (const auto& [name, value] : entries_) {
      if (name == key) return &value;
    }
    return nullptr;
  }
  // `help` says in a few words what is missing.
  const YAML::Node* need(std::string_view key, std::string_view help = {}) {
    const YAML::Node* found = find(key);
    if (found == nullptr && is_map_) {
      problems_.add(node_.Mark(), fmt::format("{} lacks the key {}; add it{}{}", what_, key,
                                              help.empty() ? "" : ": ", help));
    }
    return found;
  }

  std::string text_of(const YAML::Node* found, std::string_view key) {
    if (found == nullptr) return {};
    if (!found->IsScalar() || found->Scalar().empty()) {
      problems_.add(found->Mark(),
                    fmt::format("{} must be a text that is not empty; write one", key));
      return {};
    }
    return check_visible(*found, key, problems_) ? found->Scalar() : std::string();
  }
  std::string text(std::string_view key) { return text_of(need(key), key); }
  std::string text_or(std::string_view key, std::string_view fallback) {
    const YAML::Node* found = find(key);
    return found == nullptr ? std::string(fallback) : text_of(found, key);
  }
  std::optional<std::string> optional_text(std::string_view key) {
    const YAML::Node* found = find(key);
    return found == nullptr ? std::nullopt : std::optional(text_of(found, key));
  }
  std::string one_of(const YAML::Node* found, std::string_view key, Names known) {
    std::string value = text_of(found, key);
    if (!value.empty() && std::find(known.begin(), known.end(), value) == known.end()) {
      problems_.add(found->Mark(),
                    fmt::format("{} {} is not known{}", key, value, did_you_mean(value, known)));
    }
    return value;
  }
  std::int64_t number_or(std::string_view key, std::int64_t fallback, std::int64_t most) {
    return number(find(key), key, most).value_or(fallback);
  }
  std::optional<std::int64_t> number(const YAML::Node* found, std::string_view key,
                                     std::int64_t most) {
    if (found == nullptr) return std::nullopt;
    const auto number = found->IsScalar() ? parse_number(found->Scalar()) : std::nullopt;
    if (!number || *number < 1 || *number > most) {
      problems_.add(found->Mark(),
                    fmt::format("{} must be a whole number from 1 to {}, in decimal digits without "
                                "a zero in front",
                                key, most));
      return std::nullopt;
    }
    return number;
  }
  base::Duration duration(const YAML::Node* found, std::string_view key, base::Duration longest,
                          base::Duration shortest = base::Duration{1}) {
    if (found == nullptr) return {};
    const std::size_t problems_before = problems_.count();
    const std::string text = text_of(found, key);
    if (problems_.count() != problems_before) return {};
    const auto parsed = base::parse_duration(text);
    if (!parsed || *parsed < shortest || *parsed > longest) {
      problems_.add(found->Mark(), fmt::format("{} must be a time such as 2s or 5m, at most {}",
                                               key, base::format_duration(longest)));
      return {};
    }
    return *parsed;
  }

 private:
  void note(const YAML::Node& key, const YAML::Node& value, Names known) {
    if (!key.IsScalar()) {
      problems_.add(
          key.Mark(),
          fmt::format("a key of {} is not a plain word; write it without brackets", what_));
      return;
    }
    const std::string& name = key.Scalar();
    if (!check_visible(key, "a key of " + what_, problems_)) return;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      problems_.add(key.Mark(),
                    fmt::format("unknown key {} in {}{}", name, what_, did_you_mean(name, known)));
    } else if (find(name) != nullptr) {
      problems_.add(key.Mark(), fmt::format("the key {} stands twice in {}; take one of them out",
                                            name, what_));
    } else {
      entries_.emplace_back(name, value);
    }
  }

  YAML::Node node_;
  std::string what_;
  Problems& problems_;
  bool is_map_ = false;
  std::vector<std::pair<std::string, YAML::Node>> entries_;
};

}  // namespace rekey::rotation
