// rekey scan: where secrets stand.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/scan_baseline.h"
#include "cli/scan_check.h"
#include "cli/scan_known.h"
#include "cli/scan_progress.h"
#include "cli/scan_sources.h"
#include "cli/scan_text.h"
#include "cli/scan_verify.h"
#include "cli/secret_input.h"
#include "discovery/detector_file.h"
#include "discovery/known/given_secrets.h"
#include "discovery/owners.h"
#include "discovery/report/html_report.h"
#include "discovery/report/json_report.h"
#include "discovery/report/proposal.h"
#include "discovery/report/sarif_report.h"
#include "discovery/scan.h"
#include "platform/process.h"

namespace rekey::cli {
namespace {

using base::Result;
using discovery::Finding;

Result<std::vector<discovery::Detector>> own_detectors(Context& context,
                                                       const Arguments& arguments) {
  const auto path = arguments.get("--detectors");
  if (!path) return std::vector<discovery::Detector>{};
  const auto text = context.files.read(*path, kScanFileLimitBytes);
  if (!text) return tl::unexpected(as_file_away(text.error()));
  return discovery::read_detectors(*path, text->reveal());
}

int exit_code_of_scan(const std::vector<Finding>& findings,
                      const discovery::Certificate& certificate) {
  if (!certificate.is_complete()) return kExitFailed;
  return std::any_of(findings.begin(), findings.end(), discovery::counts) ? kExitNeedsPerson
                                                                          : kExitOk;
}

int print_inventory(Context& context, const std::vector<Finding>& findings,
                    const discovery::Certificate& certificate, std::vector<std::string> roots) {
  std::erase_if(roots, is_stream);
  const auto proposal =
      discovery::propose_inventory(findings, std::filesystem::current_path().string(), roots);
  std::fwrite(proposal.yaml.data(), 1, proposal.yaml.size(), context.out);
  std::string told = fmt::format("{} consumer{} proposed, {} place{} that no entry covers\n",
                                 proposal.consumers, proposal.consumers == 1 ? "" : "s",
                                 proposal.not_covered, proposal.not_covered == 1 ? "" : "s");
  for (const std::string& line : coverage_lines(certificate)) told += printable(line) + "\n";
  std::fwrite(told.data(), 1, told.size(), context.err);
  if (!certificate.is_complete()) return kExitFailed;
  return proposal.not_covered == 0 ? kExitOk : kExitNeedsPerson;
}

// A hook shows this to somebody who may never have heard of the scan.
void tell_committer(const Context& context, const std::vector<Finding>& findings) {
  if (std::none_of(findings.begin(), findings.end(), discovery::counts)) return;
  print_line(context,
             "Take the secret out of the file. If it is meant to be there, say why in a comment in "
             "its line (rekey:allow REASON), or let a baseline know it (`rekey scan . "
             "--write-baseline FILE`, then --baseline FILE in the hook).");
}

Result<discovery::Matcher> make_matcher(Context& context, const Arguments& arguments,
                                        discovery::Coverage& coverage) {
  if (arguments.has("--known")) return known_matcher(context, arguments, coverage);
  if (arguments.has("--file")) {
    return fail(base::Code::kInvalidArgument,
                "-f names the inventory whose secrets --known looks for; add --known, or leave "
                "it out");
  }
  const auto path = arguments.get("--secret-file");
  if (!path) {
    REKEY_TRY(auto own, own_detectors(context, arguments));
    return discovery::Matcher(std::move(own));
  }
  std::vector<base::Secret> values;
  REKEY_TRY(base::Secret value, read_secret_input(context, *path));
  values.push_back(std::move(value));
  auto given = std::make_unique<const discovery::GivenSecrets>(std::move(values));
  discovery::tell_not_looked_for(*given, "the secret in " + *path, coverage);
  return discovery::Matcher(std::move(given));
}

}  // namespace

Result<int> run_scan(Context& context, const Arguments& arguments) {
  platform::return_large_memory();
  REKEY_CHECK(check_scan(arguments));
  ScanProgress progress(context);
  discovery::Coverage coverage(&progress);
  REKEY_TRY(const auto matcher, make_matcher(context, arguments, coverage));
  REKEY_TRY(const crypto::RootKey key, fingerprint_key(context, arguments));
  REKEY_TRY(const auto verification, ScanVerification::make(arguments, matcher.detectors()));
  discovery::Scan scan(matcher, key, coverage, verification ? &verification->pairs() : nullptr);
  REKEY_TRY(const auto repositories, run_sources(context, arguments, matcher, scan, coverage));
  std::vector<Finding> findings = scan.take();
  discovery::name_owners(findings, repositories,
                         [&](std::string_view text) { return scan.shown(text); });
  if (verification) verification->run(context, findings, progress);
  progress.end();
  REKEY_CHECK(apply_baseline(context, arguments, key, findings));
  const discovery::Certificate certificate = scan.shown(coverage.certificate());
  if (arguments.has("--inventory")) {
    return print_inventory(context, findings, certificate, arguments.arguments("PATH"));
  }
  if (arguments.has("--sarif")) {
    const bool is_key_kept = arguments.has("--baseline");
    print_json(context,
               sarif_of(findings, matcher.detectors(), certificate, is_key_kept ? &key : nullptr));
  } else if (arguments.has("--html")) {
    const std::string page = html_of(findings, certificate);
    std::fwrite(page.data(), 1, page.size(), context.out);
  } else if (arguments.wants_json()) {
    for (const Finding& finding : findings) print_json(context, json_of(finding));
    print_json(context, json_of(certificate));
  } else {
    // What is written to a baseline is shown once.
    print_scan(context, findings, certificate,
               {arguments.has("--all"), arguments.has("--write-baseline")});
    if (arguments.has("--staged")) tell_committer(context, findings);
  }
  return exit_code_of_scan(findings, certificate);
}

}  // namespace rekey::cli
