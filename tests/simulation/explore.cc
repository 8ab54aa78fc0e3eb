#include "simulation/explore.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulation/hash.h"
#include "simulation/scenarios.h"

namespace rekey::simulation {
namespace {

constexpr std::size_t kTail = 16;

std::uint64_t key_of_kill(std::uint64_t state, Duration delay, int kills_left) {
  Hasher hasher;
  hasher.add(state);
  hasher.add(delay.count());
  hasher.add(kills_left);
  return hasher.value();
}

}  // namespace

Figures Explorer::figures() const {
  Figures all = figures_;
  all.states = states_.size();
  all.states_with_clocks = states_with_clocks_.size();
  return all;
}

// With a fault on its way the engine is killed only soon after it came: what comes before is what
// explore_kills does.
bool Explorer::may_kill(const World& world) const {
  if (!has_fault_) return true;
  return world.met_at > 0 && world.places_passed - world.met_at <= limits_.reach;
}

std::uint64_t Explorer::key_of(const World& world, std::uint64_t state) const {
  Hasher hasher;
  hasher.add(state);
  const int since = world.met_at > 0 ? world.places_passed - world.met_at : -1;
  hasher.add(has_fault_ ? std::min(since, limits_.reach + 1) : 0);
  return hasher.value();
}

void Explorer::push_kills(const World& world, std::uint64_t state) {
  const int kills_left = current_->kills_left - 1;
  for (const Duration delay : limits_.delays) {
    std::int64_t& way = ways_[key_of_kill(key_of(world, state), delay, kills_left)];
    if (!has_fault_) {
      // Its way is counted when it is known, as often as it was come to.
      if (current_->kills.empty()) ++figures_.kill_points;
      if (way > 0 && kills_left == 1) figures_.kill_pairs += way;
    } else {
      ++figures_.faults_and_kills;
    }
    if (way != 0) continue;
    way = -1;
    Task task{world, kills_left,
              current_->kills + fmt::format("{}killed at place {}, started again after {}",
                                            current_->kills.empty() ? "" : ", ",
                                            world.places_passed, base::format_duration(delay))};
    task.world.pause(delay);
    tasks_.push_back(std::move(task));
  }
}

void Explorer::on_place(World& world, Place place) {
  ++figures_.places;
  ++passed_places_;
  if (!world.broken.empty()) throw Enough{};
  const StateHash hash = world.hash();
  const std::uint64_t state = hash.clocked;
  states_with_clocks_.insert(state);
  states_.insert(hash.clockless);
  if (current_->kills_left > 0 && may_kill(world)) push_kills(world, state);
  if (place != Place::kAfterEvent) return;
  const std::uint64_t key = key_of(world, state);
  const auto [known, is_new] = known_.try_emplace(key, Known{current_->kills_left, 0});
  if (!is_new && known->second.kills_left >= current_->kills_left && known->second.rest > 0) {
    ended_in_ = key;
    throw Enough{};
  }
  known->second.kills_left = std::max(known->second.kills_left, current_->kills_left);
  passed_.emplace_back(key, passed_places_);
}

std::int64_t Explorer::follow(const Scenario& scenario, Task& task) {
  current_ = &task;
  passed_.clear();
  passed_places_ = 0;
  ended_in_.reset();
  ++figures_.runs;
  task.world.observer = this;
  try {
    play_and_judge(scenario, task.world);
  } catch (const Enough&) {
    // Broken, or known from here.
  }
  const std::int64_t total = passed_places_ + (ended_in_ ? known_[*ended_in_].rest : 0);
  for (const auto& [key, number] : passed_)
    known_[key].rest = std::max<std::int64_t>(total - number, 1);
  return total;
}

std::optional<Finding> Explorer::explore(const Scenario& scenario, World world, int kills) {
  std::string fault;
  for (const Fault& one : world.faults) fault += (fault.empty() ? "" : ", ") + describe(one);
  if (fault.empty()) fault = "nothing goes wrong";
  tasks_.clear();
  tasks_.push_back({std::move(world), kills, ""});
  while (!tasks_.empty()) {
    Task task = std::move(tasks_.back());
    tasks_.pop_back();
    const std::int64_t way = follow(scenario, task);
    if (!has_fault_ && task.kills_left == 1 && !task.kills.empty()) figures_.kill_pairs += way;
    if (task.world.broken.empty()) continue;
    return Finding{
        fmt::format("{}: {}{}{}", scenario.name, fault, task.kills.empty() ? "" : "; ", task.kills),
        task.world.broken, task.world.tail(kTail)};
  }
  return std::nullopt;
}

std::optional<Finding> Explorer::explore_calm(const Scenario& scenario) {
  has_fault_ = false;
  ways_.clear();
  known_.clear();
  return explore(scenario, scenario.world, 0);
}

std::optional<Finding> Explorer::explore_kills(const Scenario& scenario) {
  has_fault_ = false;
  ways_.clear();
  known_.clear();
  return explore(scenario, scenario.world, std::min(limits_.kills, scenario.kills));
}

std::optional<Finding> Explorer::explore_faults(const Scenario& scenario, bool with_kills) {
  World calm = scenario.world;
  play(scenario, calm);
  has_fault_ = true;
  ways_.clear();
  known_.clear();
  const Span span{calm.calls, calm.asks, calm.places_passed, limits_.stride};
  for (const Fault& fault : faults_of(scenario, span)) {
    World world = scenario.world;
    world.faults.push_back(fault);
    ++figures_.faults;
    auto finding = explore(scenario, std::move(world), with_kills ? 1 : 0);
    if (finding) return finding;
  }
  return std::nullopt;
}

}  // namespace rekey::simulation
