// mutants [--only GUARD | --from GUARD]: takes out one guard of the engine after the other and
// demands that an exploration fails without it. Prints for each the first run that did. 1 where a
// guard was not missed, or where an exploration fails with every guard in its place.
//
// Linked with the engine's sources as they are compiled with REKEY_MUTATIONS. Each guard is tried
// in a process of its own, because an assertion of the engine that stops it is a failure too.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "rotation/guards.h"
#include "simulation/explore.h"
#include "simulation/scenarios.h"
#include "simulation/simulate.h"

namespace rekey::rotation {
namespace {
std::optional<Guard> removed;
}  // namespace

inline namespace mutated {
bool is_removed(Guard guard) noexcept {
  return removed == guard;
}
}  // namespace mutated

void remove(Guard guard) {
  removed = guard;
}
}  // namespace rekey::rotation

namespace rekey::simulation {
namespace {

using rotation::Guard;

struct NamedGuard {
  Guard guard;
  std::string_view name;
  // Where the guard is tried instead, and why no whole run misses it; empty: it is tried here.
  std::string_view elsewhere{};
};

#define REKEY_NAMED(guard) Guard::guard, #guard
constexpr std::array kGuards{
    NamedGuard{REKEY_NAMED(kRightClient)},
    NamedGuard{REKEY_NAMED(kNotOwnCredential)},
    NamedGuard{REKEY_NAMED(kSlotFree)},
    NamedGuard{REKEY_NAMED(kRoomForOne)},
    NamedGuard{REKEY_NAMED(kOverlapLongEnough)},
    NamedGuard{REKEY_NAMED(kTimeLeft)},
    NamedGuard{REKEY_NAMED(kPresentAccepted)},
    NamedGuard{REKEY_NAMED(kOneAddress)},
    NamedGuard{REKEY_NAMED(kStagedSpacing)},
    NamedGuard{REKEY_NAMED(kActivationSpacing)},
    NamedGuard{REKEY_NAMED(kSettleTime)},
    NamedGuard{REKEY_NAMED(kProofSpan)},
    NamedGuard{REKEY_NAMED(kProvenFirst)},
    NamedGuard{REKEY_NAMED(kWaveByWave)},
    NamedGuard{REKEY_NAMED(kWaveHeld)},
    NamedGuard{REKEY_NAMED(kApproved)},
    NamedGuard{REKEY_NAMED(kWindowOpen)},
    NamedGuard{REKEY_NAMED(kFreezeOver)},
    NamedGuard{REKEY_NAMED(kGateFresh)},
    NamedGuard{REKEY_NAMED(kEverybodyMoved)},
    NamedGuard{REKEY_NAMED(kEvidenceComplete)},
    NamedGuard{REKEY_NAMED(kEveryOldRefused)},
    NamedGuard{REKEY_NAMED(kBackoff)},
    NamedGuard{REKEY_NAMED(kAttemptsBounded)},
    NamedGuard{REKEY_NAMED(kLookFirst)},
    NamedGuard{REKEY_NAMED(kNoWayBack)},
    NamedGuard{REKEY_NAMED(kUnusedBeforeEnd)},
    NamedGuard{REKEY_NAMED(kNoUnknownUse)},
    NamedGuard{
        REKEY_NAMED(kSeenAfterReload),
        "Evidence.BeingSeenBeforeTheReloadProvesNothing: who is seen on the new secret before "
        "its reload is on it after that too, in every world here"},
    NamedGuard{
        REKEY_NAMED(kEveryInstanceSeen),
        "Evidence.EveryDeclaredInstanceHasToBeSeen: where every interval is true, whoever is off "
        "the old secret for that long has no process left on it; only forms need the sighting, "
        "and no world here has one"},
    NamedGuard{REKEY_NAMED(kOffOld)},
    NamedGuard{REKEY_NAMED(kQuietLongEnough)},
    NamedGuard{REKEY_NAMED(kQuietInCompleteSource)},
    NamedGuard{REKEY_NAMED(kRestartOnlyAtStart)},
    NamedGuard{REKEY_NAMED(kIntentFirst)},
    NamedGuard{REKEY_NAMED(kSlotVacant)},
    NamedGuard{REKEY_NAMED(kStagedStillThere)},
    NamedGuard{REKEY_NAMED(kOldEndNoticed)},
    NamedGuard{REKEY_NAMED(kSettled)},
    NamedGuard{REKEY_NAMED(kForeignValueKept)},
    NamedGuard{REKEY_NAMED(kReadBack)},
    NamedGuard{REKEY_NAMED(kProvenBeforeWrite)},
    NamedGuard{REKEY_NAMED(kProvenWhereRead)},
    NamedGuard{REKEY_NAMED(kProvenBeforeActivation)},
    NamedGuard{REKEY_NAMED(kProvenBeforeRevocation)},
    NamedGuard{REKEY_NAMED(kPolicyUnchanged)},
    NamedGuard{REKEY_NAMED(kDeathProven)},
    NamedGuard{REKEY_NAMED(kLostValueGivenUp)},
    NamedGuard{REKEY_NAMED(kWriteLooked)},
    NamedGuard{REKEY_NAMED(kActivationLooked)},
    NamedGuard{REKEY_NAMED(kRevocationLooked)},
    NamedGuard{REKEY_NAMED(kStillActive)},
    NamedGuard{REKEY_NAMED(kSinksAtClose)},
    NamedGuard{REKEY_NAMED(kForeignKeptInRollBack)},
    NamedGuard{REKEY_NAMED(kPresentStillAccepted)},
    NamedGuard{REKEY_NAMED(kRestoredProven)},
    NamedGuard{REKEY_NAMED(kRestoredAtClose)},
    NamedGuard{REKEY_NAMED(kActiveNotEnded)},
};
#undef REKEY_NAMED
static_assert(kGuards.size() == static_cast<std::size_t>(Guard::kActiveNotEnded) + 1,
              "every guard is tried");

constexpr std::uint64_t kSeeds = 1500;

std::optional<Finding> try_seeds() {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Simulated run = simulate(seed);
    if (!run.broken.empty()) return Finding{fmt::format("seed {}", seed), run.broken, {}};
  }
  return std::nullopt;
}

// The cheap ones first: most guards are missed at once.
std::optional<Finding> explore() {
  using std::chrono::seconds;
  Explorer explorer({2, 3, 1, {seconds{0}, seconds{12}}});
  std::vector<Scenario> all = main_scenarios();
  for (Scenario& scenario : odd_scenarios()) all.push_back(std::move(scenario));
  for (const Scenario& scenario : all) {
    if (auto finding = explorer.explore_calm(scenario)) return finding;
  }
  for (const Scenario& scenario : all) {
    if (scenario.must_be_refused) continue;
    if (auto finding = explorer.explore_kills(scenario)) return finding;
    if (!scenario.has_more_faults) continue;
    if (auto finding = explorer.explore_faults(scenario, false)) return finding;
  }
  for (const Scenario& scenario : main_scenarios()) {
    if (auto finding = explorer.explore_faults(scenario, false)) return finding;
  }
  if (auto finding = try_seeds()) return finding;
  for (const Scenario& scenario : main_scenarios()) {
    if (auto finding = explorer.explore_faults(scenario, true)) return finding;
  }
  return std::nullopt;
}

// What a process of its own found without that guard; empty: nothing.
std::string explore_without(std::optional<Guard> guard) {
  int pipe_ends[2] = {-1, -1};
  if (::pipe(pipe_ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe_ends[0]);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    if (guard) rotation::remove(*guard);
    const auto finding = explore();
    const std::string text =
        finding ? fmt::format("{} [{}]", finding->broken, finding->where) : std::string();
    if (::write(pipe_ends[1], text.data(), text.size()) < 0) ::_exit(2);
    ::_exit(0);
  }
  ::close(pipe_ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status)) return "an assertion of the engine stopped it";
  return text;
}

int try_all(std::string_view only, std::string_view from) {
  int missed = 0;
  int tried = 0;
  if (only.empty() && from.empty()) {
    const std::string whole = explore_without(std::nullopt);
    if (!whole.empty()) {
      fmt::print("with every guard in its place: {}\n", whole);
      return 1;
    }
  }
  for (const NamedGuard& one : kGuards) {
    if (!only.empty() && one.name != only) continue;
    if (one.name == from) from = {};
    if (!from.empty()) continue;
    ++tried;
    // That no run misses it takes every run to see: only where it is asked for.
    if (!one.elsewhere.empty() && only.empty()) {
      fmt::print("{}: {}\n", one.name, one.elsewhere);
      continue;
    }
    const std::string found = explore_without(one.guard);
    if (found.empty() == one.elsewhere.empty()) ++missed;
    if (found.empty()) {
      fmt::print("{}: {}\n", one.name,
                 one.elsewhere.empty() ? "NOT MISSED: every exploration passes without it"
                                       : one.elsewhere);
    } else {
      fmt::print("{}: {}{}\n", one.name, found,
                 one.elsewhere.empty() ? "" : " (and it is said that no exploration misses it)");
    }
    std::fflush(stdout);
  }
  fmt::print("mutation check: {} guards, {} not as they should be\n", tried, missed);
  return missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace rekey::simulation

int main(int count, char** words) {
  const std::string_view option = count == 3 ? words[1] : "";
  return rekey::simulation::try_all(option == "--only" ? words[2] : "",
                                    option == "--from" ? words[2] : "");
}
