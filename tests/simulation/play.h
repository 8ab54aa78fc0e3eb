// One run of the engine in a world, to its end: started again whenever it was killed, as a
// supervisor would, and helped by a person whenever it stops for one.
#pragma once

#include <string>

#include "rotation/inventory/inventory.h"
#include "simulation/world.h"

namespace rekey::simulation {

enum class Ending { kClosed, kAbandoned, kParked, kRefused };
[[nodiscard]] std::string_view name_of(Ending ending) noexcept;

// A world before its run, and what the engine is told of it.
struct Scenario {
  std::string name;
  World world;
  rotation::Inventory inventory;
  rotation::Inventory waived;    // the same, with a waiver for the unknown caller
  bool must_be_refused = false;  // no plan of it may begin
  bool may_stay_parked = false;  // nothing that a person may do helps
  bool has_more_faults = false;  // each other fault is tried on top
  bool needs_nobody = false;     // what is odd passes by itself
  int kills = 2;                 // of one run, where nothing else goes wrong
};

// Goes on with the world's run, or begins one. What is wrong is in World::broken. Enough comes out
// of it where the world's observer throws that.
Ending play(const Scenario& scenario, World& world);
// The same, and an end that is none of those that the scenario allows is broken too.
Ending play_and_judge(const Scenario& scenario, World& world);

}  // namespace rekey::simulation
