#include "discovery/detector_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"

namespace rekey::discovery {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::size_t kShortestPrefix = 3;
constexpr std::size_t kLongestValue = 4096;
constexpr std::size_t kLongestKeyWord = 6;
constexpr std::size_t kMostKeyWords = 8;  // each costs the one pass over all bytes

constexpr std::array<std::string_view, 14> kKeys{
    "id",       "title",    "role",  "issuer", "prefix", "alphabet",   "sizes",
    "min_size", "max_size", "check", "keys",   "near",   "needs_near", "confidence"};

template <typename T, std::size_t size>
std::optional<T> named(const std::array<T, size>& all, std::string_view name) {
  for (const T one : all) {
    if (name_of(one) == name) return one;
  }
  return std::nullopt;
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Result<std::vector<Detector>> read(const YAML::Node& root) {
    const YAML::Node list = root.IsMap() ? root["detectors"] : YAML::Node();
    if (!list.IsDefined() || !list.IsSequence()) {
      return wrong(root, "expected `detectors:` and a list of them");
    }
    if (list.size() > kMostOwnDetectors) {
      return wrong(list, fmt::format("at most {} detectors fit into a file", kMostOwnDetectors));
    }
    std::vector<Detector> detectors;
    for (const YAML::Node& node : list) {
      REKEY_TRY(Detector one, read_one(node));
      const auto same = std::find_if(detectors.begin(), detectors.end(),
                                     [&](const Detector& other) { return other.id == one.id; });
      if (same != detectors.end()) return wrong(node, fmt::format("a second id {}", one.id));
      detectors.push_back(std::move(one));
    }
    return detectors;
  }

 private:
  tl::unexpected<base::Error> wrong(const YAML::Node& node, std::string_view what) const {
    const YAML::Mark mark = node.Mark();
    return fail(Code::kInvalidArgument,
                fmt::format("{}:{}:{}: {}", path_, mark.line + 1, mark.column + 1, what));
  }

  Result<Detector> read_one(const YAML::Node& node) {
    if (!node.IsMap())
      return wrong(node, "a detector is a mapping with `id` and what it looks for");
    for (const auto& entry : node) {
      const std::string key = entry.first.as<std::string>("");
      if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
      const std::string_view nearest = base::nearest_word(key, kKeys);
      return wrong(entry.first,
                   fmt::format("unknown key {}{}", key,
                               nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
    }
    Detector one;
    one.id = text(node, "id");
    one.title = text(node, "title").empty() ? one.id : text(node, "title");
    one.issuer = text(node, "issuer");
    one.prefix = text(node, "prefix");
    if (one.id.empty()) return wrong(node, "a detector needs an `id`");
    REKEY_CHECK(read_names(node, one));
    REKEY_CHECK(read_sizes(node, one));
    REKEY_TRY(one.keys, words(node, "keys"));
    REKEY_TRY(one.near, words(node, "near"));
    REKEY_CHECK(read_key_words(node, one));
    for (std::string& key : one.keys) key = normalise_key(key);
    one.needs_near = node["needs_near"].IsDefined() && node["needs_near"].as<bool>(false);
    if (one.prefix.empty() && one.keys.empty()) {
      return wrong(node, "a detector needs a `prefix`, or `keys` that its values stand at");
    }
    if (!one.prefix.empty() && one.prefix.size() < kShortestPrefix) {
      return wrong(node["prefix"], "a prefix has at least 3 characters");
    }
    REKEY_CHECK(check_together(node, one));
    return one;
  }

  // What can never find anything, or would be ignored without a word.
  Status check_together(const YAML::Node& node, const Detector& one) const {
    if (!one.prefix.empty() && !one.keys.empty()) {
      return wrong(node["keys"],
                   "a detector with a `prefix` is found by it, whatever its key; leave out `keys`, "
                   "or make two detectors");
    }
    if (one.needs_near && one.near.empty()) {
      return wrong(node["needs_near"], "`needs_near` needs words in `near`");
    }
    const bool is_range = node["min_size"].IsDefined() || node["max_size"].IsDefined();
    if (!one.sizes.empty() && is_range) {
      return wrong(node["sizes"], "a detector has `sizes`, or `min_size` and `max_size`, not both");
    }
    const std::size_t longest =
        one.sizes.empty() ? one.max_size : *std::max_element(one.sizes.begin(), one.sizes.end());
    if (one.prefix.size() >= longest) {
      return wrong(node["prefix"], "no value is so short: its size includes the prefix");
    }
    return {};
  }

  // The last word of a name that is long enough, cut to its end: what is written before it, and
  // how, may differ.
  Status read_key_words(const YAML::Node& node, Detector& one) const {
    for (const std::string& key : one.keys) {
      std::string word;
      std::string best;
      for (const char c : key + "_") {
        const bool is_of_word = holds(Alphabet::kAlphanumeric, c);
        if (is_of_word) word += c;
        if (!is_of_word && word.size() >= kShortestPrefix) best = word;
        if (!is_of_word) word.clear();
      }
      if (best.empty()) {
        return wrong(node["keys"], "a key's name has a word of at least 3 letters or digits");
      }
      best = best.substr(best.size() - std::min(best.size(), kLongestKeyWord));
      key_words_.insert(best);
      one.key_words.push_back(std::move(best));
    }
    if (key_words_.size() <= kMostKeyWords) return {};
    return wrong(node["keys"],
                 fmt::format("at most {} different words end the names of keys", kMostKeyWords));
  }

  static std::string text(const YAML::Node& node, const char* key) {
    const YAML::Node value = node[key];
    return value.IsDefined() && value.IsScalar() ? value.Scalar() : std::string();
  }

  Status read_names(const YAML::Node& node, Detector& one) const {
    if (const std::string name = text(node, "role"); !name.empty()) {
      const auto role = named(
          std::array{Role::kSecret, Role::kSigningSecret, Role::kToken, Role::kClientId}, name);
      if (!role) {
        return wrong(node["role"],
                     "a role is client-secret, signing-secret, access-token or client-id");
      }
      one.role = *role;
    }
    if (const std::string name = text(node, "confidence"); !name.empty()) {
      const auto confidence =
          named(std::array{Confidence::kLow, Confidence::kMedium, Confidence::kHigh}, name);
      if (!confidence) return wrong(node["confidence"], "a confidence is low, medium or high");
      one.confidence = *confidence;
    }
    if (const std::string name = text(node, "alphabet"); !name.empty()) {
      const auto alphabet = alphabet_from(name);
      if (!alphabet) return wrong(node["alphabet"], alphabet.error().detail);
      one.alphabet = *alphabet;
    }
    if (const std::string name = text(node, "check"); !name.empty()) {
      const auto check = check_from(name);
      if (!check) return wrong(node["check"], check.error().detail);
      one.check = *check;
    }
    return {};
  }

  Status read_sizes(const YAML::Node& node, Detector& one) const {
    const YAML::Node sizes = node["sizes"];
    if (sizes.IsDefined()) {
      if (!sizes.IsSequence()) return wrong(sizes, "`sizes` is a list of numbers");
      for (const YAML::Node& size : sizes) one.sizes.push_back(size.as<std::size_t>(0));
    } else {
      one.min_size = number(node, "min_size");
      one.max_size = number(node, "max_size");
      if (one.max_size < one.min_size) return wrong(node, "`max_size` is less than `min_size`");
    }
    const bool has_size =
        sizes.IsDefined() ? !one.sizes.empty() : one.min_size >= kShortestOwnValue;
    const bool fits = std::all_of(one.sizes.begin(), one.sizes.end(), [](std::size_t size) {
      return size >= kShortestOwnValue && size <= kLongestValue;
    });
    if (has_size && fits && one.max_size <= kLongestValue) return {};
    return wrong(node, fmt::format("a detector needs `sizes`, or `min_size` and `max_size`, "
                                   "from {} to {} characters, prefix included",
                                   kShortestOwnValue, kLongestValue));
  }

  static std::size_t number(const YAML::Node& node, const char* key) {
    return node[key].IsDefined() ? node[key].as<std::size_t>(0) : 0;
  }

  Result<std::vector<std::string>> words(const YAML::Node& node, const char* key) const {
    std::vector<std::string> words;
    const YAML::Node list = node[key];
    if (!list.IsDefined()) return words;
    if (!list.IsSequence()) return wrong(list, fmt::format("`{}` is a list of words", key));
    for (const YAML::Node& one : list) {
      std::string word;
      for (const char c : one.as<std::string>("")) word += base::to_lower(c);
      if (word.empty()) return wrong(one, "an empty word fits everything");
      words.push_back(std::move(word));
    }
    return words;
  }

  const std::string& path_;
  mutable std::set<std::string> key_words_;  // of all rows
};

}  // namespace

Result<std::vector<Detector>> read_detectors(const std::string& path, std::string_view text) {
  try {
    return Reader(path).read(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& problem) {
    return fail(Code::kInvalidArgument, fmt::format("{}:{}:{}: {}", path, problem.mark.line + 1,
                                                    problem.mark.column + 1, problem.msg));
  }
}

}  // namespace rekey::discovery
