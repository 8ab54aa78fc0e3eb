#include "simulation/play.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rotation/engine/engine.h"
#include "rotation/machine/roll_back.h"
#include "simulation/doubles.h"
#include "simulation/person.h"

namespace rekey::simulation {
namespace {

using std::chrono::seconds;

constexpr int kMostStarts = 80;
constexpr int kMostParks = 12;                  // then the person gives the run up
constexpr int kMostParksEver = 16;              // then it stays parked
constexpr Duration kRestartDelay = seconds{5};  // after an error

class NoFiles final : public platform::Files {
 public:
  base::Result<base::Secret> read(const std::string&, std::int64_t) override { return none(); }
  base::Result<platform::FileFacts> facts(const std::string&) override { return none(); }
  base::Status create(const std::string&, std::string_view, mode_t) override { return none(); }
  base::Status exchange(const std::string&, std::string_view, std::string_view) override {
    return none();
  }
  base::Status replace(const std::string&, std::string_view, mode_t) override { return none(); }
  base::Status remove(const std::string&) override { return none(); }
  base::Status make_folder(const std::string&, mode_t) override { return none(); }

 private:
  static tl::unexpected<base::Error> none() {
    return base::fail(base::Code::kNotFound, "there are no files here");
  }
};

}  // namespace

std::string_view name_of(Ending ending) noexcept {
  switch (ending) {
    case Ending::kClosed:
      return "closed";
    case Ending::kAbandoned:
      return "abandoned";
    case Ending::kParked:
      return "parked";
    case Ending::kRefused:
      return "refused";
  }
  return "";
}

namespace {

base::Result<rotation::Outcome> start(const Scenario& scenario, World& world) {
  SimulatedJournal journal(world);
  SimulatedDrivers drivers(world);
  NoFiles files;
  SilentReporter reporter;
  rotation::EngineParts parts{world, files, drivers, "ann", {}};
  rotation::Inventory inventory = world.is_waived ? scenario.waived : scenario.inventory;
  if (world.is_issuer_moved) inventory.issuer.location = kOtherIssuer;
  // Whoever was killed on the way knows nothing of that ask.
  if (world.failed_asks > 0) --world.failed_asks;
  const rotation::RunState& state = world.state;
  const bool was_refused = state.parked && state.parked->is_abandon_refused;
  const bool may_go_back = !state.is_activated || state.active_end ||
                           (rotation::may_undo_activation(state, world.now()) && !was_refused);
  const bool is_to_abandon = world.is_abandon_wanted && !world.events.empty() && !world.is_over &&
                             may_go_back && !state.abandon;
  if (is_to_abandon) {
    return rotation::abandon_in(inventory, journal, {"ann", "not today"}, parts, reporter);
  }
  return rotation::rotate_in(inventory, journal, parts, reporter);
}

}  // namespace

Ending play(const Scenario& scenario, World& world) {
  for (; world.starts < kMostStarts; ++world.starts) {
    if (world.is_over) return world.state.is_abandoned ? Ending::kAbandoned : Ending::kClosed;
    if (!world.broken.empty()) return Ending::kParked;
    try {
      const auto outcome = start(scenario, world);
      if (!outcome) {
        const bool is_refused = outcome.error().code == base::Code::kRefused;
        const bool is_frozen = find_freeze(scenario.inventory.freezes, world.now()) != nullptr;
        const bool is_of_plan = is_refused && world.events.empty();
        const bool is_over = is_of_plan && world.is_calm;
        if (is_over && !is_frozen) return Ending::kRefused;
        // There is no way back any more: the run goes on.
        const bool is_too_late = is_refused && !is_of_plan && !world.is_issuer_moved;
        if (is_too_late) world.is_abandon_wanted = false;
        // Whoever started it is told, and sees to that.
        world.is_issuer_moved = false;
        world.mend_call();
        world.advance(kRestartDelay);
        world.last_place_at = world.time;
        continue;
      }
      if (outcome->ending != rotation::Ending::kParked) continue;
      ++world.parks;
      if (world.state.active_end) world.is_abandon_wanted = true;  // as the run's own words say
      if (world.parks > kMostParksEver) return Ending::kParked;
      if (world.parks > kMostParks && !world.state.is_activated) {
        world.is_abandon_wanted = true;
        const bool may_fail = scenario.may_stay_parked || world.is_beyond_help;
        if (!may_fail) world.break_rule(11, "nothing that a person does helps");
      }
      help(world);
    } catch (const Killed&) {
      // Started again at once.
    }
  }
  world.break_rule(11, "the run does not end");
  return Ending::kParked;
}

Ending play_and_judge(const Scenario& scenario, World& world) {
  const Ending ending = play(scenario, world);
  if (scenario.needs_nobody && world.parks > 0) {
    world.break_rule(11, "a person is asked for what passes by itself");
  }
  // Only forward is there a way: the run finds it alone.
  if (world.is_only_cut && !world.has_people() && (world.parks > 0 || ending != Ending::kClosed)) {
    world.break_rule(11,
                     fmt::format("the old one was revoked, and the run does not end by itself: {}",
                                 world.state.parked ? world.state.parked->reason : ""));
  }
  switch (ending) {
    case Ending::kClosed:
      if (scenario.must_be_refused) world.break_rule(12, "a plan begins that must not");
      break;
    case Ending::kAbandoned:
      if (!world.is_abandon_wanted) world.break_rule(11, "the run gives itself up");
      break;
    case Ending::kParked:
      if (scenario.may_stay_parked || world.is_beyond_help) break;
      world.break_rule(11, fmt::format("the run stays parked: {}",
                                       world.state.parked ? world.state.parked->reason : ""));
      break;
    case Ending::kRefused:
      if (!scenario.must_be_refused) world.break_rule(11, "a plan is refused that is right");
      break;
  }
  return ending;
}

}  // namespace rekey::simulation
