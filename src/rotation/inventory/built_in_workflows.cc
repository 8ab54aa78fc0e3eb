#include "rotation/inventory/built_in_workflows.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "rotation/inventory/built_in_templates.h"
#include "rotation/inventory/table_mapping.h"

namespace rekey::rotation {
namespace {

namespace keys = inventory_keys;

constexpr std::size_t kLongestParameter = 200;  // bytes
// They would end a text of the XML or JSON in which a parameter may stand.
constexpr std::string_view kTaken = "\"<>&\\";
constexpr std::string_view kMark = "$(";
constexpr std::string_view kAllOf = "...";

YAML::Node template_of(std::string_view name) {
  const std::array texts{
      &kMceRowsYaml,          &kMceRowsAsyncYaml,    &kMceContactYaml, &kMceTransactionalSendYaml,
      &kMceTriggeredSendYaml, &kMceJourneyEntryYaml, &kMceTrackingYaml};
  static_assert(texts.size() == keys::kBuiltInNames.size());
  const auto found = std::find(keys::kBuiltInNames.begin(), keys::kBuiltInNames.end(), name);
  REKEY_ASSERT(found != keys::kBuiltInNames.end());
  const auto index = static_cast<std::size_t>(found - keys::kBuiltInNames.begin());
  return YAML::Load(std::string(*texts[index]));  // NOLINT(*-constant-array-index)
}

std::vector<BuiltInParameter> parameters_in(const YAML::Node& text) {
  std::vector<BuiltInParameter> all;
  for (const auto& entry : text["parameters"]) {
    const auto& about = entry.second;
    const std::string is = about["is"] ? about["is"].Scalar() : "";
    all.push_back({entry.first.Scalar(), about["help"].Scalar(),
                   about["default"] ? about["default"].Scalar() : "", is == "needed",
                   is == "mapping"});
  }
  return all;
}

// So that nothing in it is taken for a name.
std::string as_plain_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) out += '$';
    out += text[i];
  }
  return out;
}

bool is_good_text(const YAML::Node& node, std::string_view name, Problems& problems) {
  if (!node.IsScalar() || node.Scalar().empty() || node.Scalar().size() > kLongestParameter ||
      node.Scalar().find_first_of(kTaken) != std::string::npos) {
    problems.add(node.Mark(), fmt::format("{} must be a text of 1 to {} bytes without \" < > & \\; "
                                          "write one",
                                          name, kLongestParameter));
    return false;
  }
  return check_visible(node, name, problems);
}

// What the user gives for each parameter; what is missing or does not fit is noted.
class Given {
 public:
  Given(const YAML::Node& item, const YAML::Node* with, std::string_view built_in,
        const std::vector<BuiltInParameter>& parameters, Problems& problems) {
    std::vector<std::string_view> names;
    for (const BuiltInParameter& one : parameters) names.push_back(one.name);
    static const YAML::Node kNothing{YAML::NodeType::Map};
    const std::string what = fmt::format("with of {}", built_in);
    const Mapping mapping(with == nullptr ? kNothing : *with, what, names, problems);
    if (!mapping.is_map()) return;
    for (const BuiltInParameter& one : parameters) {
      const YAML::Node* found = mapping.find(one.name);
      if (found == nullptr && one.is_needed) {
        problems.add(with == nullptr ? item.Mark() : with->Mark(),
                     fmt::format("{} lacks the key {}; add it: {}", what, one.name, one.help));
      } else if (found != nullptr && one.is_mapping) {
        take_mapping(*found, one.name, problems);
      } else if (found == nullptr || is_good_text(*found, one.name, problems)) {
        texts_[one.name] = found == nullptr ? one.fallback : found->Scalar();
      }
    }
  }

  [[nodiscard]] std::string text_of(std::string_view name) const {
    const auto found = texts_.find(name);
    return found == texts_.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::vector<std::pair<YAML::Node, YAML::Node>> entries_of(
      std::string_view name) const {
    const auto found = mappings_.find(name);
    if (found == mappings_.end()) return {};
    return found->second;
  }

 private:
  void take_mapping(const YAML::Node& node, const std::string& name, Problems& problems) {
    if (!node.IsMap()) {
      problems.add(node.Mark(),
                   fmt::format("{} must be a mapping; write it as {{name: value}}", name));
      return;
    }
    for (const auto& entry : node) {
      if (!is_good_text(entry.first, "a key of " + name, problems) ||
          !is_good_text(entry.second, entry.first.Scalar(), problems)) {
        continue;
      }
      mappings_[name].emplace_back(scalar_like(entry.first), scalar_like(entry.second));
    }
  }
  // With its tag, which says whether it was written in quotes.
  static YAML::Node scalar_like(const YAML::Node& node) {
    YAML::Node made(as_plain_text(node.Scalar()));
    made.SetTag(node.Tag());
    return made;
  }

  std::map<std::string, std::string, std::less<>> texts_;
  std::map<std::string, std::vector<std::pair<YAML::Node, YAML::Node>>, std::less<>> mappings_;
};

std::string fill_in(std::string_view text, const Given& given, bool is_url) {
  std::string out;
  for (;;) {
    const std::size_t at = text.find(kMark);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + kMark.size());
    const std::size_t end = text.find(')');
    const std::string value = given.text_of(text.substr(0, end));
    out += is_url ? base::percent_encode(value) : as_plain_text(value);
    text.remove_prefix(end + 1);
  }
}

YAML::Node filled_in(const YAML::Node& node, const Given& given, bool is_url = false) {
  if (node.IsSequence()) {
    YAML::Node all(YAML::NodeType::Sequence);
    for (const YAML::Node& item : node) all.push_back(filled_in(item, given));
    return all;
  }
  if (node.IsMap()) {
    YAML::Node all(YAML::NodeType::Map);
    for (const auto& entry : node) {
      const std::string_view key = entry.first.Scalar();
      if (key.starts_with("$(...")) {
        const std::string_view name = key.substr(kMark.size() + kAllOf.size());
        for (const auto& [its_key, value] : given.entries_of(name.substr(0, name.size() - 1))) {
          all.force_insert(its_key, value);
        }
      } else {
        all.force_insert(filled_in(entry.first, given),
                         filled_in(entry.second, given, key == "url"));
      }
    }
    return all;
  }
  YAML::Node made(fill_in(node.Scalar(), given, is_url));
  made.SetTag(node.Tag());
  return made;
}

}  // namespace

std::vector<BuiltInParameter> parameters_of(std::string_view built_in) {
  return parameters_in(template_of(built_in));
}

bool is_built_in(const YAML::Node& item) {
  return item.IsMap() && item["use"];
}

std::optional<YAML::Node> write_out(const YAML::Node& item, Problems& problems) {
  const std::size_t problems_before = problems.count();
  TableMapping mapping(item, keys::kBuiltInWorkflow, problems);
  const std::string name = mapping.choice("use");
  static_cast<void>(mapping.duration("timeout"));
  if (problems.count() != problems_before) return std::nullopt;
  const YAML::Node text = template_of(name);
  const Given given(item, mapping.find("with"), name, parameters_in(text), problems);
  if (problems.count() != problems_before) return std::nullopt;

  YAML::Node workflow(YAML::NodeType::Map);
  // What the user says has its place in the file, and is judged there.
  const auto take = [&](const char* key, const YAML::Node& otherwise) {
    const YAML::Node* found = mapping.find(key);
    workflow.force_insert(key, found == nullptr ? otherwise : *found);
  };
  take("name", YAML::Node(name));
  take("effects", filled_in(text["effects"], given));
  take("timeout", text["timeout"]);
  workflow.force_insert("steps", filled_in(text["steps"], given));
  if (text["clean_up"]) workflow.force_insert("clean_up", filled_in(text["clean_up"], given));
  return workflow;
}

}  // namespace rekey::rotation
