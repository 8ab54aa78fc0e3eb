// The crash explorer: runs the engine in a world, kills it at every place, and again at every place
// of what follows, and judges the world at each.
//
// A kill is a copy of the world at that place, from which the engine is started again later: what a
// killed engine leaves behind is exactly that. A run that comes to a state which was gone on from
// before, with as many kills left, is not followed further: its future is known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "simulation/play.h"

namespace rekey::simulation {

struct Limits {
  int kills = 2;                     // of one run, where nothing else goes wrong
  int reach = 3;                     // places after a fault at which it is killed too
  int stride = 1;                    // every so many places have their faults; every call has
  std::vector<Duration> delays{{}};  // after which a killed engine is started again
};

struct Figures {
  std::int64_t runs = 0;    // of the engine, from a start to its end
  std::int64_t places = 0;  // at which the world was judged
  std::int64_t kill_points = 0;
  std::int64_t kill_pairs = 0;  // ordered
  std::int64_t faults = 0;      // tried one at a time
  std::int64_t faults_and_kills = 0;
  std::size_t states = 0;  // distinct, without any clock
  std::size_t states_with_clocks = 0;
};

struct Finding {
  std::string where;   // scenario, fault, kills: as a sentence
  std::string broken;  // which invariant, and how
  std::string tail;    // of the journal
};

class Explorer final : public Observer {
 public:
  explicit Explorer(Limits limits) : limits_(std::move(limits)) {}

  // Each gives the first thing that is broken, or nullopt.
  // The run in which nothing goes wrong, killed never.
  std::optional<Finding> explore_calm(const Scenario& scenario);
  // Every kill point and every ordered pair.
  std::optional<Finding> explore_kills(const Scenario& scenario);
  // Each fault by itself, and with a kill soon after it.
  std::optional<Finding> explore_faults(const Scenario& scenario, bool with_kills);

  [[nodiscard]] Figures figures() const;
  void on_place(World& world, Place place) override;

 private:
  struct Task {
    World world;
    int kills_left = 0;
    std::string kills;  // so far, for people
  };
  struct Known {
    int kills_left = 0;
    std::int64_t rest = 0;  // places from there to the end
  };
  std::optional<Finding> explore(const Scenario& scenario, World world, int kills);
  // Runs it to its end, or to what is known; the number of places on the whole way.
  std::int64_t follow(const Scenario& scenario, Task& task);
  void push_kills(const World& world, std::uint64_t state);
  [[nodiscard]] bool may_kill(const World& world) const;
  [[nodiscard]] std::uint64_t key_of(const World& world, std::uint64_t state) const;

  Limits limits_;
  Figures figures_;
  std::unordered_set<std::uint64_t> states_;
  std::unordered_set<std::uint64_t> states_with_clocks_;
  std::unordered_map<std::uint64_t, Known> known_;
  std::unordered_map<std::uint64_t, std::int64_t> ways_;  // places of what follows a first kill
  std::vector<Task> tasks_;
  Task* current_ = nullptr;
  std::vector<std::pair<std::uint64_t, std::int64_t>> passed_;  // keys and place numbers of it
  std::int64_t passed_places_ = 0;
  std::optional<std::uint64_t> ended_in_;  // the known state at which it was left
  bool has_fault_ = false;
};

}  // namespace rekey::simulation
