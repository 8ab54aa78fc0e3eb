#include "simulation/simulate.h"

#include <fmt/format.h>

#include "simulation/hash.h"
#include "simulation/scenarios.h"

namespace rekey::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kMostFaults = 8;
constexpr int kLastCall = 220;
constexpr int kLastPlace = 160;

Duration up_to(Random& random, int least_seconds, int most_seconds) {
  return seconds{least_seconds + random.below(most_seconds - least_seconds + 1)};
}

IssuerNature make_nature(Random& random) {
  IssuerNature nature;
  nature.rules.settle = up_to(random, 0, 5);
  nature.rules.live_limit = 3;
  switch (random.below(5)) {
    case 0:
      nature.rules.overlap = base::Days{7};
      break;
    case 1:
      nature.rules.overlap = up_to(random, 1, 600);
      break;
    case 2:  // MCE's way
      nature.rules.is_by_hand = true;
      nature.is_usage_told = false;
      nature.staging_replaces = true;
      nature.rules.generation_interval = up_to(random, 0, 30);
      nature.rules.doubt = up_to(random, 0, 4);
      [[fallthrough]];
    default:
      nature.rules.overlap = Duration{0};
      nature.rules.activation_ends_old = true;
      nature.rules.live_limit = 2;
  }
  if (random.chance(20)) nature.works_later = up_to(random, 1, 20);
  return nature;
}

// Some are restarted by a person, or have a form that a person fills in; the first one's value can
// be read.
void add_hands(ConsumerShape& shape, bool is_first, Random& random) {
  shape.is_form = random.chance(20) && !is_first;
  const bool is_by_hand = random.chance(35);
  shape.is_restarted_by_hand = is_by_hand && shape.reads == Reads::kAtStart;
}

void add_consumers(Scenario& scenario, Random& random, Random& people) {
  const int count = 1 + random.below(5);
  int wave = 0;
  for (int i = 0; i < count; ++i) {
    ConsumerShape shape;
    if (i > 0 && random.chance(40)) ++wave;
    shape.wave = wave;
    shape.sinks = 1 + random.below(3);
    shape.instances = 1 + random.below(3);
    shape.every = up_to(random, 1, 6);
    shape.reads = static_cast<Reads>(random.below(3));
    if (shape.reads == Reads::kCached) shape.keeps = up_to(random, 1, 8);
    add_hands(shape, i == 0, people);
    add_consumer(scenario, shape);
  }
}

void add_workflows(Scenario& scenario, Random& random) {
  if (!random.chance(40)) return;
  for (const char* name : {"orders", "mails"}) {
    add_workflow(scenario, name);
    TrueWorkflow& workflow = scenario.world.workflows.back();
    workflow.is_broken = random.chance(15);
    if (random.chance(20)) workflow.broken_from = 2;
    if (random.chance(50)) return;
  }
}

// What goes wrong with people, and with programs that nobody can mend.
void add_misfortune(Scenario& scenario, Random& random) {
  World& world = scenario.world;
  for (const TrueWorkflow& one : world.workflows) {
    if (one.broken_from > 0) world.is_calm = false;
  }
  if (random.chance(25)) world.slip = static_cast<Slip>(1 + random.below(3));
  // A word that is not true would let nobody know it where usage is not told.
  if (!world.nature.is_usage_told) return;
  for (Instance& one : world.instances) {
    if (one.reads != Reads::kAtStart) continue;
    one.is_written_off = random.chance(8);
    one.dies_at_restart = random.chance(8);
    if (one.is_written_off || one.dies_at_restart) world.is_calm = false;
  }
}

Fault make_fault(const Scenario& scenario, Random& random) {
  constexpr FaultKind kOfCalls[] = {
      FaultKind::kUnavailable, FaultKind::kLostReply, FaultKind::kLate,
      FaultKind::kTwice,       FaultKind::kForgets,   FaultKind::kUsageLost,
      FaultKind::kCutsOff,     FaultKind::kBreaks,    FaultKind::kSlow};
  // The last only where usage is told: nobody could see it elsewhere.
  constexpr FaultKind kOfPlaces[] = {
      FaultKind::kForeignWrite,   FaultKind::kStagedRevoked, FaultKind::kForeignStaged,
      FaultKind::kIssuerDown,     FaultKind::kSinksDown,     FaultKind::kStale,
      FaultKind::kClockJumps,     FaultKind::kAbandon,       FaultKind::kOldPutBack,
      FaultKind::kWorkflowBreaks, FaultKind::kHiccup,        FaultKind::kClockAhead,
      FaultKind::kIssuerMoves,    FaultKind::kPolicyChanges, FaultKind::kUnknownCaller};
  Fault fault;
  if (random.chance(50)) {
    fault.kind = kOfCalls[random.below(9)];
    fault.at = 1 + random.below(kLastCall);
    fault.delay = milliseconds{500 + random.below(1500)};
    if (fault.kind == FaultKind::kSlow) fault.delay *= 15;
    return fault;
  }
  fault.at = 1 + random.below(kLastPlace);
  if (random.chance(60)) {
    fault.kind = FaultKind::kRestart;
    fault.delay = random.chance(50) ? Duration{0} : up_to(random, 0, 90);
    return fault;
  }
  fault.kind = kOfPlaces[random.below(scenario.world.nature.is_usage_told ? 15 : 14)];
  fault.subject = random.below(static_cast<int>(scenario.world.places.size()));
  // Nobody could see what somebody else puts into a form, but for who uses the old secret again.
  const bool is_form = scenario.world.places[static_cast<std::size_t>(fault.subject)].is_form;
  const bool is_seen = fault.kind == FaultKind::kOldPutBack && scenario.world.nature.is_usage_told;
  if (is_form && !is_seen) fault.subject = 0;
  fault.delay = up_to(random, 1, 60);
  if (fault.kind == FaultKind::kPolicyChanges) {
    fault.subject = random.below(2);
  } else if (fault.kind == FaultKind::kClockAhead) {
    fault.subject = random.below(60);
    fault.delay = minutes{1 + random.below(2880)};
  } else if (fault.kind == FaultKind::kClockJumps) {
    fault.subject = 0;
    fault.delay = random.chance(50) ? Duration{minutes{1 + random.below(90)}}
                                    : -Duration{seconds{1 + random.below(400)}};
  }
  return fault;
}

std::string describe(const Scenario& scenario) {
  const World& world = scenario.world;
  std::string text =
      fmt::format("settle {}, {}", base::format_duration(world.nature.rules.settle),
                  world.nature.rules.activation_ends_old ? "activation ends the old secret"
                                                         : "an overlap follows activation");
  for (const rotation::Consumer& one : scenario.inventory.consumers) {
    text += fmt::format("; {}: {}{}", one.name, one.is_by_hand ? "a form, " : "",
                        rotation::describe(one.reload));
  }
  for (const TrueWorkflow& one : world.workflows) {
    text += fmt::format("; {}{}{}", one.name, one.is_broken ? " is broken" : "",
                        one.broken_from > 0 ? " breaks with the new secret" : "");
  }
  if (world.slip != Slip::kNone) text += "; a person slips";
  for (const Instance& one : world.instances) {
    if (one.is_written_off) text += fmt::format("; a process of c{} is written off", one.consumer);
    if (one.dies_at_restart) text += fmt::format("; one of c{} dies at a restart", one.consumer);
  }
  return text;
}

std::vector<std::string> trace_of(const World& world, Instant begin) {
  std::vector<std::string> lines;
  rotation::RunState state;
  for (const auto& event : world.events) {
    state = rotation::apply(std::move(state), *event);
    lines.push_back(fmt::format(
        "{:>9.3f} s  {:<24} {}", static_cast<double>((event->at - begin).count()) / 1000.0,
        rotation::name_of(event->body), rotation::name_of(rotation::shown_phase(state))));
  }
  return lines;
}

}  // namespace

Simulated simulate(std::uint64_t seed) {
  Random random(seed);
  Random people(mix(seed));
  IssuerNature nature = make_nature(random);
  nature.is_count_told = people.chance(50);
  Scenario scenario = make_scenario(fmt::format("seed {}", seed), nature);
  scenario.may_stay_parked = true;
  scenario.world.between_restarts = {};  // the command ends when every process has started again
  scenario.inventory.proof = {1 + random.below(4), up_to(random, 0, 4)};
  scenario.inventory.approvals = random.chance(30) ? 1 : 0;
  add_consumers(scenario, random, people);
  add_workflows(scenario, people);
  finish(scenario);
  scenario.world.is_calm = nature.works_later == Duration{0};
  add_misfortune(scenario, people);
  // One in eight goes through the journal's own form.
  scenario.world.is_written_as_json = random.chance(12);
  Simulated result;
  result.what = describe(scenario);
  for (int i = random.below(kMostFaults + 1); i > 0; --i) {
    const Fault fault = make_fault(scenario, random);
    scenario.world.faults.push_back(fault);
    result.what += "; " + describe(fault);
  }
  World world = scenario.world;
  const Instant begin = world.time;
  result.ending = play_and_judge(scenario, world);
  result.broken = world.broken;
  result.places = world.places_passed;
  result.trace = trace_of(world, begin);
  return result;
}

}  // namespace rekey::simulation
