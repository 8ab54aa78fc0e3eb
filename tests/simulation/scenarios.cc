#include "simulation/scenarios.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "simulation/doubles.h"

namespace rekey::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kSettle = seconds{3};

rotation::Descriptor rules_of(std::optional<Duration> overlap, bool ends_old, int live_limit) {
  rotation::Descriptor rules;
  rules.settle = kSettle;
  rules.overlap = overlap;
  rules.activation_ends_old = ends_old;
  rules.live_limit = live_limit;
  return rules;
}

void add_usual_consumers(Scenario& scenario) {
  add_consumer(scenario, {0, 2, 1, Reads::kPerCall, seconds{2}, {}});
  add_consumer(scenario, {1, 2, 1, Reads::kCached, seconds{2}, seconds{3}});
  add_consumer(scenario, {1, 2, 2, Reads::kAtStart, seconds{3}, {}});
  finish(scenario);
}

Scenario usual(const std::string& name, const IssuerNature& nature) {
  Scenario scenario = make_scenario(name, nature);
  add_usual_consumers(scenario);
  return scenario;
}

// With what a person has to do and to wait for.
Scenario one_slot_scenario() {
  Scenario scenario = make_scenario("one-slot", one_slot_issuer());
  scenario.inventory.approvals = 1;
  // The world begins on a Friday at 08:00.
  scenario.inventory.window = rotation::parse_window("mon-sun 08:03-08:40").value();
  add_usual_consumers(scenario);
  TrueSecret& present = scenario.world.secrets.front();
  present.generated_at = scenario.world.time - seconds{10};
  present.activated_at = present.generated_at;
  return scenario;
}

// With a freeze that begins while it is under way.
Scenario ends_old_scenario() {
  Scenario scenario = usual("ends-old", ends_old_issuer());
  const Instant begin = scenario.world.time;
  for (rotation::Inventory* one : {&scenario.inventory, &scenario.waived}) {
    one->freezes = {{begin + seconds{12}, begin + seconds{40}}};
  }
  return scenario;
}

// The overlap of the rotation before is not over: a consumer still holds the superseded one.
Scenario two_old_scenario() {
  Scenario scenario = usual("two-old", overlap_issuer(base::Days{7}));
  World& world = scenario.world;
  world.add_secret_in_use();
  world.secrets.front().state = rotation::SecretState::kSuperseded;
  world.secrets.front().ends_at = world.time + base::Days{5};
  for (TruePlace& place : world.places) {
    if (place.consumer != 1) place.value = 2;
  }
  for (Instance& one : world.instances) {
    if (one.consumer != 1) one.held = 2;
  }
  world.usage.clear();
  world.advance(seconds{7});
  return scenario;
}

// Everybody has moved long before the issuer activates another.
Scenario spaced_scenario() {
  Scenario scenario = make_scenario("spaced", one_slot_issuer());
  add_consumer(scenario, {0, 1, 1, Reads::kAtStart, seconds{2}, {}});
  add_consumer(scenario, {1, 2, 1, Reads::kAtStart, seconds{2}, {}});
  finish(scenario);
  TrueSecret& present = scenario.world.secrets.front();
  present.generated_at = scenario.world.time - seconds{10};
  present.activated_at = present.generated_at;
  return scenario;
}

// The reload command ends well and does nothing: the processes stay on the old secret.
Scenario deaf_scenario() {
  Scenario scenario = usual("deaf", ends_old_issuer());
  scenario.world.deaf_consumer = 2;
  scenario.has_more_faults = true;
  scenario.inventory.consumers[2].reload.reads_at_start = false;
  scenario.waived.consumers[2].reload.reads_at_start = false;
  scenario.world.is_calm = false;
  return scenario;
}

// What is restarted caches, and keeps what it holds over a restart: that is no evidence.
Scenario keeps_cache_scenario() {
  Scenario scenario = make_scenario("keeps-cache", one_slot_issuer());
  add_consumer(scenario, {0, 1, 1, Reads::kCached, seconds{2}, seconds{40}});
  rotation::Consumer& consumer = scenario.inventory.consumers.front();
  consumer.reload.by_itself = rotation::ReloadForm::kPerCall;
  consumer.reload.command = {consumer.name};
  scenario.world.deaf_consumer = 0;
  finish(scenario);
  return scenario;
}

// A reload that comes back long before the last process has restarted, as that of a cluster does,
// and waves that are not watched any longer than their evidence takes.
Scenario slow_rollout_scenario() {
  Scenario scenario = make_scenario("slow-rollout", ends_old_issuer());
  scenario.world.between_restarts = seconds{30};
  add_consumer(scenario, {0, 2, 1, Reads::kPerCall, seconds{2}, {}});
  add_consumer(scenario, {1, 3, 2, Reads::kAtStart, seconds{12}, {}});
  for (rotation::Wave& wave : scenario.inventory.waves) wave.hold = seconds{0};
  finish(scenario);
  scenario.has_more_faults = true;
  return scenario;
}

// Given up at that place.
Scenario given_up_scenario(const std::string& name, const IssuerNature& nature, int place) {
  Scenario scenario = usual(name, nature);
  scenario.world.faults.push_back({FaultKind::kAbandon, place, 0, {}});
  scenario.has_more_faults = true;
  return scenario;
}

// What one consumer held may be dead, and what the others held alive.
Scenario given_up_two_old_scenario() {
  Scenario scenario = two_old_scenario();
  scenario.name = "given-up-two-old";
  scenario.world.faults.push_back({FaultKind::kAbandon, 60, 0, {}});
  scenario.has_more_faults = true;
  return scenario;
}

// Somebody ends whatever is staged, until a person finds who does that.
Scenario staged_in_vain_scenario() {
  Scenario scenario = usual("staged-in-vain", ends_old_issuer());
  scenario.world.is_staged_ended = true;
  scenario.world.is_calm = false;
  scenario.kills = 1;
  return scenario;
}

// An approval was asked for, and the inventory asks for none any more when the run is started anew.
Scenario approvals_dropped_scenario() {
  Scenario scenario = usual("approvals-dropped", ends_old_issuer());
  scenario.inventory.approvals = 1;
  scenario.kills = 1;
  return scenario;
}

Scenario refused(const std::string& name, const IssuerNature& nature) {
  Scenario scenario = usual(name, nature);
  scenario.must_be_refused = true;
  return scenario;
}

std::vector<int> numbers_below(int end) {
  std::vector<int> all(static_cast<std::size_t>(end));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

IssuerNature ends_old_issuer() {
  IssuerNature nature;
  nature.rules = rules_of(Duration{0}, true, 2);
  return nature;
}

IssuerNature overlap_issuer(Duration overlap) {
  IssuerNature nature;
  nature.rules = rules_of(overlap, false, 3);
  nature.rules.can_undo_activation = true;
  return nature;
}

IssuerNature one_slot_issuer() {
  IssuerNature nature = ends_old_issuer();
  nature.rules.is_by_hand = true;
  nature.rules.generation_interval = seconds{20};
  nature.rules.activation_interval = minutes{3};
  nature.is_usage_told = false;
  nature.staging_replaces = true;
  return nature;
}

Scenario make_scenario(const std::string& name, const IssuerNature& nature) {
  Scenario scenario{name, World(nature), {}, {}};
  scenario.world.add_secret_in_use();
  scenario.world.between_restarts = nature.is_usage_told ? Duration{seconds{2}} : Duration{0};
  scenario.inventory.client_id = "client";
  scenario.inventory.proof = {3, seconds{2}};
  return scenario;
}

void add_consumer(Scenario& scenario, const ConsumerShape& shape) {
  World& world = scenario.world;
  const int first_place = static_cast<int>(world.places.size());
  const int sinks = shape.is_form ? 1 : shape.sinks;
  const int number = world.add_consumer(sinks, shape.is_form);
  world.consumers.back().is_restarted_by_hand = shape.is_restarted_by_hand;
  for (int i = 0; i < shape.instances; ++i) {
    world.add_instance(number, first_place + i % sinks, shape.reads, shape.every, shape.keeps);
  }
  rotation::Consumer consumer;
  consumer.name = fmt::format("c{}", number);
  consumer.sinks.clear();
  for (int i = 0; i < sinks; ++i) consumer.sinks.push_back(spec_of_place(first_place + i));
  consumer.instances = shape.instances;
  consumer.seen_as.user_agent = consumer.name + "/*";
  consumer.interval = shape.every + shape.keeps;
  consumer.wave = shape.wave;
  consumer.is_by_hand = shape.is_form;
  if (shape.reads == Reads::kCached) {
    consumer.reload.by_itself = rotation::ReloadForm::kCached;
    consumer.reload.every = shape.keeps;
  } else if (shape.reads == Reads::kAtStart && shape.is_restarted_by_hand) {
    consumer.reload.by_itself = rotation::ReloadForm::kPerson;
    consumer.reload.reads_at_start = true;
  } else if (shape.reads == Reads::kAtStart) {
    consumer.reload.command = {consumer.name};
    consumer.reload.timeout = seconds{2};
    consumer.reload.reads_at_start = true;
  }
  auto& waves = scenario.inventory.waves;
  while (static_cast<int>(waves.size()) <= shape.wave) {
    waves.push_back({fmt::format("wave {}", waves.size() + 1), seconds{2}});
  }
  scenario.inventory.consumers.push_back(std::move(consumer));
}

void add_workflow(Scenario& scenario, const std::string& name) {
  rotation::Workflow workflow;
  workflow.name = name;
  workflow.effects = "one test order, deleted again";
  workflow.timeout = seconds{1};
  rotation::WorkflowStep sweep;
  sweep.name = "sweep";
  workflow.clean_up.push_back(sweep);
  scenario.inventory.workflows.push_back(std::move(workflow));
  scenario.world.workflows.push_back({});
  scenario.world.workflows.back().name = name;
}

void finish(Scenario& scenario) {
  scenario.waived = scenario.inventory;
  rotation::SeenAs stranger;
  stranger.user_agent = "stranger/*";
  scenario.waived.waivers.push_back({stranger, "ann", "it is switched off next week"});
  scenario.world.advance(seconds{7});
}

std::vector<Scenario> main_scenarios() {
  return {ends_old_scenario(), usual("overlap", overlap_issuer(base::Days{7})),
          usual("short-overlap", overlap_issuer(minutes{5})), one_slot_scenario()};
}

std::vector<Scenario> odd_scenarios() {
  std::vector<Scenario> all;
  // What the issuer tells of the settle time is too short; it says so, or it does not.
  for (const bool is_told : {true, false}) {
    IssuerNature nature = ends_old_issuer();
    nature.works_later = seconds{6};
    nature.is_lag_told = is_told;
    all.push_back(usual(is_told ? "settles-later" : "settles-later-untold", nature));
    all.back().world.is_calm = false;
    all.back().needs_nobody = is_told;
  }
  all.push_back(usual("brief-overlap", overlap_issuer(seconds{1})));
  all.push_back(two_old_scenario());
  all.push_back(given_up_two_old_scenario());
  all.push_back(spaced_scenario());
  all.push_back(deaf_scenario());
  all.push_back(slow_rollout_scenario());
  all.push_back(given_up_scenario("given-up", ends_old_issuer(), 60));
  all.push_back(given_up_scenario("given-up-early", overlap_issuer(base::Days{7}), 15));
  all.push_back(keeps_cache_scenario());
  all.push_back(staged_in_vain_scenario());
  all.push_back(approvals_dropped_scenario());
  IssuerNature roomy = ends_old_issuer();
  roomy.rules.live_limit = 3;
  all.push_back(refused("occupied", roomy));
  TrueSecret staged = all.back().world.secrets.front();
  staged.number = 2;
  staged.state = rotation::SecretState::kStaged;
  staged.label = kSomebody;
  staged.activated_at.reset();
  all.back().world.secrets.push_back(staged);

  // Another run has activated the present one, and its old one is in the overlap still.
  all.push_back(refused("elsewhere", overlap_issuer(minutes{10})));
  all.back().world.secrets.front().label = "run-20260101-00000000";
  TrueSecret superseded = all.back().world.secrets.front();
  superseded.number = 2;
  superseded.state = rotation::SecretState::kSuperseded;
  superseded.label.clear();
  all.back().world.secrets.push_back(superseded);

  all.push_back(refused("ends-soon", ends_old_issuer()));
  all.back().world.secrets.front().ends_at = all.back().world.time + seconds{10};

  IssuerNature own = ends_old_issuer();
  own.is_engines_own = true;
  all.push_back(refused("engines-own", own));

  IssuerNature other = ends_old_issuer();
  other.client_id = "another";
  all.push_back(refused("another-client", other));

  all.push_back(refused("another-tenant", ends_old_issuer()));
  all.back().world.places[2].value = kForeignValue;
  all.back().world.places[2].foreign_since = all.back().world.time;

  IssuerNature single = ends_old_issuer();
  single.rules.live_limit = 1;
  all.push_back(refused("no-room", single));

  all.push_back(refused("one-sink-twice", ends_old_issuer()));
  auto& consumers = all.back().inventory.consumers;
  consumers[1].sinks[0] = consumers[0].sinks[0];
  for (Scenario& scenario : people_scenarios()) all.push_back(std::move(scenario));
  return all;
}

std::vector<Fault> faults_of(const Scenario& scenario, const Span& span) {
  std::vector<Fault> faults;
  for (int call = 1; call <= span.calls; ++call) {
    faults.push_back({FaultKind::kUnavailable, call, 0, {}});
    faults.push_back({FaultKind::kUsageLost, call, 0, {}});
    if (call % span.stride != 0) continue;
    faults.push_back({FaultKind::kBreaks, call, 0, {}});
    faults.push_back({FaultKind::kSlow, call, 0, seconds{25}});
  }
  // Of what is only read these would be no other than an issuer or a sink that does not answer.
  for (const int call : span.asks) {
    faults.push_back({FaultKind::kLostReply, call, 0, {}});
    faults.push_back({FaultKind::kLate, call, 0, seconds{4}});
    faults.push_back({FaultKind::kForgets, call, 0, {}});
    faults.push_back({FaultKind::kCutsOff, call, 0, {}});
  }
  const bool is_told = scenario.world.nature.is_usage_told;
  const int places = static_cast<int>(scenario.world.places.size());
  const std::vector<int> subjects = places > 4 ? std::vector<int>{0, 3, 4} : numbers_below(places);
  const int last_instance = static_cast<int>(scenario.world.instances.size()) - 1;
  for (int place = 1; place <= span.places; place += span.stride) {
    for (const int subject : subjects) {
      const bool is_form = scenario.world.places[static_cast<std::size_t>(subject)].is_form;
      // Nobody could see what somebody else puts into a form, but for who uses the old one again.
      if (!is_form) faults.push_back({FaultKind::kForeignWrite, place, subject, {}});
      if (!is_form || is_told) faults.push_back({FaultKind::kOldPutBack, place, subject, {}});
    }
    if (!scenario.world.workflows.empty()) {
      faults.push_back({FaultKind::kWorkflowBreaks, place, 0, {}});
      faults.push_back({FaultKind::kHiccup, place, 0, {}});
    }
    for (const FaultKind kind :
         {FaultKind::kOldRevoked, FaultKind::kNewRevoked, FaultKind::kStagedRevoked,
          FaultKind::kForeignStaged, FaultKind::kForeignActivates, FaultKind::kAbandon,
          FaultKind::kPolicyChanges, FaultKind::kIssuerMoves}) {
      faults.push_back({kind, place, 0, {}});
    }
    if (!scenario.world.nature.rules.activation_ends_old) {
      faults.push_back({FaultKind::kPolicyChanges, place, 1, {}});
    }
    for (const FaultKind kind :
         {FaultKind::kIssuerDown, FaultKind::kSinksDown, FaultKind::kStale}) {
      faults.push_back({kind, place, 0, seconds{15}});
    }
    faults.push_back({FaultKind::kClockJumps, place, 0, std::chrono::hours{1}});
    faults.push_back({FaultKind::kClockJumps, place, 0, -minutes{5}});
    faults.push_back({FaultKind::kClockAhead, place, 2, std::chrono::hours{20}});
    if (!is_told) continue;
    faults.push_back({FaultKind::kUnknownCaller, place, 0, {}});
    faults.push_back({FaultKind::kOldImage, place, last_instance, {}});
  }
  return faults;
}

}  // namespace rekey::simulation
