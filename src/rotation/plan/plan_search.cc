#include "rotation/plan/plan_search.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "rotation/plan/covered.h"

namespace rekey::rotation {
namespace {

constexpr std::size_t kMostTold = 10;

// What the consumers hold, each value once.
std::vector<base::Secret> held_values(const Plan& plan) {
  std::vector<base::Secret> values;
  for (const PlannedConsumer& planned : plan.consumers) {
    for (const base::Secret& value : planned.present_values) {
      const bool is_known = std::find(values.begin(), values.end(), value) != values.end();
      if (!value.is_empty() && !is_known) values.push_back(value.clone());
    }
  }
  return values;
}

std::vector<std::string> describe_uncovered(const std::vector<FoundPlace>& places) {
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < std::min(places.size(), kMostTold); ++i) {
    notes.push_back(
        fmt::format("{} holds the secret, and no consumer covers it: declare that place as a sink "
                    "of its consumer, or say under not_consumers of discovery who answers for it "
                    "and why",
                    places[i].where));
  }
  if (places.size() <= kMostTold) return notes;
  notes.push_back(
      fmt::format("{} places more hold the secret, and no consumer covers them: `rekey inventory "
                  "coverage` lists them",
                  places.size() - kMostTold));
  return notes;
}

// Those by which another integration's secret may be let be are told by `rekey inventory coverage`.
void warn_of_idle_entries(Plan& plan, const DiscoveryRules& rules) {
  const auto& needed = plan.rules.not_consumers;
  for (const NotConsumer& entry : rules.not_consumers) {
    if (std::find(needed.begin(), needed.end(), entry) != needed.end()) continue;
    const std::string_view why = why_idle(entry, rules.roots);
    if (!why.empty()) plan.warnings.push_back(describe_idle(entry, why, IdleFor::kOneIntegration));
  }
}

void warn_of_unread(Plan& plan, const SearchReport& report) {
  if (report.is_complete()) return;
  const std::uint64_t more = report.not_read_count - report.not_read.size();
  plan.warnings.push_back(
      fmt::format("not everything below the roots of discovery could be read, and what was not may "
                  "hold the secret: {}{}",
                  fmt::join(report.not_read, "; "),
                  more == 0 ? std::string() : fmt::format("; and {} more", more)));
}

}  // namespace

void search_roots(Plan& plan, const PlanRequest& request) {
  const DiscoveryRules& rules = request.inventory.discovery;
  plan.roots = rules.roots;
  if (rules.roots.empty() || request.search == nullptr) return;
  const auto values = held_values(plan);
  if (values.empty()) return;  // that no sink could be read is a problem already
  auto report = request.search->search(rules.roots, values);
  if (!report) {
    plan.problems.push_back(
        fmt::format("discovery: {}; mend its roots in the inventory", report.error().detail));
    return;
  }
  warn_of_unread(plan, *report);
  SortedPlaces sorted = sort_places(std::move(report->places), rules.not_consumers,
                                    sinks_of(request.inventory, request.drivers));
  // Where nothing is accepted any more, nobody is left who could be cut off.
  auto& notes = plan.outgoing.empty() ? plan.warnings : plan.problems;
  for (std::string& one : describe_uncovered(sorted.uncovered)) notes.push_back(std::move(one));
  plan.rules.not_consumers = std::move(sorted.needed);
  warn_of_idle_entries(plan, rules);
  plan.search =
      PlannedSearch{report->files_read, report->is_complete(), std::move(sorted.uncovered),
                    std::move(sorted.let_be), std::move(sorted.exposed)};
}

std::string describe_search(const Plan& plan) {
  if (plan.roots.empty()) {
    return "Copies of the secret: not looked for; no roots are declared under discovery";
  }
  if (!plan.search) return "Copies of the secret: not looked for";
  const PlannedSearch& search = *plan.search;
  std::string text =
      fmt::format("Copies of the secret: {} that no consumer covers, in {} files below {}",
                  search.uncovered.size(), search.files_read, fmt::join(plan.roots, ", "));
  if (!search.let_be.empty()) text += fmt::format("; {} let be", search.let_be.size());
  if (!search.exposed.empty()) {
    text += fmt::format("; {} in the past of repositories", search.exposed.size());
  }
  return text + (search.is_complete ? "" : "; not everything could be read");
}

}  // namespace rekey::rotation
