// Rotations in worlds that a seed makes up: issuers, consumers, a network that loses, delays,
// doubles and reorders, clocks that jump, and kills. What goes wrong with a seed goes wrong again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulation/play.h"

namespace rekey::simulation {

struct Simulated {
  Ending ending = Ending::kParked;
  std::string what;                // the world and its faults, for people
  std::string broken;              // which invariant, and how; empty: none
  std::vector<std::string> trace;  // every event with its time
  int places = 0;                  // at which the world was judged
};

// Equal seeds give equal traces.
[[nodiscard]] Simulated simulate(std::uint64_t seed);

}  // namespace rekey::simulation
