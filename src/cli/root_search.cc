#include "cli/root_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/scan_sources.h"
#include "crypto/fingerprint_key.h"
#include "discovery/known/given_secrets.h"
#include "discovery/matcher.h"
#include "discovery/owners.h"
#include "discovery/scan.h"
#include "discovery/sources/tree.h"

namespace rekey::cli {
namespace {

using base::Result;
using discovery::Finding;

Result<ScannedRoots> scan_with(const std::vector<std::string>& roots,
                               const discovery::Matcher& matcher, const crypto::RootKey& key,
                               discovery::Coverage& coverage) {
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  discovery::Scan scan(matcher, key, coverage);
  discovery::TreeOptions options;
  options.roots = roots;
  options.keeps_ignore_rules = false;
  options.leaves_out_stores = false;
  discovery::TreeSource tree(std::move(options));
  REKEY_CHECK(tree.run(threads, scan, coverage));
  run_stores(tree.repositories(), matcher, threads, scan, coverage);
  ScannedRoots scanned{scan.take(), scan.shown(coverage.certificate())};
  discovery::name_owners(scanned.findings, tree.repositories(),
                         [&](std::string_view text) { return scan.shown(text); });
  return scanned;
}

// The folders above resolved, since a name of a file is what tells one place from another.
std::string without_links(const std::string& path) {
  std::error_code failure;
  const auto canonical = std::filesystem::weakly_canonical(path, failure);
  return failure ? path : canonical.string();
}

std::string where_of(const Finding& finding) {
  std::string where = fmt::format("{}:{}", describe(finding.place), finding.line);
  if (!finding.key_path.empty()) where += ", " + finding.key_path;
  for (const discovery::Layer layer : finding.layers) where += fmt::format(", {}", name_of(layer));
  return where;
}

void tell_not_looked_for(const discovery::GivenSecrets& given, discovery::Coverage& coverage) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    for (const crypto::SecretForm form : given.not_looked_for(i)) {
      discovery::tell_not_looked_for("a secret", form, coverage);
    }
  }
}

}  // namespace

Result<ScannedRoots> scan_for_values(const std::vector<std::string>& roots,
                                     std::span<const base::Secret> values,
                                     const crypto::RootKey& key) {
  std::vector<base::Secret> sought;
  for (const base::Secret& value : values) sought.push_back(value.clone());
  auto given = std::make_unique<const discovery::GivenSecrets>(std::move(sought));
  discovery::Coverage coverage;
  tell_not_looked_for(*given, coverage);
  const discovery::Matcher matcher(std::move(given));
  return scan_with(roots, matcher, key, coverage);
}

Result<ScannedRoots> scan_by_detectors(const std::vector<std::string>& roots,
                                       const crypto::RootKey& key) {
  discovery::Coverage coverage;
  const discovery::Matcher matcher;
  return scan_with(roots, matcher, key, coverage);
}

rotation::FoundPlace found_place(const Finding& finding, std::size_t value) {
  const bool is_file = finding.place.inside.empty() && !finding.place.revision;
  return {without_links(finding.place.path),
          is_file,
          finding.begin,
          finding.end,
          finding.part,
          value,
          is_exposed_only(finding.place),
          where_of(finding)};
}

Result<rotation::SearchReport> RootSearch::search(const std::vector<std::string>& roots,
                                                  std::span<const base::Secret> values) {
  const std::lock_guard turn(turn_);
  const auto key = crypto::RootKey::generate();
  REKEY_TRY(const ScannedRoots scanned, scan_for_values(roots, values, key));
  crypto::Fingerprinter fingerprint(key);
  std::map<base::Fingerprint, std::size_t> numbers;
  for (std::size_t i = 0; i < values.size(); ++i) {
    numbers.emplace(fingerprint(values[i].reveal()), i);
  }
  rotation::SearchReport report;
  report.files_read = scanned.certificate.files_read;
  for (const Finding& finding : scanned.findings) {
    const auto number = numbers.find(finding.fingerprint);
    if (number != numbers.end()) report.places.push_back(found_place(finding, number->second));
  }
  for (const auto& [reason, count] : scanned.certificate.unread) report.not_read_count += count;
  for (const discovery::Problem& problem : scanned.certificate.problems) {
    if (report.not_read.size() == rotation::SearchReport::kMostTold) break;
    report.not_read.push_back(fmt::format("{}: {}", problem.where, problem.detail));
  }
  return report;
}

}  // namespace rekey::cli
