// Worlds in which people have a hand in the rotation: whoever fills in a form or restarts a
// program, whoever answers for what cannot be mended; and workflows that were broken, or break.
#include "simulation/scenarios.h"

namespace rekey::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kWorkflow = "orders";

IssuerNature counting(IssuerNature nature) {
  nature.is_count_told = true;
  return nature;
}

constexpr ConsumerShape kPlain{0, 1, 1, Reads::kPerCall, seconds{2}, {}};
constexpr ConsumerShape kForm{1, 1, 1, Reads::kPerCall, seconds{2}, {}, true};
constexpr ConsumerShape kByHand{1, 1, 2, Reads::kAtStart, seconds{3}, {}, false, true};
constexpr ConsumerShape kByCommand{1, 1, 2, Reads::kAtStart, seconds{3}, {}};

Scenario scene(const std::string& name, const IssuerNature& nature,
               const std::vector<ConsumerShape>& shapes) {
  Scenario scenario = make_scenario(name, nature);
  for (const ConsumerShape& shape : shapes) add_consumer(scenario, shape);
  return scenario;
}

// Everything that a person has to do, done as it should be, and a workflow.
Scenario people_scenario(const std::string& name, const IssuerNature& nature) {
  Scenario scenario = scene(name, counting(nature), {kPlain, kByHand, kForm, kByCommand});
  add_workflow(scenario, kWorkflow);
  scenario.has_more_faults = true;
  finish(scenario);
  return scenario;
}

// Nobody tells who uses which: words are all that there is.
Scenario people_one_slot_scenario() {
  Scenario scenario = make_scenario("people-one-slot", one_slot_issuer());
  for (const ConsumerShape& shape : {kPlain, kByHand, kForm}) add_consumer(scenario, shape);
  scenario.inventory.approvals = 1;
  scenario.has_more_faults = true;
  add_workflow(scenario, kWorkflow);
  finish(scenario);
  return scenario;
}

// Everybody moves within the overlap.
Scenario people_overlap_scenario() {
  Scenario scenario =
      scene("people-overlap", counting(overlap_issuer(base::Days{7})), {kPlain, kByHand});
  add_workflow(scenario, kWorkflow);
  scenario.has_more_faults = true;
  finish(scenario);
  return scenario;
}

// A person does it wrong, and says that it is done.
Scenario slip_scenario(const std::string& name, Slip slip, const ConsumerShape& shape) {
  Scenario scenario = scene(name, ends_old_issuer(), {kPlain, shape});
  scenario.world.slip = slip;
  scenario.kills = 1;
  // Where somebody else activates, a form is filled in by a word alone, and nothing is asked then.
  scenario.has_more_faults = !shape.is_form;
  finish(scenario);
  return scenario;
}

// A program that does not come back from the engine's restart.
Scenario lost_scenario() {
  Scenario scenario =
      scene("does-not-come-back", counting(ends_old_issuer()), {kPlain, kByCommand});
  scenario.world.instances.back().dies_at_restart = true;
  scenario.world.is_calm = false;
  scenario.kills = 1;
  scenario.has_more_faults = true;
  finish(scenario);
  return scenario;
}

// One of its processes runs where nobody comes: its owner answers for it, after an approval was
// given, which has to be given anew.
Scenario written_off_scenario(const std::string& name, const IssuerNature& nature) {
  Scenario scenario = scene(name, nature, {kPlain, kByCommand});
  scenario.world.instances.back().is_written_off = true;
  scenario.world.is_waived = true;  // no other rules come in that would make the approval void
  scenario.world.is_calm = false;
  scenario.inventory.approvals = 1;
  scenario.kills = 1;
  scenario.has_more_faults = true;
  finish(scenario);
  return scenario;
}

// It was so before: that is told, and nobody is blamed.
Scenario broken_before_scenario() {
  Scenario scenario = scene("workflow-broken-before", ends_old_issuer(), {kPlain});
  add_workflow(scenario, kWorkflow);
  scenario.world.workflows.front().is_broken = true;
  scenario.needs_nobody = true;
  scenario.kills = 1;
  finish(scenario);
  return scenario;
}

// It works with the old secret, and with no later one until somebody mends it.
Scenario broken_by_it_scenario(const std::string& name, const IssuerNature& nature) {
  Scenario scenario = scene(name, nature, {kPlain, kByCommand});
  add_workflow(scenario, kWorkflow);
  scenario.world.workflows.front().broken_from = 2;
  scenario.world.is_calm = false;
  scenario.kills = 1;
  scenario.has_more_faults = true;
  finish(scenario);
  return scenario;
}

// With the old secret it fails once, for no reason, and with the new one always.
Scenario hiccup_scenario() {
  Scenario scenario = broken_by_it_scenario("workflow-hiccup", ends_old_issuer());
  scenario.world.workflows.front().fails_once = true;
  return scenario;
}

// It was broken before, and mended by others while the run was under way; the new secret breaks it.
Scenario mended_late_scenario() {
  Scenario scenario = broken_by_it_scenario("workflow-mended-late", ends_old_issuer());
  TrueWorkflow& workflow = scenario.world.workflows.front();
  workflow.is_broken = true;
  workflow.mends_at = scenario.world.time + seconds{22};
  return scenario;
}

// The place after the first event of that kind in a run in which nothing goes wrong.
template <typename Event>
int place_behind(const Scenario& scenario) {
  struct Finder final : Observer {
    int found = 0;
    void on_place(World& world, Place place) override {
      const bool is_it = place == Place::kAfterEvent && found == 0 &&
                         std::holds_alternative<Event>(world.events.back()->body);
      if (is_it) found = world.places_passed;
    }
  } finder;
  World world = scenario.world;
  world.observer = &finder;
  play(scenario, world);
  return finder.found;
}

// While the first wave is watched the new secret ceases to work for a while.
Scenario watched_wave_scenario() {
  Scenario scenario = make_scenario("watched-wave", ends_old_issuer());
  for (const int wave : {0, 1}) {
    ConsumerShape shape = kPlain;
    shape.wave = wave;
    add_consumer(scenario, shape);
  }
  scenario.inventory.waves.front().hold = seconds{40};
  scenario.kills = 1;
  scenario.has_more_faults = true;
  finish(scenario);
  const int moved = place_behind<rotation::ConsumerReloaded>(scenario);
  scenario.world.faults.push_back({FaultKind::kStale, moved, 0, minutes{1}});
  return scenario;
}

}  // namespace

std::vector<Scenario> people_scenarios() {
  std::vector<Scenario> all;
  all.push_back(watched_wave_scenario());
  all.push_back(slip_scenario("mistyped", Slip::kMistyped, kForm));
  all.push_back(slip_scenario("form-not-filled-in", Slip::kNotDone, kForm));
  all.push_back(slip_scenario("half-restarted", Slip::kHalfDone, kByHand));
  all.push_back(slip_scenario("not-restarted", Slip::kNotDone, kByHand));
  all.push_back(lost_scenario());
  all.push_back(written_off_scenario("written-off", ends_old_issuer()));
  all.push_back(written_off_scenario("written-off-overlap", overlap_issuer(base::Days{7})));
  all.push_back(broken_before_scenario());
  all.push_back(broken_by_it_scenario("workflow-broken", ends_old_issuer()));
  all.push_back(broken_by_it_scenario("workflow-broken-overlap", overlap_issuer(base::Days{7})));
  all.push_back(hiccup_scenario());
  all.push_back(mended_late_scenario());
  all.push_back(people_overlap_scenario());
  all.push_back(people_one_slot_scenario());
  all.push_back(people_scenario("people", ends_old_issuer()));
  return all;
}

}  // namespace rekey::simulation
