// simulate [--seed N] [--runs M] [--trace]: M rotations in worlds that the seeds N, N+1, … make up.
// Prints the endings; the first seed with which anything is broken is printed with its trace, and
// the exit code is 1. The same seed again is the same run.
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>

#include "simulation/simulate.h"

namespace rekey::simulation {
namespace {

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t runs = 2000;
  bool has_trace = false;
};

void print(std::uint64_t seed, const Simulated& run, bool with_trace) {
  fmt::print("seed {}: {}\n  {}\n", seed, name_of(run.ending), run.what);
  if (!with_trace) return;
  for (const std::string& line : run.trace) fmt::print("  {}\n", line);
}

// The same seed twice, and every so often: a run that cannot be replayed is worth nothing.
bool is_replayed(std::uint64_t seed, const Simulated& run) {
  constexpr std::uint64_t kEvery = 50;
  return seed % kEvery != 0 || simulate(seed).trace == run.trace;
}

int simulate_all(const Options& options) {
  std::map<std::string, int> endings;
  std::int64_t places = 0;
  for (std::uint64_t seed = options.seed; seed < options.seed + options.runs; ++seed) {
    const Simulated run = simulate(seed);
    ++endings[std::string(name_of(run.ending))];
    places += run.places;
    const bool is_same = is_replayed(seed, run);
    if (!run.broken.empty() || !is_same) {
      print(seed, run, true);
      fmt::print("BROKEN: {}\nto see it again: simulate --seed {} --runs 1 --trace\n",
                 is_same ? run.broken : "the same seed gave another run", seed);
      return 1;
    }
    if (options.has_trace) print(seed, run, true);
  }
  fmt::print("simulator: seeds {} to {}: {} places judged", options.seed,
             options.seed + options.runs - 1, places);
  for (const auto& [ending, count] : endings) fmt::print(", {} {}", count, ending);
  fmt::print(", {:.1f} s CPU\n", static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
  return 0;
}

}  // namespace
}  // namespace rekey::simulation

int main(int count, char** words) {
  rekey::simulation::Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--trace") options.has_trace = true;
    if (i + 1 >= count) continue;
    if (word == "--seed") options.seed = std::strtoull(words[++i], nullptr, 10);
    if (word == "--runs") options.runs = std::strtoull(words[++i], nullptr, 10);
  }
  return rekey::simulation::simulate_all(options);
}
