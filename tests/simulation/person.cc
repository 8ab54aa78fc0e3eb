#include "simulation/person.h"

#include <algorithm>
#include <utility>

#include "rotation/engine/by_hand.h"
#include "simulation/doubles.h"

namespace rekey::simulation {
namespace {

using rotation::ConsumerStep;
using rotation::Phase;
using std::chrono::seconds;

constexpr Duration kPersonComes = seconds{20};
constexpr Duration kLongestCache = seconds{10};

// The number of "c3".
int number_of(const std::string& consumer) {
  return value_of_text(std::string_view(consumer).substr(1));
}

void say(World& world, rotation::EventBody word) {
  static_cast<void>(world.append(world.run_id, static_cast<std::int64_t>(world.events.size()),
                                 {{world.now(), std::move(word)}}, {}));
}

// Puts right what somebody else did to a place: the message says which value belongs there.
void mend_places(World& world) {
  for (TruePlace& place : world.places) {
    if (!place.foreign_since) continue;
    place.value = world.is_accepted(place.before_foreign) || world.new_value() == 0
                      ? place.before_foreign
                      : 1;
    place.foreign_since.reset();
  }
  if (world.state.phase == Phase::kRollingBack) {
    // A write that came twice: what was taken out stands there again.
    for (TruePlace& place : world.places) {
      const bool is_ours = place.value == world.new_value() || !world.is_accepted(place.value);
      const bool is_back = place.consumer >= 0 && is_ours && !place.is_form;
      if (is_back && world.is_accepted(1)) place.value = 1;
    }
    return;
  }
  for (std::size_t i = 0; i < world.state.consumers.size(); ++i) {
    const rotation::RunConsumer& one = world.state.consumers[i];
    if (one.step < ConsumerStep::kWritten || one.step > ConsumerStep::kReloaded) continue;
    for (TruePlace& place : world.places) {
      // Nobody has the new value but the run: where the old one stands again, it writes that anew.
      if (place.consumer != static_cast<int>(i) || (place.is_put_back && !place.is_form)) continue;
      place.value = world.new_value();
      place.is_put_back = false;
    }
  }
}

// Programs that read at start, and those that did not come back, are started again by whoever runs
// them. Where the run waits for that it is a task of its own.
void restart_stragglers(World& world) {
  for (Instance& one : world.instances) {
    if (one.consumer < 0 || one.is_written_off) continue;
    const auto whose = static_cast<std::size_t>(one.consumer);
    const auto& known = world.state.consumers;
    if (whose < known.size() && rotation::is_to_be_restarted(known[whose])) continue;
    // Nobody starts a program on a value that has ended: the run writes the new one first.
    if (world.places[static_cast<std::size_t>(one.place)].is_put_back) continue;
    one.is_dead = false;
    one.dies_at_restart = false;
    if (one.reads != Reads::kAtStart) continue;
    one.held = world.places[static_cast<std::size_t>(one.place)].value;
    one.restarts_at.reset();
    one.has_old_image = false;
  }
}

void revoke_foreign(World& world) {
  for (TrueSecret& secret : world.secrets) {
    if (secret.label == kSomebody && secret.state == rotation::SecretState::kStaged) {
      secret.state = rotation::SecretState::kEnded;
    }
  }
}

// An owner looks first and speaks then.
void attest(World& world) {
  if (!world.state.plan.is_by_hand || world.state.phase == Phase::kRollingBack) return;
  for (std::size_t i = 0; i < world.state.consumers.size(); ++i) {
    const rotation::RunConsumer one = world.state.consumers[i];
    if (one.step != ConsumerStep::kReloaded || one.attested_by) continue;
    if (!world.is_consumer_on(static_cast<int>(i), world.new_value())) continue;
    say(world, rotation::ConsumerAttested{one.facts.name, "omar", "seen at work", false});
  }
}

// A slip is made once, and only where usage tells of it.
Slip take_slip(World& world) {
  const Slip slip = std::exchange(world.slip, Slip::kNone);
  if (slip != Slip::kNone) world.is_calm = false;
  return world.nature.is_usage_told ? slip : Slip::kNone;
}

// What belongs there; where the earlier one is not accepted any more, one that is.
int value_for_form(const World& world, const rotation::RunConsumer& task) {
  if (!rotation::is_way_back(world.state)) return world.new_value();
  const int before = value_of(task.present_values.front());
  if (world.is_accepted(before)) return before;
  for (const TrueSecret& secret : world.secrets) {
    if (world.is_accepted(secret.number)) return secret.number;
  }
  return before;
}

// Where nothing but the word will tell: not before every cache has given up the earlier value.
// Who is restarted behind it is seen then.
void see_in_use(World& world, int consumer, int value) {
  const bool is_restarted =
      std::any_of(world.instances.begin(), world.instances.end(), [&](const Instance& one) {
        return one.consumer == consumer && one.reads == Reads::kAtStart;
      });
  while (!is_restarted && !world.is_consumer_on(consumer, value)) world.advance(seconds{1});
}

// Does what the card asks for, and says so.
void fill_in_form(World& world) {
  const rotation::RunConsumer* found = rotation::find_hand_task(world.state);
  if (found == nullptr) return;
  const rotation::RunConsumer task = *found;
  const std::string& name = task.facts.name;
  if (!rotation::check_hand_out(world.state, name) || !rotation::check_word(world.state, name)) {
    world.break_rule(11, "a person is asked to fill in a form, and may not");
    return;
  }
  const bool is_back = rotation::is_way_back(world.state);
  const int value = value_for_form(world, task);
  say(world, rotation::ValueHandedOut{name, "omar", "terminal", is_back});
  for (TruePlace& place : world.places) {
    if (place.consumer != number_of(name)) continue;
    // On the way back nothing but the word tells: no program owes a sign of life any more.
    const Slip slip = is_back ? Slip::kNone : take_slip(world);
    if (slip == Slip::kNotDone) continue;
    if (slip == Slip::kMistyped) {
      place.before_foreign = place.value;
      place.foreign_since = world.time;
    } else {
      place.foreign_since.reset();
      place.is_put_back = false;
    }
    place.value = slip == Slip::kMistyped ? kForeignValue + place.consumer : value;
  }
  if (!world.nature.is_usage_told) see_in_use(world, number_of(name), value);
  say(world, rotation::ConsumerAttested{name, "omar", "saved", is_back});
}

// Restarts what only a person can restart, and says so.
void restart_by_hand(World& world) {
  for (std::size_t i = 0; i < world.state.consumers.size(); ++i) {
    const rotation::RunConsumer one = world.state.consumers[i];
    if (!rotation::is_to_be_restarted(one)) continue;
    if (!rotation::check_word(world.state, one.facts.name)) {
      world.break_rule(11, "a person is asked to restart something, and has no say in it");
    }
    const Slip slip = take_slip(world);
    bool is_first = true;
    for (Instance& process : world.instances) {
      if (process.consumer != static_cast<int>(i)) continue;
      const bool is_done = slip == Slip::kNone || (slip == Slip::kHalfDone && is_first);
      if (is_done) world.restart(process);
      is_first = false;
    }
    say(world, rotation::ConsumerAttested{one.facts.name, "omar", "restarted",
                                          rotation::is_way_back(world.state)});
  }
}

bool has_written_off(const World& world, int consumer) {
  return std::any_of(world.instances.begin(), world.instances.end(), [&](const Instance& one) {
    return one.consumer == consumer && one.is_written_off;
  });
}

// Answers for processes that nobody can mend, once all the others have moved.
void waive(World& world) {
  for (std::size_t i = 0; i < world.state.consumers.size(); ++i) {
    const std::string name = world.state.consumers[i].facts.name;
    const int number = static_cast<int>(i);
    const bool is_due = has_written_off(world, number) && !world.state.consumers[i].waiver &&
                        world.is_consumer_on(number, world.new_value());
    if (!is_due || !rotation::check_waiver(world.state, name)) continue;
    if (!rotation::weigh_waiver(world.state, name, usage_told(world))) continue;
    say(world, rotation::ConsumerWaived{name, "eve", "that machine is switched off next week"});
  }
}

// What worked before and fails with the new secret is mended by whoever answers for it.
void mend_workflows(World& world) {
  for (TrueWorkflow& one : world.workflows) {
    const auto known = world.state.workflows.find(one.name);
    if (known == world.state.workflows.end()) continue;
    if (known->second.on_new != rotation::WorkflowOutcome::kFailed) continue;
    one.is_broken = false;
    one.broken_from = 0;
    one.fails_with_new_alone = false;
  }
}

void approve(World& world) {
  const rotation::RunState& state = world.state;
  // Before the evidence is there too: what is waived after it was not approved with it.
  const bool is_watched = state.phase == Phase::kObserving && is_everybody_reloaded(state);
  const bool is_before_activation = state.plan.order == rotation::Order::kActivateFirst
                                        ? state.phase == Phase::kSettled && is_proven(state)
                                        : state.phase == Phase::kGate || is_watched;
  const bool is_due = is_before_activation || is_before_end(state);
  if (!is_due || count_approvals(state) >= state.plan.rules.approvals) return;
  say(world, rotation::RunApproved{"mary", "looks right", rotation::digest_of(state)});
}

}  // namespace

void help(World& world) {
  world.pause(kPersonComes);
  std::vector<int> before;
  for (const TruePlace& place : world.places) before.push_back(place.value);
  mend_places(world);
  const bool is_mended =
      !std::equal(before.begin(), before.end(), world.places.begin(),
                  [](int value, const TruePlace& place) { return place.value == value; });
  restart_stragglers(world);
  world.excuse_outage();
  revoke_foreign(world);
  world.is_waived = true;
  if (!world.state.is_activated) world.nature.rules = world.first_rules;
  world.skew = Duration{0};
  world.clock_right_at.reset();
  world.mend_call();
  world.is_staged_ended = false;
  mend_workflows(world);
  fill_in_form(world);
  restart_by_hand(world);
  attest(world);
  approve(world);
  waive(world);
  // Where usage would not tell that somebody still has the earlier value in its cache.
  world.pause(is_mended && !world.nature.is_usage_told ? kLongestCache : Duration{seconds{1}});
}

}  // namespace rekey::simulation
