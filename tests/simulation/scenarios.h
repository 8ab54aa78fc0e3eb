// The worlds that are explored: an issuer of each kind, two waves, three consumers with two sinks
// each, one of them with two processes; and worlds in which no run may begin.
#pragma once

#include <vector>

#include "simulation/play.h"

namespace rekey::simulation {

// "ends-old", "overlap", "short-overlap", "one-slot".
[[nodiscard]] std::vector<Scenario> main_scenarios();
// The same issuers with a weakness of their own, worlds that a plan must refuse, and people's.
[[nodiscard]] std::vector<Scenario> odd_scenarios();

// With people in them: forms, restarts and waivers by hand, workflows, and what goes wrong with
// each.
[[nodiscard]] std::vector<Scenario> people_scenarios();

// The faults that are tried one at a time in a scenario's run, whose calls and places are counted.
struct Span {
  int calls = 0;
  std::vector<int> asks;  // of the calls: those that ask for an effect
  int places = 0;
  int stride = 1;  // every so many places; calls, for what is slow or fails for good
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
  bool is_form = false;               // one sink, which a person fills in
  bool is_restarted_by_hand = false;  // who reads at its start
};
void add_consumer(Scenario& scenario, const ConsumerShape& shape);
[[nodiscard]] Scenario make_scenario(const std::string& name, const IssuerNature& nature);
// Declares it, with a clean-up; it works until the world says otherwise.
void add_workflow(Scenario& scenario, const std::string& name);

// Activation ends the old secret.
[[nodiscard]] IssuerNature ends_old_issuer();
// Both work for that long after an activation, which can be undone meanwhile.
[[nodiscard]] IssuerNature overlap_issuer(Duration overlap);
// Nothing stands beside the active one but the staged one, which another generation replaces; who
// uses which is not told.
[[nodiscard]] IssuerNature one_slot_issuer();

// After the last consumer: what a person would waive is in it, and the processes run.
void finish(Scenario& scenario);

}  // namespace rekey::simulation
