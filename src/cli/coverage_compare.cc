#include "cli/coverage_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "crypto/fingerprint_key.h"
#include "rotation/plan/covered.h"

namespace rekey::cli {
namespace {

using discovery::Finding;
using rotation::Holding;
using rotation::IdleFor;
using State = CoverageState;
using Row = CoverageRow;

// By fingerprint, the numbers of the integrations whose consumers hold that value.
using Holders = std::map<base::Fingerprint, std::set<std::size_t>>;

Holders holders_of(const std::vector<HeldBy>& integrations, const crypto::RootKey& key) {
  crypto::Fingerprinter fingerprint(key);
  Holders holders;
  for (std::size_t i = 0; i < integrations.size(); ++i) {
    for (const base::Secret& value : integrations[i].held.values) {
      holders[fingerprint(value.reveal())].insert(i);
    }
  }
  return holders;
}

State state_of(const HeldBy& whose, Holding holding) {
  switch (holding) {
    case Holding::kCurrent:
      return State::kCovered;
    case Holding::kOther:
      return whose.open_run.empty() ? State::kOtherValue : State::kCovered;
    case Holding::kNothing:
      return State::kGone;
    case Holding::kUnread:
      return State::kUnread;
    case Holding::kByHand:
      return State::kByHand;
  }
  return State::kUnread;
}

std::vector<Row> rows_of_consumers(const HeldBy& one) {
  std::vector<Row> rows;
  for (const rotation::HeldPlace& held : one.held.places) {
    Row row{&one, state_of(one, held.holding), held.place, held.consumer, held.why};
    if (held.holding == Holding::kOther) {
      row.note = one.open_run.empty()
                     ? "another value than most consumers hold"
                     : fmt::format("another value than most hold, while {} is open", one.open_run);
    }
    if (held.holding == Holding::kByHand) row.note = "only a person can read it";
    rows.push_back(std::move(row));
  }
  return rows;
}

// nullopt where a consumer's sink is that place. `uncovered`: what it is where nobody has it.
std::optional<Row> row_of(const HeldBy& one, const Finding& finding, State uncovered) {
  const rotation::FoundPlace place = found_place(finding);
  const auto& not_consumers = one.inventory.discovery.not_consumers;
  const auto cover = cover_of(place, not_consumers, one.held.sinks);
  Row row{&one, uncovered, place.where};
  row.finding = &finding;
  if (!finding.owner.empty()) row.note = "owner: " + finding.owner;
  switch (cover.by) {
    case rotation::Cover::kConsumer:
      return std::nullopt;
    case rotation::Cover::kLetBe:
      row.state = State::kLetBe;
      row.let_be = &not_consumers[cover.entry];
      row.note = fmt::format("{}: {}", row.let_be->by, row.let_be->reason);
      return row;
    case rotation::Cover::kExposed:
      row.state = State::kExposed;
      break;
    case rotation::Cover::kNone:
      break;
  }
  if (uncovered == State::kOtherValue) row.note = "an old secret, or one that differs";
  return row;
}

std::vector<Row> rows_by_value(const HeldBy& one, std::size_t number,
                               const std::vector<Finding>& findings, const Holders& holders) {
  std::vector<Row> rows;
  for (const Finding& finding : findings) {
    const auto found = holders.find(finding.fingerprint);
    if (found == holders.end() || !found->second.contains(number)) continue;
    if (auto row = row_of(one, finding, State::kUncovered)) rows.push_back(*std::move(row));
  }
  return rows;
}

// What stands beside a client id and is none of the values that are known: an old secret, or one
// that differs.
std::vector<Row> rows_by_shape(const HeldBy& one, const std::vector<Finding>& findings,
                               const Holders& holders) {
  std::vector<Row> rows;
  for (const Finding& finding : findings) {
    const bool is_its = finding.detector->role == discovery::Role::kSecret &&
                        !finding.client_id.empty() && finding.client_id == one.inventory.client_id;
    if (!is_its || finding.allowed || holders.contains(finding.fingerprint)) continue;
    if (auto row = row_of(one, finding, State::kOtherValue)) rows.push_back(*std::move(row));
  }
  return rows;
}

std::vector<Row> joined(std::vector<Row> rows, std::vector<Row> more) {
  std::move(more.begin(), more.end(), std::back_inserter(rows));
  return rows;
}

std::vector<Row> rows_of(const std::vector<HeldBy>& integrations,
                         const std::vector<Finding>& by_value, const std::vector<Finding>& by_shape,
                         const Holders& holders) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < integrations.size(); ++i) {
    const HeldBy& one = integrations[i];
    auto found =
        joined(rows_by_value(one, i, by_value, holders), rows_by_shape(one, by_shape, holders));
    std::stable_sort(found.begin(), found.end(),
                     [](const Row& a, const Row& b) { return a.state < b.state; });
    rows = joined(std::move(rows), joined(rows_of_consumers(one), std::move(found)));
  }
  return rows;
}

bool is_about(const discovery::Problem& one, const discovery::Problem& other) {
  return one.reason == other.reason && one.where == other.where;
}

}  // namespace

std::string_view name_of(CoverageState state) noexcept {
  switch (state) {
    case State::kCovered:
      return "covered";
    case State::kByHand:
      return "by_hand";
    case State::kGone:
      return "gone";
    case State::kUnread:
      return "unread";
    case State::kUncovered:
      return "uncovered";
    case State::kOtherValue:
      return "other_value";
    case State::kLetBe:
      return "let_be";
    case State::kExposed:
      return "exposed";
  }
  return "";
}

std::string_view words_of(CoverageState state) noexcept {
  switch (state) {
    case State::kCovered:
      return "covered";
    case State::kByHand:
      return "by hand";
    case State::kGone:
      return "not there";
    case State::kUnread:
      return "not read";
    case State::kUncovered:
      return "NOT COVERED";
    case State::kOtherValue:
      return "other value";
    case State::kLetBe:
      return "let be";
    case State::kExposed:
      return "exposed";
  }
  return "";
}

bool needs_person(CoverageState state) noexcept {
  return state == State::kUncovered || state == State::kOtherValue || state == State::kGone;
}

discovery::Certificate with_problems_of(discovery::Certificate one,
                                        const discovery::Certificate& other) {
  for (const discovery::Problem& problem : other.problems) {
    const bool is_told =
        std::any_of(one.problems.begin(), one.problems.end(),
                    [&](const discovery::Problem& told) { return is_about(told, problem); });
    if (!is_told) one.problems.push_back(problem);
  }
  for (const auto& [reason, count] : other.unread) {
    one.unread[reason] = std::max(one.unread[reason], count);
  }
  // Each has told all that it counts, but where a list is full: then there are at least so many.
  for (auto& [reason, count] : one.unread) {
    const auto told = std::count_if(
        one.problems.begin(), one.problems.end(),
        [&, reason = reason](const discovery::Problem& p) { return p.reason == reason; });
    count = std::max(count, static_cast<std::uint64_t>(told));
  }
  return one;
}

base::Result<CoverageReport> CoverageReport::make(std::vector<HeldBy> integrations,
                                                  const std::vector<std::string>& roots,
                                                  discovery::Progress& progress) {
  CoverageReport report;
  report.integrations_ = std::move(integrations);
  const auto key = crypto::RootKey::generate();
  std::vector<base::Secret> values;
  for (const HeldBy& one : report.integrations_) {
    for (const base::Secret& value : one.held.values) values.push_back(value.clone());
  }
  const RootTask task{roots, key, true, &progress};
  REKEY_TRY(report.by_value_, scan_for_values(task, values));
  REKEY_TRY(report.by_shape_, scan_by_detectors(task));
  report.certificate_ =
      with_problems_of(report.by_value_.certificate, report.by_shape_.certificate);
  report.rows_ = rows_of(report.integrations_, report.by_value_.findings, report.by_shape_.findings,
                         holders_of(report.integrations_, key));
  return report;
}

std::vector<std::string> CoverageReport::without_values() const {
  std::vector<std::string> names;
  for (const HeldBy& one : integrations_) {
    if (one.held.values.empty()) names.push_back(one.inventory.name);
  }
  return names;
}

std::vector<std::string> CoverageReport::idle_entries(const rotation::DiscoveryRules& rules,
                                                      bool is_whole) const {
  std::vector<std::string> idle;
  for (const rotation::NotConsumer& entry : rules.not_consumers) {
    const bool is_used = std::any_of(rows_.begin(), rows_.end(), [&](const Row& row) {
      return row.let_be != nullptr && *row.let_be == entry;
    });
    if (is_used) continue;
    std::string_view why = rotation::why_idle(entry, rules.roots);
    if (why.empty() && is_whole) why = "no secret of this inventory was found there";
    if (!why.empty())
      idle.push_back(rotation::describe_idle(
          entry, why, is_whole ? IdleFor::kEveryIntegration : IdleFor::kOneIntegration));
  }
  return idle;
}

bool CoverageReport::is_complete() const {
  const bool is_any_unread = std::any_of(
      rows_.begin(), rows_.end(), [](const Row& row) { return row.state == State::kUnread; });
  return certificate_.is_complete() && !is_any_unread && without_values().empty();
}

}  // namespace rekey::cli
