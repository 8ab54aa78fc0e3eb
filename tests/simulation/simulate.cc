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

void add_consumers(Scenario& scenario, Random& random) {
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
    add_consumer(scenario, shape);
  }
}

Fault make_fault(const Scenario& scenario, Random& random) {
  constexpr FaultKind kOfCalls[] = {FaultKind::kUnavailable, FaultKind::kLostReply,
                                    FaultKind::kLate,        FaultKind::kTwice,
                                    FaultKind::kForgets,     FaultKind::kUsageLost};
  // The last two only where usage is told: nobody could see them elsewhere.
  constexpr FaultKind kOfPlaces[] = {FaultKind::kForeignWrite,  FaultKind::kStagedRevoked,
                                     FaultKind::kForeignStaged, FaultKind::kIssuerDown,
                                     FaultKind::kSinksDown,     FaultKind::kStale,
                                     FaultKind::kClockJumps,    FaultKind::kAbandon,
                                     FaultKind::kOldPutBack,    FaultKind::kUnknownCaller};
  Fault fault;
  if (random.chance(50)) {
    fault.kind = kOfCalls[random.below(6)];
    fault.at = 1 + random.below(kLastCall);
    fault.delay = milliseconds{500 + random.below(1500)};
    return fault;
  }
  fault.at = 1 + random.below(kLastPlace);
  if (random.chance(60)) {
    fault.kind = FaultKind::kRestart;
    fault.delay = random.chance(50) ? Duration{0} : up_to(random, 0, 90);
    return fault;
  }
  fault.kind = kOfPlaces[random.below(scenario.world.nature.is_usage_told ? 10 : 8)];
  fault.subject = random.below(static_cast<int>(scenario.world.places.size()));
  fault.delay = up_to(random, 1, 60);
  if (fault.kind == FaultKind::kClockJumps) {
    fault.subject = 0;
    fault.delay = random.chance(50) ? Duration{minutes{1 + random.below(90)}}
                                    : -Duration{seconds{1 + random.below(400)}};
  }
  return fault;
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
  const IssuerNature nature = make_nature(random);
  Scenario scenario = make_scenario(fmt::format("seed {}", seed), nature);
  scenario.may_stay_parked = true;
  scenario.world.between_restarts = {};  // the command ends when every process has started again
  scenario.inventory.proof = {1 + random.below(4), up_to(random, 0, 4)};
  scenario.inventory.approvals = random.chance(30) ? 1 : 0;
  add_consumers(scenario, random);
  finish(scenario);
  scenario.world.is_calm = nature.works_later == Duration{0};
  // One in eight goes through the journal's own form.
  scenario.world.is_written_as_json = random.chance(12);
  Simulated result;
  result.what = fmt::format("{} consumers, settle {}, {}", scenario.inventory.consumers.size(),
                            base::format_duration(nature.rules.settle),
                            nature.rules.activation_ends_old ? "activation ends the old secret"
                                                             : "an overlap follows activation");
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
