// explore [--long] [--only SCENARIO] [--figures FILE]: every invariant at every place of every run,
// with the engine killed anywhere, and again. Prints what was covered; 1 where anything is broken.
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <string>

#include "simulation/explore.h"
#include "simulation/scenarios.h"

namespace rekey::simulation {
namespace {

struct Options {
  bool is_long = false;
  std::string only;
  std::string figures_file;
};

Limits limits_of(const Options& options) {
  using std::chrono::seconds;
  if (options.is_long) return {2, 40, 1, {seconds{0}, seconds{12}, seconds{70}}};
  return {2, 3, 2, {seconds{0}, seconds{12}}};
}

std::string text_of(const Figures& figures, double cpu_seconds) {
  return fmt::format(
      "crash explorer: {} runs, {} places judged, {} kill points, {} ordered pairs, {} faults, {} "
      "of them with a kill behind, {} distinct states ({} with their clocks), {:.1f} s CPU\n",
      figures.runs, figures.places, figures.kill_points, figures.kill_pairs, figures.faults,
      figures.faults_and_kills, figures.states, figures.states_with_clocks, cpu_seconds);
}

bool tell(const std::optional<Finding>& finding) {
  if (!finding) return false;
  fmt::print("BROKEN: {}\n  {}\n  the last events:\n{}", finding->broken, finding->where,
             finding->tail);
  return true;
}

// Worlds that went missing, or runs that end too early, are no success.
bool is_too_little(const Figures& figures) {
  constexpr std::size_t kLeastStates = 100'000;
  constexpr std::size_t kLeastWithoutClocks = 50'000;
  const bool is_enough = figures.states_with_clocks >= kLeastStates &&
                         figures.states >= kLeastWithoutClocks && figures.kill_pairs > 0;
  if (!is_enough) {
    fmt::print(
        "TOO LITTLE: at least {} distinct states, {} of them without their clocks, and "
        "every pair of kills are to be explored\n",
        kLeastStates, kLeastWithoutClocks);
  }
  return !is_enough;
}

int explore_all(const Options& options) {
  Explorer explorer(limits_of(options));
  bool is_broken = false;
  const auto cpu = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
  for (const Scenario& scenario : odd_scenarios()) {
    if (!options.only.empty() && scenario.name != options.only) continue;
    is_broken |= tell(explorer.explore_calm(scenario));
    if (scenario.must_be_refused) continue;
    is_broken |= tell(explorer.explore_kills(scenario));
    if (scenario.has_more_faults) is_broken |= tell(explorer.explore_faults(scenario, false));
  }
  for (const Scenario& scenario : main_scenarios()) {
    if (!options.only.empty() && scenario.name != options.only) continue;
    is_broken |= tell(explorer.explore_kills(scenario));
    fmt::print("{}: kills, {:.1f} s, {} states\n", scenario.name, cpu(), explorer.figures().states);
    is_broken |= tell(explorer.explore_faults(scenario, true));
    fmt::print("{}: faults, {:.1f} s, {} states\n", scenario.name, cpu(),
               explorer.figures().states);
  }
  const std::string figures = text_of(explorer.figures(), cpu());
  fmt::print("{}", figures);
  if (!options.figures_file.empty()) std::ofstream(options.figures_file) << figures;
  if (!is_broken && options.only.empty()) is_broken = is_too_little(explorer.figures());
  return is_broken ? 1 : 0;
}

}  // namespace
}  // namespace rekey::simulation

int main(int count, char** words) {
  rekey::simulation::Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--long") options.is_long = true;
    if (word == "--only" && i + 1 < count) options.only = words[++i];
    if (word == "--figures" && i + 1 < count) options.figures_file = words[++i];
  }
  return rekey::simulation::explore_all(options);
}
