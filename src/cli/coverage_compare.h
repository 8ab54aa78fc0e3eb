// The places that hold an inventory's secrets against its consumers, for `rekey inventory
// coverage`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/root_search.h"
#include "discovery/progress.h"
#include "rotation/inventory/inventory.h"
#include "rotation/plan/held_places.h"

namespace rekey::cli {

// One integration, and what its consumers hold now.
struct HeldBy {
  rotation::Inventory inventory;
  rotation::HeldPlaces held;
  std::string open_run;  // its id; empty: none is open
};

// Of a consumer's place the first four and kOtherValue; of one that was found the others.
enum class CoverageState {
  kCovered,
  kByHand,
  kGone,
  kUnread,
  kUncovered,
  kOtherValue,
  kLetBe,
  kExposed,
};
[[nodiscard]] std::string_view name_of(CoverageState state) noexcept;   // "other_value"
[[nodiscard]] std::string_view words_of(CoverageState state) noexcept;  // for people
[[nodiscard]] bool needs_person(CoverageState state) noexcept;

// One line of what is told. Points into the integrations and the scans it was made of.
struct CoverageRow {
  const HeldBy* whose = nullptr;
  CoverageState state = CoverageState::kCovered;
  std::string where;
  std::string consumer{};                         // empty: none has it
  std::string note{};                             // for people
  const discovery::Finding* finding = nullptr;    // nullptr: a consumer's place that was read
  const rotation::NotConsumer* let_be = nullptr;  // of kLetBe
};

class CoverageReport {
 public:
  // Scans the roots twice: for what the consumers hold, and by the detectors.
  [[nodiscard]] static base::Result<CoverageReport> make(std::vector<HeldBy> integrations,
                                                         const std::vector<std::string>& roots,
                                                         discovery::Progress& progress);

  // Integration by integration: its consumers' places, then what was found.
  [[nodiscard]] const std::vector<CoverageRow>& rows() const noexcept { return rows_; }
  // Of both scans; what neither could read is told and counted once.
  [[nodiscard]] const discovery::Certificate& certificate() const noexcept { return certificate_; }
  // The names of those of which no value is known: nothing was looked for, and nothing found is no
  // proof.
  [[nodiscard]] std::vector<std::string> without_values() const;
  // Entries of not_consumers by which nothing was let be, and why, for people. `is_whole`: all
  // roots were read for all integrations, so that one of which nothing was found is idle too.
  [[nodiscard]] std::vector<std::string> idle_entries(const rotation::DiscoveryRules& rules,
                                                      bool is_whole) const;
  // Everything was read.
  [[nodiscard]] bool is_complete() const;

 private:
  CoverageReport() = default;

  std::vector<HeldBy> integrations_;
  ScannedRoots by_value_;
  ScannedRoots by_shape_;
  discovery::Certificate certificate_;
  std::vector<CoverageRow> rows_;
};

// Of two scans of the same roots: what was read and left out as the first says, and every problem
// that either of them has met.
[[nodiscard]] discovery::Certificate with_problems_of(discovery::Certificate one,
                                                      const discovery::Certificate& other);

}  // namespace rekey::cli
