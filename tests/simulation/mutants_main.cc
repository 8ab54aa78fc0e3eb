// mutants [--only GUARD | --from GUARD]: takes out one guard of the engine after the other and
// demands that an exploration fails without it. Prints for each the first run that did. 1 where a
// guard was not missed, or where an exploration that missed one fails with every guard in its
// place.
//
// A guard's row names the exploration that missed it when all were tried, the cheap ones first;
// that one comes before the others. A row that has grown old costs time, and nothing else.
//
// Linked with the engine's sources as they are compiled with REKEY_MUTATIONS. Each guard is tried
// in a process of its own, because an assertion of the engine that stops it is a failure too.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/machine/guards.h"
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
  std::string_view missed_by;  // an exploration's name
};

#define REKEY_NAMED(guard) Guard::guard, #guard
constexpr std::array kGuards{
    NamedGuard{REKEY_NAMED(kRightClient), "another-client: calm"},
    NamedGuard{REKEY_NAMED(kNotOwnCredential), "engines-own: calm"},
    NamedGuard{REKEY_NAMED(kSlotFree), "occupied: calm"},
    NamedGuard{REKEY_NAMED(kNoRunElsewhere), "elsewhere: calm"},
    NamedGuard{REKEY_NAMED(kRoomForOne), "no-room: calm"},
    NamedGuard{REKEY_NAMED(kOverlapLongEnough), "brief-overlap: calm"},
    NamedGuard{REKEY_NAMED(kTimeLeft), "ends-soon: calm"},
    NamedGuard{REKEY_NAMED(kPresentAccepted), "another-tenant: calm"},
    NamedGuard{REKEY_NAMED(kOneAddress), "one-sink-twice: calm"},
    NamedGuard{REKEY_NAMED(kStagedSpacing), "one-slot: calm"},
    NamedGuard{REKEY_NAMED(kActivationSpacing), "spaced: calm"},
    NamedGuard{REKEY_NAMED(kSettleTime), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kProofSpan), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kProvenFirst), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kWaveByWave), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kWaveHeld), "settles-later: calm"},
    NamedGuard{REKEY_NAMED(kApproved), "written-off: calm"},
    NamedGuard{REKEY_NAMED(kWindowOpen), "one-slot: faults"},
    NamedGuard{REKEY_NAMED(kFreezeOver), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kRestartInWindow), "one-slot: calm"},
    NamedGuard{REKEY_NAMED(kGateFresh), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kEverybodyMoved), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kEvidenceComplete), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kEveryOldRefused), "two-old: calm"},
    NamedGuard{REKEY_NAMED(kBackoff), "settles-later: calm"},
    NamedGuard{REKEY_NAMED(kAttemptsBounded), "given-up-two-old: faults"},
    NamedGuard{REKEY_NAMED(kLookFirst), "ends-old: kills"},
    NamedGuard{REKEY_NAMED(kNoWayBack), "deaf: faults"},
    NamedGuard{REKEY_NAMED(kUnusedBeforeEnd), "given-up-two-old: kills"},
    NamedGuard{REKEY_NAMED(kEndsBounded), "workflow-broken: faults"},
    NamedGuard{REKEY_NAMED(kUnclearRunsBounded), "workflow-hiccup: faults"},
    NamedGuard{REKEY_NAMED(kEndApproved), "written-off-overlap: calm"},
    NamedGuard{REKEY_NAMED(kApprovalsVoid), "written-off-overlap: calm"},
    NamedGuard{REKEY_NAMED(kStagingDoubt), "staged-in-vain: calm"},
    NamedGuard{REKEY_NAMED(kWorkflowsProven), "workflow-broken: calm"},
    NamedGuard{REKEY_NAMED(kBrokenTwice), "workflow-hiccup: faults"},
    NamedGuard{REKEY_NAMED(kBrokenStill), "workflow-mended-late: calm"},
    NamedGuard{REKEY_NAMED(kSameIssuer), "workflow-hiccup: faults"},
    NamedGuard{REKEY_NAMED(kApprovalsKept), "approvals-dropped: calm"},
    NamedGuard{REKEY_NAMED(kNoUnknownUse), "slow-rollout: faults"},
    NamedGuard{REKEY_NAMED(kSeenAfterReload), "ends-old: kills"},
    NamedGuard{REKEY_NAMED(kEveryInstanceSeen), "watched-wave: calm"},
    NamedGuard{REKEY_NAMED(kOffOld), "settles-later-untold: calm"},
    NamedGuard{REKEY_NAMED(kQuietLongEnough), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kQuietInCompleteSource), "deaf: faults"},
    NamedGuard{REKEY_NAMED(kRestartOnlyAtStart), "keeps-cache: calm"},
    NamedGuard{REKEY_NAMED(kIntentFirst), "ends-old: calm"},
    NamedGuard{REKEY_NAMED(kSlotVacant), "one-slot: faults"},
    NamedGuard{REKEY_NAMED(kStagedStillThere), "deaf: faults"},
    NamedGuard{REKEY_NAMED(kOldEndNoticed), "ends-old: faults and kills"},
    NamedGuard{REKEY_NAMED(kSettled), "settles-later: calm"},
    NamedGuard{REKEY_NAMED(kForeignValueKept), "given-up-two-old: faults"},
    NamedGuard{REKEY_NAMED(kReadBack), "given-up-two-old: faults"},
    NamedGuard{REKEY_NAMED(kProvenBeforeWrite), "watched-wave: calm"},
    NamedGuard{REKEY_NAMED(kProvenWhereRead), "given-up-two-old: faults"},
    NamedGuard{REKEY_NAMED(kProvenBeforeActivation), "deaf: faults"},
    NamedGuard{REKEY_NAMED(kProvenBeforeRevocation), "written-off-overlap: faults"},
    NamedGuard{REKEY_NAMED(kPolicyUnchanged), "overlap: faults"},
    NamedGuard{REKEY_NAMED(kOverlapUnchanged), "overlap: faults"},
    NamedGuard{REKEY_NAMED(kFreshAtEffect), "workflow-hiccup: faults"},
    NamedGuard{REKEY_NAMED(kDeathProven), "short-overlap: faults"},
    NamedGuard{REKEY_NAMED(kLostValueGivenUp), "ends-old: kills"},
    NamedGuard{REKEY_NAMED(kWriteLooked), "ends-old: kills"},
    NamedGuard{REKEY_NAMED(kActivationLooked), "ends-old: kills"},
    NamedGuard{REKEY_NAMED(kRevocationLooked), "overlap: kills"},
    NamedGuard{REKEY_NAMED(kStillActive), "overlap: faults"},
    NamedGuard{REKEY_NAMED(kSinksAtClose), "short-overlap: faults"},
    NamedGuard{REKEY_NAMED(kWorkflowCleanedUp), "people-overlap: kills"},
    NamedGuard{REKEY_NAMED(kForeignKeptInRollBack), "given-up-two-old: faults"},
    NamedGuard{REKEY_NAMED(kPresentStillAccepted), "given-up-two-old: faults"},
    NamedGuard{REKEY_NAMED(kRestoredProven), "given-up-two-old: faults"},
    NamedGuard{REKEY_NAMED(kRestoredAtClose), "given-up-two-old: faults"},
    NamedGuard{REKEY_NAMED(kActiveNotEnded), "given-up-two-old: faults"},
};
#undef REKEY_NAMED
static_assert(kGuards.size() == static_cast<std::size_t>(Guard::kActiveNotEnded) + 1,
              "every guard is tried");

constexpr std::uint64_t kSeeds = 1500;
const Limits kLimits{2, 3, 1, {std::chrono::seconds{0}, std::chrono::seconds{12}}};

// One thing that may miss a guard: one way to explore one scenario, or one random world.
struct Exploration {
  enum class Kind { kCalm, kKills, kFaults, kSeed, kFaultsAndKills };
  Kind kind = Kind::kCalm;
  const Scenario* scenario = nullptr;  // null: a random world
  std::uint64_t seed = 0;

  [[nodiscard]] std::string name() const {
    if (scenario == nullptr) return fmt::format("seed {}", seed);
    constexpr std::array kNames{"calm", "kills", "faults", "", "faults and kills"};
    return fmt::format("{}: {}", scenario->name, kNames[static_cast<std::size_t>(kind)]);
  }
  [[nodiscard]] std::optional<Finding> look() const {
    if (scenario == nullptr) {
      Simulated run = simulate(seed);
      if (run.broken.empty()) return std::nullopt;
      return Finding{name(), run.broken, {}};
    }
    Explorer explorer(kLimits);
    if (kind == Kind::kCalm) return explorer.explore_calm(*scenario);
    if (kind == Kind::kKills) return explorer.explore_kills(*scenario);
    return explorer.explore_faults(*scenario, kind == Kind::kFaultsAndKills);
  }
};

// The cheap ones first: most guards are missed at once. `scenarios`: the main ones at the front.
std::vector<Exploration> all_explorations(const std::vector<Scenario>& scenarios,
                                          std::size_t main_count) {
  using Kind = Exploration::Kind;
  std::vector<Exploration> all;
  for (const Scenario& one : scenarios) all.push_back({Kind::kCalm, &one});
  for (const Scenario& one : scenarios) {
    if (one.must_be_refused) continue;
    all.push_back({Kind::kKills, &one});
    if (one.has_more_faults) all.push_back({Kind::kFaults, &one});
  }
  for (std::size_t i = 0; i < main_count; ++i) all.push_back({Kind::kFaults, &scenarios[i]});
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) all.push_back({Kind::kSeed, nullptr, seed});
  for (std::size_t i = 0; i < main_count; ++i) {
    all.push_back({Kind::kFaultsAndKills, &scenarios[i]});
  }
  return all;
}

// What `work` says in a process of its own; nullopt: it was stopped.
std::optional<std::string> in_a_child(const std::function<std::string()>& work) {
  int pipe_ends[2] = {-1, -1};
  if (::pipe(pipe_ends) != 0) return std::nullopt;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe_ends[0]);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    const std::string text = work();
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
  if (!WIFEXITED(status)) return std::nullopt;
  return text;
}

class Check {
 public:
  Check() : scenarios_(main_scenarios()) {
    const std::size_t main_count = scenarios_.size();
    for (Scenario& one : odd_scenarios()) scenarios_.push_back(std::move(one));
    explorations_ = all_explorations(scenarios_, main_count);
  }

  // True where the guard is missed.
  bool try_without(const NamedGuard& row);
  // What missed a guard finds nothing with every guard in its place.
  bool is_whole();

 private:
  // The row's own first.
  [[nodiscard]] std::vector<const Exploration*> in_order(std::string_view first) const;

  std::vector<Scenario> scenarios_;
  std::vector<Exploration> explorations_;
  std::set<std::string> used_;
};

std::vector<const Exploration*> Check::in_order(std::string_view first) const {
  std::vector<const Exploration*> all;
  for (const Exploration& one : explorations_) all.push_back(&one);
  std::stable_partition(all.begin(), all.end(),
                        [&](const Exploration* one) { return one->name() == first; });
  return all;
}

bool Check::try_without(const NamedGuard& row) {
  // The exploration's name, what it found, and where; the last stays alone where the engine died.
  const auto found = in_a_child([&]() -> std::string {
    rotation::remove(row.guard);
    for (const Exploration* one : in_order(row.missed_by)) {
      if (const auto finding = one->look()) {
        return fmt::format("{}\n{} [{}]", one->name(), finding->broken, finding->where);
      }
    }
    return {};
  });
  if (found && found->empty()) {
    fmt::print("{}: NOT MISSED: every exploration passes without it\n", row.name);
    return false;
  }
  if (!found) {
    fmt::print("{}: an assertion of the engine stopped it\n", row.name);
    return true;
  }
  const std::string by = found->substr(0, found->find('\n'));
  used_.insert(by);
  fmt::print("{}: {}{}\n", row.name, found->substr(by.size() + 1),
             by == row.missed_by ? "" : fmt::format(" (its row could say \"{}\")", by));
  return true;
}

bool Check::is_whole() {
  const auto found = in_a_child([&]() -> std::string {
    for (const Exploration& one : explorations_) {
      if (!used_.contains(one.name())) continue;
      if (const auto finding = one.look()) {
        return fmt::format("{} [{}]", finding->broken, finding->where);
      }
    }
    return {};
  });
  if (found && found->empty()) return true;
  fmt::print("with every guard in its place: {}\n",
             found.value_or("an assertion of the engine stopped it"));
  return false;
}

int try_all(std::string_view only, std::string_view from) {
  Check check;
  int not_missed = 0;
  int tried = 0;
  for (const NamedGuard& row : kGuards) {
    if (!only.empty() && row.name != only) continue;
    if (row.name == from) from = {};
    if (!from.empty()) continue;
    ++tried;
    not_missed += check.try_without(row) ? 0 : 1;
    std::fflush(stdout);
  }
  const bool is_whole = check.is_whole();
  fmt::print("mutation check: {} guards, {} not missed\n", tried, not_missed);
  return not_missed == 0 && is_whole ? 0 : 1;
}

}  // namespace
}  // namespace rekey::simulation

int main(int count, char** words) {
  const std::string_view option = count == 3 ? words[1] : "";
  return rekey::simulation::try_all(option == "--only" ? words[2] : "",
                                    option == "--from" ? words[2] : "");
}
