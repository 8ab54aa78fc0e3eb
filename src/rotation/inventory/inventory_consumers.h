// The part of rekey.yaml that speaks of consumers: who they are, in which waves they move, and
// whose use of the old secret somebody answers for.
//
// For inventory.cc alone: yaml-cpp stays in this room.
#pragma once

#include <filesystem>

#include "rotation/inventory/inventory.h"
#include "rotation/inventory/table_mapping.h"

namespace rekey::rotation {

class ConsumersReader {
 public:
  // What it is given outlives it; relative paths start at `folder`.
  ConsumersReader(const DriverRegistry& registry, const std::filesystem::path& folder,
                  Problems& problems)
      : registry_(registry), folder_(folder), problems_(problems) {}

  void read(const YAML::Node& consumers, Inventory& one);
  // Needs the consumers; orders them by their waves.
  void read_waves(const YAML::Node& waves, Inventory& one);
  void read_waivers(const YAML::Node& waivers, Inventory& one);

 private:
  Consumer read_consumer(const YAML::Node& node);
  void read_sinks(TableMapping& mapping, Consumer& consumer);
  ReloadSpec read_reload(const YAML::Node& node);
  std::vector<std::string> read_command(const YAML::Node& node);
  void check_reload(const ReloadSpec& reload, TableMapping& mapping, const YAML::Node& node);
  SeenAs read_seen_as(const YAML::Node& node, const KeyTable& table);
  void read_wave(const YAML::Node& node, std::vector<bool>& is_placed, Inventory& one);
  void compare(const Consumer& a, const Consumer& b, const YAML::Mark& mark);

  const DriverRegistry& registry_;
  const std::filesystem::path& folder_;
  Problems& problems_;
};

}  // namespace rekey::rotation
