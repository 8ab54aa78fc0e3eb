#include "rotation/engine/fleet_search.h"

#include <algorithm>
#include <utility>

#include "rotation/plan/held_places.h"

namespace rekey::rotation {
namespace {

// What was found of some of the values, numbered as in `wanted`.
SearchReport part_of(const SearchReport& report,
                     const std::vector<base::Fingerprint>& value_of_place,
                     const std::vector<base::Fingerprint>& wanted) {
  SearchReport part = report;
  part.places.clear();
  for (std::size_t i = 0; i < report.places.size(); ++i) {
    const auto number = std::find(wanted.begin(), wanted.end(), value_of_place[i]);
    if (number == wanted.end()) continue;
    part.places.push_back(report.places[i]);
    part.places.back().value = static_cast<std::size_t>(number - wanted.begin());
  }
  return part;
}

}  // namespace

FleetSearch::FleetSearch(const EngineParts& parts)
    : inner_(parts.search),
      clock_(parts.clock),
      drivers_(parts.drivers),
      fingerprint_(crypto::RootKey::generate()) {}

EngineParts FleetSearch::in_place_of_search(EngineParts parts) {
  parts.search = inner_ == nullptr ? nullptr : this;
  return parts;
}

void FleetSearch::expect(const std::vector<DueOne>& due) {
  const std::lock_guard lock(expected_mutex_);
  expected_.clear();
  for (const DueOne& one : due) {
    if (!one.is_open && !one.inventory.discovery.roots.empty()) expected_.push_back(one.inventory);
  }
}

base::Result<SearchReport> FleetSearch::search(const std::vector<std::string>& roots,
                                               std::span<const base::Secret> values) {
  const std::lock_guard turn(turn_);
  const auto wanted = fingerprints_of(values);
  const auto kept = answers_.find(roots);
  if (kept == answers_.end() || !is_answer(kept->second, wanted)) {
    REKEY_TRY(Answer found, search_for_all(roots, values));
    answers_.insert_or_assign(roots, std::move(found));
  }
  Answer& answer = answers_.at(roots);
  for (const base::Fingerprint& one : wanted) answer.values.erase(one);
  return part_of(answer.report, answer.value_of_place, wanted);
}

base::Result<FleetSearch::Answer> FleetSearch::search_for_all(
    const std::vector<std::string>& roots, std::span<const base::Secret> values) {
  const auto all = with_expected(roots, values);
  Answer answer;
  REKEY_TRY(answer.report, inner_->search(roots, all));
  answer.at = clock_.monotonic();
  const auto fingerprints = fingerprints_of(all);
  answer.values = {fingerprints.begin(), fingerprints.end()};
  for (const FoundPlace& place : answer.report.places) {
    answer.value_of_place.push_back(fingerprints[place.value]);
  }
  return answer;
}

std::vector<base::Fingerprint> FleetSearch::fingerprints_of(std::span<const base::Secret> values) {
  std::vector<base::Fingerprint> fingerprints;
  for (const base::Secret& value : values) fingerprints.push_back(fingerprint_(value.reveal()));
  return fingerprints;
}

bool FleetSearch::is_answer(const Answer& answer,
                            const std::vector<base::Fingerprint>& wanted) const {
  return clock_.monotonic() - answer.at < kAnswerKept &&
         std::all_of(wanted.begin(), wanted.end(),
                     [&](const base::Fingerprint& one) { return answer.values.contains(one); });
}

std::vector<base::Secret> FleetSearch::with_expected(const std::vector<std::string>& roots,
                                                     std::span<const base::Secret> values) {
  std::vector<base::Secret> all;
  for (const base::Secret& value : values) all.push_back(value.clone());
  std::vector<Inventory> expected;
  {
    const std::lock_guard lock(expected_mutex_);
    expected = expected_;
  }
  for (const Inventory& one : expected) {
    if (one.discovery.roots != roots) continue;
    for (base::Secret& value : read_places(one, drivers_).values) {
      if (std::find(all.begin(), all.end(), value) == all.end()) all.push_back(std::move(value));
    }
  }
  return all;
}

}  // namespace rekey::rotation
