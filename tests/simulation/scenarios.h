// The worlds that are explored: an issuer of each kind, two waves, three consumers with two sinks
// each, one of them with two processes; and worlds in which no run may begin.
#pragma once

#include <vector>

#include "simulation/play.h"

namespace rekey::simulation {

// "ends-old", "overlap", "short-overlap", "one-slot".
[[nodiscard]] std::vector<Scenario> main_scenarios();
// The same issuers with a weakness of their own, and worlds that a plan must refuse.
[[nodiscard]] std::vector<Scenario> odd_scenarios();

// The faults that are tried one at a time in a scenario's run, whose calls and places are counted.
struct Span {
  int calls = 0;
  int places = 0;
  int stride = 1;  // every so many places
};
[[nodiscard]] std::vector<Fault> faults_of(const Scenario& scenario, const Span& span);

// What a consumer looks like to the engine and in the world.
struct ConsumerShape {
  int wave = 0;
  int sinks = 2;
  int instances = 1;
  Reads reads = Reads::kPerCall;
  Duration every{};
  Duration keeps{};
};
void add_consumer(Scenario& scenario, const ConsumerShape& shape);
[[nodiscard]] Scenario make_scenario(const std::string& name, const IssuerNature& nature);
// After the last consumer: what a person would waive is in it, and the processes run.
void finish(Scenario& scenario);

}  // namespace rekey::simulation
