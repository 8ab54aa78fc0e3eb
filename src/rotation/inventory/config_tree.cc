#include "rotation/inventory/config_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rotation/inventory/yaml_document.h"

namespace rekey::rotation {
namespace {

class TreeReader {
 public:
  explicit TreeReader(Problems& problems) : problems_(problems) {}

  ConfigNode read(const YAML::Node& node, int depth = 0) {
    ConfigNode out;
    out.line = node.Mark().line + 1;
    out.column = node.Mark().column + 1;
    if (depth > kDeepestConfig) {
      problems_.add(node.Mark(), fmt::format("nested deeper than {} levels", kDeepestConfig));
    } else if (node.IsScalar()) {
      out.kind = ConfigNode::Kind::kText;
      out.text = node.Scalar();
    } else if (node.IsSequence()) {
      out.kind = ConfigNode::Kind::kList;
      for (const YAML::Node& item : node) out.items.push_back(read(item, depth + 1));
    } else if (node.IsMap()) {
      out.kind = ConfigNode::Kind::kMap;
      for (const auto& entry : node) read_member(out, entry.first, entry.second, depth);
    }
    return out;
  }

 private:
  void read_member(ConfigNode& map, const YAML::Node& key, const YAML::Node& value, int depth) {
    if (!key.IsScalar()) {
      problems_.add(key.Mark(), "a key is not a plain word");
      return;
    }
    const std::string& name = key.Scalar();
    const bool is_there =
        std::any_of(map.members.begin(), map.members.end(),
                    [&name](const ConfigMember& member) { return member.name == name; });
    if (is_there) problems_.add(key.Mark(), fmt::format("the key {} stands twice", name));
    map.members.push_back(
        {name, key.Mark().line + 1, key.Mark().column + 1, read(value, depth + 1)});
  }

  Problems& problems_;
};

}  // namespace

base::Result<ConfigNode> parse_config(std::string_view text, const std::string& path) {
  if (text.size() > kConfigLimitBytes) {
    return base::fail(base::Code::kInvalidArgument, fmt::format("{}: larger than 1 MiB", path));
  }
  if (!base::is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("{}: not UTF-8 text, or holds NUL bytes", path));
  }
  Problems problems(path);
  ConfigNode root;
  with_yaml_document(text, problems,
                     [&](const YAML::Node& node) { root = TreeReader(problems).read(node); });
  if (!problems.is_empty()) return problems.as_error();
  return root;
}

}  // namespace rekey::rotation
