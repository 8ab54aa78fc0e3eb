#include "rotation/inventory/inventory_discovery.h"

#include "rotation/inventory/driver_reader.h"
#include "rotation/inventory/table_mapping.h"

namespace rekey::rotation {
namespace {

namespace keys = inventory_keys;

std::vector<NotConsumer> read_not_consumers(const YAML::Node& list,
                                            const std::filesystem::path& folder,
                                            Problems& problems) {
  std::vector<NotConsumer> places;
  if (!list.IsSequence()) {
    problems.add(list.Mark(), "not_consumers must be a list; write each behind a dash");
    return places;
  }
  for (const YAML::Node& item : list) {
    TableMapping mapping(item, keys::kNotConsumer, problems);
    if (!mapping.is_map()) continue;
    places.push_back(
        {resolve_path(folder, mapping.text("path")), mapping.text("by"), mapping.text("reason")});
  }
  return places;
}

}  // namespace

DiscoveryRules read_discovery(const YAML::Node& node, const std::filesystem::path& folder,
                              Problems& problems) {
  DiscoveryRules rules;
  TableMapping mapping(node, keys::kDiscovery, problems);
  if (!mapping.is_map()) return rules;
  if (const YAML::Node* roots = mapping.find("roots")) {
    for (const std::string& root : read_names(*roots, "roots", problems)) {
      rules.roots.push_back(resolve_path(folder, root));
    }
  }
  if (const YAML::Node* list = mapping.find("not_consumers")) {
    rules.not_consumers = read_not_consumers(*list, folder, problems);
  }
  return rules;
}

}  // namespace rekey::rotation
