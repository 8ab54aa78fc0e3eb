#include "rotation/machine/usage.h"

#include <fmt/format.h>

namespace rekey::rotation {

std::vector<UsageSource> sources_of(const UsageReport& report) {
  if (!report.sources.empty()) return report.sources;
  UsageSource issuer{"the issuer's usage", report.complete_since, report.as_of};
  issuer.tells = report.is_told;
  return {std::move(issuer)};
}

UsageReport untold_usage(base::Instant now) {
  UsageReport report{{}, now, now};
  report.is_told = false;
  return report;
}

UsageReport merge_usage(UsageReport issuers, const std::vector<UsageReport>& others) {
  UsageReport merged = std::move(issuers);
  merged.sources = sources_of(merged);
  for (const UsageReport& other : others) {
    const std::size_t first = merged.sources.size();
    for (const UsageSource& source : sources_of(other)) merged.sources.push_back(source);
    for (UsageRow row : other.rows) {
      row.source += first;
      merged.rows.push_back(std::move(row));
    }
  }
  return merged;
}

bool is_telling(const UsageSource& source) noexcept {
  return source.covers_all && source.tells;
}

std::string describe(const UsageSource& source) {
  if (!source.covers_all) return fmt::format("{}, which tells of some requests", source.name);
  if (!is_telling(source)) return fmt::format("{}, which tells nothing", source.name);
  if (source.complete_since >= source.as_of) {
    return fmt::format("{}, which has told nothing yet{}", source.name,
                       source.begins_after.empty() ? "" : ", after " + source.begins_after);
  }
  return fmt::format("{}, complete since {}{}", source.name,
                     base::format_instant(source.complete_since),
                     source.begins_after.empty() ? "" : ", after " + source.begins_after);
}

}  // namespace rekey::rotation
