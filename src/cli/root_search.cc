#include "cli/root_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/printable.h"
#include "cli/scan_progress.h"
#include "cli/scan_sources.h"
#include "crypto/fingerprint_key.h"
#include "discovery/known/given_secrets.h"
#include "discovery/owners.h"
#include "discovery/scan.h"
#include "discovery/sources/tree.h"
#include "platform/canonical_path.h"

namespace rekey::cli {
namespace {

using base::Result;
using discovery::Finding;

std::string shown(std::string_view text) {
  return base::escape_hidden(text, base::EscapeForm::kBraces);
}

Result<ScannedRoots> scan_with(std::unique_ptr<const discovery::Matcher> matcher,
                               const RootTask& task, discovery::Coverage& coverage) {
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  discovery::Scan scan(*matcher, task.key, coverage);
  discovery::TreeOptions options;
  options.roots = task.roots;
  options.keeps_ignore_rules = false;
  options.leaves_out_stores = false;
  discovery::TreeSource tree(std::move(options));
  REKEY_CHECK(tree.run(threads, scan, coverage));
  run_stores(tree.repositories(), *matcher, threads, scan, coverage);
  std::vector<Finding> findings = scan.take();
  if (task.names_owners) {
    discovery::name_owners(findings, tree.repositories(),
                           [&](std::string_view text) { return scan.shown(text); });
  }
  return ScannedRoots{std::move(matcher), std::move(findings), scan.shown(coverage.certificate())};
}

std::string where_of(const Finding& finding) {
  std::string where = fmt::format("{}:{}", shown(describe(finding.place)), finding.line);
  if (!finding.key_path.empty()) where += ", " + shown(finding.key_path);
  for (const discovery::Layer layer : finding.layers) where += fmt::format(", {}", name_of(layer));
  return where;
}

}  // namespace

Result<ScannedRoots> scan_for_values(const RootTask& task, std::span<const base::Secret> values) {
  std::vector<base::Secret> sought;
  for (const base::Secret& value : values) sought.push_back(value.clone());
  auto given = std::make_unique<const discovery::GivenSecrets>(std::move(sought));
  discovery::Coverage coverage(task.progress);
  discovery::tell_not_looked_for(*given, "a secret", coverage);
  return scan_with(std::make_unique<const discovery::Matcher>(std::move(given)), task, coverage);
}

Result<ScannedRoots> scan_by_detectors(const RootTask& task) {
  discovery::Coverage coverage(task.progress);
  return scan_with(std::make_unique<const discovery::Matcher>(), task, coverage);
}

rotation::FoundPlace found_place(const Finding& finding) {
  rotation::FoundPlace place;
  place.path = platform::without_links(finding.place.path);
  place.is_file = finding.place.inside.empty() && !finding.place.revision;
  place.begin = finding.begin;
  place.end = finding.end;
  place.part = finding.part;
  place.is_exposed = is_exposed_only(finding.place);
  place.where = where_of(finding);
  return place;
}

Result<rotation::SearchReport> RootSearch::search(const std::vector<std::string>& roots,
                                                  std::span<const base::Secret> values) {
  const std::lock_guard turn(turn_);
  const auto key = crypto::RootKey::generate();
  std::optional<ScanProgress> progress;
  if (context_ != nullptr) progress.emplace(*context_);
  REKEY_TRY(const ScannedRoots scanned,
            scan_for_values({roots, key, false, progress ? &*progress : nullptr}, values));
  crypto::Fingerprinter fingerprint(key);
  std::map<base::Fingerprint, std::size_t> numbers;
  for (std::size_t i = 0; i < values.size(); ++i) {
    numbers.emplace(fingerprint(values[i].reveal()), i);
  }
  rotation::SearchReport report;
  report.files_read = scanned.certificate.files_read;
  for (const Finding& finding : scanned.findings) {
    const auto number = numbers.find(finding.fingerprint);
    if (number == numbers.end()) continue;
    report.places.push_back(found_place(finding));
    report.places.back().value = number->second;
  }
  for (const auto& [reason, count] : scanned.certificate.unread) report.not_read_count += count;
  for (const discovery::Problem& problem : scanned.certificate.problems) {
    if (report.not_read.size() == rotation::SearchReport::kMostTold) break;
    report.not_read.push_back(fmt::format("{}: {}", shown(problem.where), shown(problem.detail)));
  }
  return report;
}

}  // namespace rekey::cli
