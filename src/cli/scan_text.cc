#include "cli/scan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "cli/output.h"
#include "discovery/report/layers_text.h"

namespace rekey::cli {
namespace {

using discovery::Finding;

constexpr std::size_t kProblemsShown = 20;

std::string shown(std::string_view text) {
  return base::escape_hidden(text, base::EscapeForm::kBraces);
}

std::string value_cell(const Finding& finding) {
  if (!finding.shown.empty() && !discovery::is_sensitive(finding.detector->role)) {
    return finding.shown;
  }
  const std::string fingerprint = base::display(finding.fingerprint);
  return finding.shown.empty() ? fingerprint : fmt::format("{}… {}", finding.shown, fingerprint);
}

std::string state_cell(const Finding& finding) {
  if (finding.allowed) return fmt::format("allowed: {}", *finding.allowed);
  if (finding.is_known) return "known";
  return std::string(name_of(finding.confidence));
}

std::string verdict_cell(const Finding& finding) {
  return finding.verification ? std::string(words_of(finding.verification->verdict)) : "-";
}

// Versions of one file in a repository's history that hold the same secret, one row for all.
std::string row_of(const Finding& finding) {
  return fmt::format("{}\n{}\n{}\n{}", describe(finding.place), finding.detector->id,
                     base::to_text(finding.fingerprint), finding.key_path);
}

std::string where_cell(const Finding& finding, std::size_t versions) {
  std::string where = fmt::format("{}:{}", shown(describe(finding.place)), finding.line);
  if (!finding.place.revision || finding.place.revision->commit.empty()) return where;
  constexpr std::size_t kShort = 10;
  where += fmt::format(" ({} by {}", finding.place.revision->commit.substr(0, kShort),
                       shown(finding.place.revision->author));
  return where + (versions > 1 ? fmt::format("; {} versions)", versions) : ")");
}

// Columns that say something of one finding at least.
struct Columns {
  explicit Columns(const std::vector<Finding>& findings) {
    for (const Finding& one : findings) {
      has_layers = has_layers || !one.layers.empty();
      has_owner = has_owner || !one.owner.empty();
      is_verified = is_verified || one.verification.has_value();
    }
  }
  [[nodiscard]] std::vector<std::string> headings() const {
    std::vector<std::string> names{"WHERE", "WHAT", "VALUE", "KEY"};
    if (has_layers) names.emplace_back("ENCODED");
    names.insert(names.end(), {"SINK", "SURE"});
    if (has_owner) names.emplace_back("OWNER");
    if (is_verified) names.emplace_back("TRIED");
    return names;
  }
  bool has_layers = false;
  bool has_owner = false;
  bool is_verified = false;
};

std::vector<Cell> cells_of(const Finding& finding, std::size_t versions, const Columns& columns) {
  const Tone tone = discovery::counts(finding) ? Tone::kBad : Tone::kFaint;
  std::vector<Cell> row{{where_cell(finding, versions)},
                        {finding.detector->title},
                        {shown(value_cell(finding)), tone},
                        {finding.key_path.empty() ? "-" : shown(finding.key_path)}};
  if (columns.has_layers)
    row.push_back({finding.layers.empty() ? "-" : discovery::layers_text(finding.layers)});
  row.push_back({finding.not_rewritable.empty() ? "yes" : "no"});
  row.push_back({shown(state_cell(finding))});
  if (columns.has_owner) row.push_back({finding.owner.empty() ? "-" : shown(finding.owner)});
  if (columns.is_verified) row.push_back({verdict_cell(finding)});
  return row;
}

void print_findings(const Context& context, const std::vector<Finding>& findings) {
  const Columns columns(findings);
  Table table(columns.headings());
  bool is_any = false;
  std::map<std::string, std::set<std::string>> versions;  // the objects
  for (const Finding& finding : findings) {
    if (finding.place.revision) versions[row_of(finding)].insert(finding.place.revision->object);
  }
  std::map<std::string, std::string> told;  // of each row the object whose lines are told
  for (const Finding& finding : findings) {
    const auto& revision = finding.place.revision;
    if (revision &&
        told.emplace(row_of(finding), revision->object).first->second != revision->object) {
      continue;
    }
    is_any = true;
    table.add(cells_of(finding, revision ? versions.at(row_of(finding)).size() : 1, columns));
  }
  if (is_any) table.print(context);
}

std::string_view words_of(discovery::LeftOut reason) {
  switch (reason) {
    case discovery::LeftOut::kIgnored:
      return "by ignore rules (--no-ignore reads them)";
    case discovery::LeftOut::kSpecial:
      return "sockets, pipes and devices";
    case discovery::LeftOut::kLink:
      return "symbolic links";
    case discovery::LeftOut::kGitStore:
      return "git stores (without --no-history they are read)";
    case discovery::LeftOut::kUntagged:
      return "ended secrets, issued before tags were kept, which cannot be looked for";
    case discovery::LeftOut::kHole:
      return "files with holes, whose written parts were read";
  }
  return "";
}

// How often each answer was given, and why others were not asked for.
std::vector<std::string> verdict_lines(const std::vector<Finding>& findings) {
  std::map<std::pair<discovery::Verdict, std::string>, std::size_t> counts;
  for (const Finding& finding : findings) {
    if (!finding.verification) continue;
    const discovery::Verification& one = *finding.verification;
    ++counts[{one.verdict,
              one.at.empty()
                  ? one.detail
                  : fmt::format("{}{}{}", one.at, one.detail.empty() ? "" : ": ", one.detail)}];
  }
  std::vector<std::string> lines;
  for (const auto& [what, count] : counts) {
    lines.push_back(fmt::format("{}: {} ({})", words_of(what.first), count, shown(what.second)));
  }
  return lines;
}

// The examples behind their heading, or below it where they are long.
void add_examples(std::vector<std::string>& lines, const std::string& heading,
                  const std::vector<std::string>& examples, std::uint64_t count) {
  constexpr std::size_t kLongestLine = 120;
  std::vector<std::string> names;
  for (const std::string& example : examples) names.push_back(shown(example));
  if (count > examples.size()) names.emplace_back("…");
  std::string line = fmt::format("{}: {}", heading, fmt::join(names, " "));
  if (line.size() <= kLongestLine) return lines.push_back(std::move(line));
  lines.push_back(heading + ":");
  for (const std::string& name : names) lines.push_back("  " + name);
}

}  // namespace

std::vector<std::string> coverage_lines(const discovery::Certificate& certificate) {
  std::vector<std::string> lines{fmt::format("read: {} of {} files, {} bytes",
                                             certificate.files_read, certificate.files_expected,
                                             certificate.bytes_read)};
  for (const auto& [reason, count] : certificate.left_out) {
    add_examples(lines, fmt::format("left out: {} {}", count, words_of(reason)),
                 certificate.left_out_examples.at(reason), count);
  }
  std::uint64_t told = 0;
  for (const discovery::Problem& problem : certificate.problems) {
    if (++told > kProblemsShown) break;
    lines.push_back(fmt::format("not read: {}: {}", shown(problem.where), shown(problem.detail)));
  }
  std::uint64_t all = 0;
  for (const auto& [reason, count] : certificate.unread) all += count;
  if (all > told) lines.push_back(fmt::format("not read: {} more", all - told));
  return lines;
}

void print_scan(const Context& context, const std::vector<Finding>& findings,
                const discovery::Certificate& certificate, const ScanRows& rows) {
  std::vector<Finding> listed = findings;
  std::erase_if(listed, [&](const Finding& one) {
    const bool is_plain = !discovery::is_sensitive(one.detector->role);
    return !rows.is_all && (is_plain || (one.is_known && !rows.with_known));
  });
  print_findings(context, listed);
  const auto found =
      static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), discovery::counts));
  print_line(context, found == 0 ? "nothing found" : fmt::format("found: {}", found));
  const auto known = std::count_if(findings.begin(), findings.end(),
                                   [](const Finding& one) { return one.is_known; });
  if (known > 0) {
    print_line(context, fmt::format("in the baseline: {}{}", known,
                                    rows.is_all || rows.with_known ? "" : " (--all lists them)"));
  }
  for (const std::string& line : verdict_lines(findings)) print_line(context, line);
  for (const std::string& line : coverage_lines(certificate)) print_line(context, line);
  if (certificate.is_complete()) return;
  print_line(context, in_tone(context, kNotComplete, Tone::kWarning));
}

}  // namespace rekey::cli
