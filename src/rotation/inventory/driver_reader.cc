#include "rotation/inventory/driver_reader.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace rekey::rotation {
namespace {

constexpr std::string_view kKindKey = "kind";

// Looked at before the rest: it decides which other keys are known. nullptr with the problem noted.
const DriverKind* find_kind_of(const YAML::Node& node, std::string_view what,
                               std::span<const DriverKind* const> kinds, Problems& problems) {
  if (!node.IsMap()) {
    problems.add(node.Mark(),
                 fmt::format("{} must be a mapping; write it as {{kind: …, …}}", what));
    return nullptr;
  }
  std::vector<std::string_view> names;
  for (const DriverKind* kind : kinds) names.push_back(kind->name);
  for (const auto& entry : node) {
    if (!entry.first.IsScalar() || entry.first.Scalar() != kKindKey) continue;
    const YAML::Node& value = entry.second;
    if (!value.IsScalar() || value.Scalar().empty()) {
      problems.add(value.Mark(),
                   fmt::format("kind must be a text that is not empty; write one of {}",
                               fmt::join(names, ", ")));
      return nullptr;
    }
    if (!check_visible(value, kKindKey, problems)) return nullptr;
    const auto found = std::find(names.begin(), names.end(), value.Scalar());
    if (found != names.end()) return kinds[static_cast<std::size_t>(found - names.begin())];
    problems.add(value.Mark(), fmt::format("kind {} is not known{}", value.Scalar(),
                                           did_you_mean(value.Scalar(), names)));
    return nullptr;
  }
  problems.add(node.Mark(), fmt::format("{} lacks the key kind; add it: one of {}", what,
                                        fmt::join(names, ", ")));
  return nullptr;
}

// The problem is noted where there are none.
std::vector<std::string> read_words(const YAML::Node& node, std::string_view key,
                                    const std::filesystem::path& folder, Problems& problems) {
  const bool is_list =
      node.IsSequence() && node.size() > 0 &&
      std::all_of(node.begin(), node.end(), [](const YAML::Node& word) { return word.IsScalar(); });
  if (!is_list || node.begin()->Scalar().empty()) {
    problems.add(node.Mark(), fmt::format("{} must be a list: the program and its arguments", key));
    return {};
  }
  std::vector<std::string> words;
  for (const YAML::Node& word : node) {
    check_visible(word, key, problems);
    words.push_back(word.Scalar());
  }
  // A program without a slash is searched in PATH.
  if (words.front().find('/') != std::string::npos) words[0] = resolve_path(folder, words[0]);
  return words;
}

// The problem is noted where there are none.
std::vector<std::string> read_texts(const YAML::Node& node, std::string_view key,
                                    Problems& problems) {
  const bool is_list = node.IsSequence() && node.size() > 0 &&
                       std::all_of(node.begin(), node.end(), [](const YAML::Node& text) {
                         return text.IsScalar() && !text.Scalar().empty();
                       });
  if (!is_list) {
    problems.add(node.Mark(),
                 fmt::format("{} must be a list of texts; write it as [one, another]", key));
    return {};
  }
  std::vector<std::string> texts;
  for (const YAML::Node& text : node) {
    check_visible(text, key, problems);
    texts.push_back(text.Scalar());
  }
  return texts;
}

// In the one form that equal settings have; nullopt where there is nothing to be kept.
std::optional<std::string> read_setting(Mapping& mapping, const KeySpec& key,
                                        const std::filesystem::path& folder, Problems& problems) {
  const YAML::Node* found =
      key.is_required ? mapping.need(key.name, key.help) : mapping.find(key.name);
  if (found == nullptr) return std::nullopt;
  switch (key.type) {
    case KeyType::kText:
      return mapping.text_of(found, key.name);
    case KeyType::kPath:
      return resolve_path(folder, mapping.text_of(found, key.name));
    case KeyType::kChoice:
      return mapping.one_of(found, key.name, key.choices);
    case KeyType::kNumber: {
      const auto number = mapping.number(found, key.name, key.most);
      return number ? std::optional(std::to_string(*number)) : std::nullopt;
    }
    case KeyType::kDuration:
      return base::format_duration(mapping.duration(found, key.name, key.longest));
    case KeyType::kWords: {
      const auto words = read_words(*found, key.name, folder, problems);
      return words.empty() ? std::nullopt : std::optional(setting_of_words(words));
    }
    case KeyType::kTexts: {
      const auto texts = read_texts(*found, key.name, problems);
      return texts.empty() ? std::nullopt : std::optional(setting_of_words(texts));
    }
  }
  return std::nullopt;
}

}  // namespace

std::string resolve_path(const std::filesystem::path& folder, const std::string& path) {
  if (path.empty()) return path;
  return (folder / path).lexically_normal().string();
}

DriverSpec read_driver(const YAML::Node& node, std::string_view what,
                       std::span<const DriverKind* const> kinds,
                       const std::filesystem::path& folder, Problems& problems) {
  DriverSpec spec;
  const DriverKind* kind = find_kind_of(node, what, kinds, problems);
  if (kind == nullptr) return spec;
  spec.kind = kind->name;
  std::vector<std::string_view> names{kKindKey};
  for (const KeySpec& key : kind->keys) names.push_back(key.name);
  const std::size_t problems_before = problems.count();
  Mapping mapping(node, std::string(what), names, problems);
  for (const KeySpec& key : kind->keys) {
    if (auto value = read_setting(mapping, key, folder, problems))
      spec.set(key.name, *std::move(value));
  }
  if (const base::Status status = finish_spec(*kind, spec); !status) {
    problems.add(mapping.mark(), status.error().detail);
  }
  if (problems.count() != problems_before) spec.location.clear();
  return spec;
}

}  // namespace rekey::rotation
