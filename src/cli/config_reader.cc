#include "cli/config_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace rekey::cli {
namespace {

using rotation::ConfigNode;

constexpr std::size_t kMostProblems = 50;

std::string nearest(std::string_view word, ConfigMap::Names known) {
  const std::string_view near = base::nearest_word(word, known);
  if (!near.empty()) return fmt::format("did you mean {}?", near);
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

// Decimal digits without leading zeros, a minus before them.
std::optional<std::int64_t> parse_number(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

void ConfigProblems::add(int line, int column, std::string_view what) {
  if (lines_.size() < kMostProblems) {
    lines_.push_back(fmt::format("{}:{}:{}: {}", path_, line, column, what));
  }
}

void ConfigProblems::add(std::string_view what) {
  if (lines_.size() < kMostProblems) lines_.push_back(fmt::format("{}: {}", path_, what));
}

base::Status ConfigProblems::status() const {
  if (lines_.empty()) return {};
  return base::fail(base::Code::kInvalidArgument, fmt::format("{}", fmt::join(lines_, "\n")));
}

ConfigMap::ConfigMap(const ConfigNode& node, std::string what, Names known,
                     ConfigProblems& problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
  if (node.kind != ConfigNode::Kind::kMap) {
    problems.add(node, fmt::format("{} must be a mapping", what_));
    return;
  }
  for (const rotation::ConfigMember& member : node.members) {
    if (std::find(known.begin(), known.end(), member.name) != known.end()) continue;
    problems.add(
        member.line, member.column,
        fmt::format("unknown key {} in {}; {}", member.name, what_, nearest(member.name, known)));
  }
}

const ConfigNode* ConfigMap::find(std::string_view key) const {
  for (const rotation::ConfigMember& member : node_.members) {
    if (member.name == key) return &member.value;
  }
  return nullptr;
}

const ConfigNode* ConfigMap::need(std::string_view key, std::string_view help) {
  const ConfigNode* found = find(key);
  if (found == nullptr && node_.kind == ConfigNode::Kind::kMap) {
    problems_.add(node_, fmt::format("{} lacks the key {}: {}", what_, key, help));
  }
  return found;
}

std::optional<std::string> ConfigMap::text_of(const ConfigNode& node, std::string_view key) {
  const bool is_text = node.kind == ConfigNode::Kind::kText && !node.text.empty();
  if (is_text && !has_control_character(node.text)) return node.text;
  problems_.add(node, is_text ? fmt::format("{} holds a control character", key)
                              : fmt::format("{} must be a text that is not empty", key));
  return std::nullopt;
}

std::string ConfigMap::text(std::string_view key, std::string_view fallback) {
  const ConfigNode* found = find(key);
  if (found == nullptr) return std::string(fallback);
  return text_of(*found, key).value_or(std::string(fallback));
}

std::vector<std::string> ConfigMap::texts(std::string_view key) {
  std::vector<std::string> texts;
  const ConfigNode* found = find(key);
  if (found == nullptr) return texts;
  if (found->kind != ConfigNode::Kind::kList) {
    if (auto text = text_of(*found, key)) texts.push_back(*std::move(text));
    return texts;
  }
  for (const ConfigNode& item : found->items) {
    if (auto text = text_of(item, key)) texts.push_back(*std::move(text));
  }
  return texts;
}

std::int64_t ConfigMap::number(std::string_view key, std::int64_t fallback, NumberBounds bounds) {
  const ConfigNode* found = find(key);
  if (found == nullptr) return fallback;
  const auto number = parse_number(found->text);
  if (number && *number >= bounds.low && *number <= bounds.high) return *number;
  problems_.add(
      *found, fmt::format("{} must be a whole number from {} to {}", key, bounds.low, bounds.high));
  return fallback;
}

base::Duration ConfigMap::duration(std::string_view key, base::Duration fallback) {
  const ConfigNode* found = find(key);
  if (found == nullptr) return fallback;
  const auto parsed = base::parse_duration(found->text);
  if (parsed) return *parsed;
  problems_.add(*found, fmt::format("{} must be a time such as 30s, 5m or 1h", key));
  return fallback;
}

std::size_t ConfigMap::choice(std::string_view key, std::size_t fallback, Names known) {
  const ConfigNode* found = find(key);
  if (found == nullptr) return fallback;
  const auto place = std::find(known.begin(), known.end(), found->text);
  if (place != known.end()) return static_cast<std::size_t>(place - known.begin());
  problems_.add(
      *found, fmt::format("{} {} is not known; {}", key, found->text, nearest(found->text, known)));
  return fallback;
}

std::vector<const ConfigNode*> ConfigMap::maps(std::string_view key) {
  std::vector<const ConfigNode*> maps;
  const ConfigNode* found = find(key);
  if (found == nullptr) return maps;
  if (found->kind != ConfigNode::Kind::kList) {
    problems_.add(*found, fmt::format("{} must be a list", key));
    return maps;
  }
  for (const ConfigNode& item : found->items) maps.push_back(&item);
  return maps;
}

}  // namespace rekey::cli
