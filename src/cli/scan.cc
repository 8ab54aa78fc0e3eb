// rekey scan: where secrets stand.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/printable.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/scan_known.h"
#include "cli/secret_input.h"
#include "discovery/baseline.h"
#include "discovery/detector_file.h"
#include "discovery/ignore.h"
#include "discovery/known/given_secrets.h"
#include "discovery/owners.h"
#include "discovery/report/html_report.h"
#include "discovery/report/json_report.h"
#include "discovery/report/proposal.h"
#include "discovery/report/sarif_report.h"
#include "discovery/scan.h"
#include "discovery/sources/git_store.h"
#include "discovery/sources/input.h"
#include "discovery/sources/processes.h"
#include "discovery/sources/tree.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using discovery::Finding;

constexpr std::int64_t kFileLimitBytes = std::int64_t{16} << 20;
constexpr std::int64_t kMostThreads = 256;
constexpr std::size_t kProblemsShown = 20;
constexpr mode_t kBaselineMode = 0644;
constexpr mode_t kKeyMode = 0600;

std::string shown(std::string_view text) {
  return base::escape_hidden(text, base::EscapeForm::kBraces);
}

// What git leaves out everywhere (git-config(1), core.excludesFile).
std::string global_excludes(Context& context) {
  const auto home = context.environment("HOME");
  const auto xdg = context.environment("XDG_CONFIG_HOME");
  const std::string folder = xdg ? *xdg : home ? *home + "/.config" : std::string();
  std::string path = folder + "/git/ignore";
  for (const std::string& config :
       {folder + "/git/config", home ? *home + "/.gitconfig" : std::string()}) {
    const auto text = context.files.read(config, kFileLimitBytes);
    if (!text) continue;
    const std::string file = discovery::excludes_file_in(text->reveal());
    if (!file.empty()) path = file;
  }
  if (path.starts_with("~/") && home) path.replace(0, 1, *home);
  const auto text = context.files.read(path, kFileLimitBytes);
  return text ? std::string(text->reveal()) : std::string();
}

Result<std::string> read_text(Context& context, const std::string& path) {
  const auto text = context.files.read(path, kFileLimitBytes);
  if (!text) return tl::unexpected(as_file_away(text.error()));
  return std::string(text->reveal());
}

std::string key_path_of(const std::string& baseline) {
  return baseline + ".key";
}

// A baseline that is written from another one keeps its key, which has to lie beside it as well.
Status keep_key(Context& context, const std::string& path, const crypto::RootKey& key) {
  const auto there = context.files.read(path, kFileLimitBytes);
  if (!there && there.error().code == Code::kNotFound) {
    return context.files.create(path, key.format().reveal(), kKeyMode);
  }
  if (!there) return tl::unexpected(as_file_away(there.error()));
  const auto other = crypto::RootKey::parse(there->reveal());
  if (other && other->id() == key.id()) return {};
  return fail(Code::kConflict,
              fmt::format("{} is there already and holds another key; choose another name for "
                          "--write-baseline, or move that file away",
                          path));
}

// The key of fingerprints: the baseline's, or one that nobody keeps.
Result<crypto::RootKey> fingerprint_key(Context& context, const Arguments& arguments) {
  const auto read_from = arguments.get("--baseline");
  const auto written_to = arguments.get("--write-baseline");
  if (!read_from && !written_to) return crypto::RootKey::generate();
  const std::string path = key_path_of(read_from ? *read_from : *written_to);
  const auto text = context.files.read(path, kFileLimitBytes);
  if (text) {
    auto key = crypto::RootKey::parse(text->reveal());
    if (key && read_from && written_to) {
      REKEY_CHECK(keep_key(context, key_path_of(*written_to), *key));
    }
    return key;
  }
  const bool is_new = text.error().code == Code::kNotFound && !read_from;
  if (!is_new) {
    auto error = as_file_away(text.error());
    error.detail += "; it is made together with the baseline, by --write-baseline";
    return tl::unexpected(std::move(error));
  }
  auto key = crypto::RootKey::generate();
  REKEY_CHECK(context.files.create(path, key.format().reveal(), kKeyMode));
  return key;
}

Result<std::vector<discovery::Detector>> own_detectors(Context& context,
                                                       const Arguments& arguments) {
  const auto path = arguments.get("--detectors");
  if (!path) return std::vector<discovery::Detector>{};
  REKEY_TRY(const std::string text, read_text(context, *path));
  return discovery::read_detectors(*path, text);
}

// A store that cannot be opened is told and the scan goes on.
void run_stores(const std::vector<std::string>& repositories, const discovery::Matcher& matcher,
                unsigned threads, discovery::Scan& scan, discovery::Coverage& coverage) {
  for (const std::string& repository : discovery::stores_of(repositories, coverage)) {
    const auto status =
        discovery::GitStoreSource(repository, matcher, discovery::GitStoreSource::What::kEverything)
            .run(threads, scan, coverage);
    if (!status) {
      coverage.problem(discovery::Unread::kBroken, repository, status.error().detail);
    }
  }
}

// While a commit is made git names its index to hooks (githooks(5)): with --all, --only or paths it
// is not the repository's own.
Status run_staged(Context& context, const Arguments& arguments, const discovery::Matcher& matcher,
                  discovery::Scan& scan, discovery::Coverage& coverage) {
  const std::string index = context.environment("GIT_INDEX_FILE").value_or(std::string());
  const auto paths = arguments.arguments("PATH");
  if (!index.empty() && paths.size() > 1) {
    return fail(Code::kInvalidArgument,
                fmt::format("the environment's GIT_INDEX_FILE is {}, the index of one repository; "
                            "name one, or unset GIT_INDEX_FILE",
                            index));
  }
  for (const std::string& path : paths) {
    const auto status =
        discovery::GitStoreSource(path, matcher, discovery::GitStoreSource::What::kStaged, index)
            .run(1, scan, coverage);
    if (!status) return tl::unexpected(as_file_away(status.error()));
  }
  return {};
}

// Ok holds the repositories that were met.
Result<std::vector<std::string>> run_sources(Context& context, const Arguments& arguments,
                                             const discovery::Matcher& matcher,
                                             discovery::Scan& scan, discovery::Coverage& coverage) {
  if (arguments.has("--staged")) {
    REKEY_CHECK(run_staged(context, arguments, matcher, scan, coverage));
    return arguments.arguments("PATH");
  }
  const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  REKEY_TRY(const std::int64_t threads,
            arguments.number_or("--threads", std::min(cores, kMostThreads), 1, kMostThreads));
  discovery::TreeOptions options;
  options.keeps_ignore_rules = !arguments.has("--no-ignore");
  options.leaves_out_stores = arguments.has("--no-history");
  if (options.keeps_ignore_rules) options.global_excludes = global_excludes(context);
  bool has_input = false;
  for (const std::string& path : arguments.arguments("PATH")) {
    if (path == discovery::kInputPath) {
      has_input = true;
    } else {
      options.roots.push_back(path);
    }
  }
  const auto count = static_cast<unsigned>(threads);
  if (arguments.has("--processes")) {
    REKEY_CHECK(discovery::ProcessSource().run(count, scan, coverage));
    for (auto& place :
         discovery::places_of_services(context.environment("HOME").value_or(std::string()))) {
      options.roots.push_back(std::move(place));
    }
  }
  if (has_input) {
    REKEY_CHECK(discovery::InputSource(STDIN_FILENO).run(count, scan, coverage));
  }
  if (options.roots.empty()) return std::vector<std::string>{};
  const bool reads_stores = !options.leaves_out_stores;
  discovery::TreeSource tree(std::move(options));
  REKEY_CHECK(tree.run(count, scan, coverage));
  if (reads_stores) run_stores(tree.repositories(), matcher, count, scan, coverage);
  return tree.repositories();
}

Status apply_baseline(Context& context, const Arguments& arguments, const crypto::RootKey& key,
                      std::vector<Finding>& findings) {
  if (const auto path = arguments.get("--baseline")) {
    REKEY_TRY(const std::string text, read_text(context, *path));
    auto baseline = discovery::Baseline::parse(text, key.id());
    if (!baseline) return tl::unexpected(base::with_context(*path, baseline.error()));
    baseline->mark(findings);
  }
  if (const auto path = arguments.get("--write-baseline")) {
    const auto baseline = discovery::Baseline::of(findings);
    REKEY_CHECK(context.files.replace(*path, baseline.format(), kBaselineMode));
    print_line(
        context,
        fmt::format("{} knows {} finding{} now; keep {} beside it, and out of the repository",
                    *path, baseline.size(), baseline.size() == 1 ? "" : "s", key_path_of(*path)));
    baseline.mark(findings);
  }
  return {};
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

std::string layers_cell(const Finding& finding) {
  std::vector<std::string_view> names;
  for (const discovery::Layer layer : finding.layers) names.push_back(name_of(layer));
  return names.empty() ? "-" : fmt::format("{}", fmt::join(names, " in "));
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

void print_findings(const Context& context, const std::vector<Finding>& findings, bool is_all) {
  Table table({"WHERE", "WHAT", "VALUE", "KEY", "ENCODED", "SURE"});
  bool is_any = false;
  std::map<std::string, std::size_t> versions;
  for (const Finding& finding : findings) {
    if (finding.place.revision) ++versions[row_of(finding)];
  }
  std::set<std::string> told;
  for (const Finding& finding : findings) {
    if (!is_all && !discovery::is_sensitive(finding.detector->role)) continue;
    if (finding.place.revision && !told.insert(row_of(finding)).second) continue;
    is_any = true;
    const Tone tone = discovery::counts(finding) ? Tone::kBad : Tone::kFaint;
    table.add({{where_cell(finding, finding.place.revision ? versions.at(row_of(finding)) : 1)},
               {finding.detector->title},
               {shown(value_cell(finding)), tone},
               {finding.key_path.empty() ? "-" : shown(finding.key_path)},
               {layers_cell(finding)},
               {shown(state_cell(finding))}});
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

// The certificate: what was read and what was not.
std::vector<std::string> coverage_lines(const discovery::Certificate& certificate) {
  std::vector<std::string> lines{fmt::format("read: {} of {} files, {} bytes",
                                             certificate.files_read, certificate.files_expected,
                                             certificate.bytes_read)};
  for (const auto& [reason, count] : certificate.left_out) {
    std::string line = fmt::format("left out: {} {}:", count, words_of(reason));
    const auto& examples = certificate.left_out_examples.at(reason);
    for (const std::string& example : examples) line += " " + shown(example);
    if (count > examples.size()) line += " …";
    lines.push_back(std::move(line));
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

void print_text(const Context& context, const std::vector<Finding>& findings,
                const discovery::Certificate& certificate, bool is_all) {
  print_findings(context, findings, is_all);
  const auto found =
      static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), discovery::counts));
  print_line(context, found == 0 ? "nothing found" : fmt::format("found: {}", found));
  for (const std::string& line : coverage_lines(certificate)) print_line(context, line);
  if (certificate.is_complete()) return;
  print_line(context, in_tone(context, "not everything was read: this is no proof of absence",
                              Tone::kWarning));
}

int exit_code_of_scan(const std::vector<Finding>& findings,
                      const discovery::Certificate& certificate) {
  if (!certificate.is_complete()) return kExitFailed;
  return std::any_of(findings.begin(), findings.end(), discovery::counts) ? kExitNeedsPerson
                                                                          : kExitOk;
}

int print_inventory(Context& context, const std::vector<Finding>& findings,
                    const discovery::Certificate& certificate) {
  const auto proposal =
      discovery::propose_inventory(findings, std::filesystem::current_path().string());
  std::fwrite(proposal.yaml.data(), 1, proposal.yaml.size(), context.out);
  std::string told = fmt::format("{} consumers proposed, {} places that no entry covers\n",
                                 proposal.consumers, proposal.not_covered);
  for (const std::string& line : coverage_lines(certificate)) told += printable(line) + "\n";
  std::fwrite(told.data(), 1, told.size(), context.err);
  if (!certificate.is_complete()) return kExitFailed;
  return proposal.not_covered == 0 ? kExitOk : kExitNeedsPerson;
}

Status check_given(const Arguments& arguments) {
  const auto path = arguments.get("--secret-file");
  if (!path) return {};
  for (const char* other : {"--detectors", "--inventory"}) {
    if (!arguments.has(other)) continue;
    return fail(Code::kInvalidArgument,
                fmt::format("--secret-file looks for one secret and for nothing else; leave out {}",
                            other));
  }
  const auto paths = arguments.arguments("PATH");
  const bool is_read_twice =
      *path == discovery::kInputPath && std::find(paths.begin(), paths.end(), *path) != paths.end();
  if (!is_read_twice) return {};
  return fail(Code::kInvalidArgument,
              "standard input cannot be both the secret and what is searched; name one as a file");
}

Status check_staged(const Arguments& arguments) {
  if (!arguments.has("--staged")) return {};
  const auto paths = arguments.arguments("PATH");
  const bool has_input =
      std::find(paths.begin(), paths.end(), discovery::kInputPath) != paths.end();
  if (paths.empty() || has_input) {
    return fail(Code::kInvalidArgument,
                "--staged reads what the next commit of a repository would bring; name its folder "
                "and nothing else");
  }
  for (const char* other : {"--processes", "--no-ignore", "--no-history"}) {
    if (!arguments.has(other)) continue;
    return fail(Code::kInvalidArgument,
                fmt::format("--staged reads nothing but the files that are staged; leave out {}, "
                            "or scan twice",
                            other));
  }
  return {};
}

Status check_forms(const Arguments& arguments) {
  REKEY_CHECK(check_staged(arguments));
  if (arguments.arguments("PATH").empty() && !arguments.has("--processes")) {
    return fail(Code::kInvalidArgument,
                "name a file or folder, - for standard input, or "
                "--processes");
  }
  int forms = 0;
  for (const char* form : {"--json", "--sarif", "--html", "--inventory"})
    forms += arguments.has(form) ? 1 : 0;
  if (forms > 1) {
    return fail(Code::kInvalidArgument, "choose one of --json, --sarif, --html and --inventory");
  }
  if (forms == 1 && arguments.has("--write-baseline")) {
    return fail(Code::kInvalidArgument,
                "--write-baseline tells what it wrote in words; leave out --json, --sarif, "
                "--html and --inventory");
  }
  return check_given(arguments);
}

// What cannot be looked for is no more proven to be absent than what cannot be read.
void tell_not_looked_for(const discovery::GivenSecrets& given, const std::string& path,
                         discovery::Coverage& coverage) {
  for (const crypto::SecretForm form : given.not_looked_for(0)) {
    coverage.problem(
        discovery::Unread::kLimit, fmt::format("the secret in {}, {}", path, name_of(form)),
        fmt::format("it cannot be looked for in this form: nowhere in it do {} letters and digits "
                    "follow each other",
                    crypto::kWindowSize));
  }
}

Result<discovery::Matcher> make_matcher(Context& context, const Arguments& arguments,
                                        discovery::Coverage& coverage) {
  if (arguments.has("--known")) return known_matcher(context, arguments, coverage);
  const auto path = arguments.get("--secret-file");
  if (!path) {
    REKEY_TRY(auto own, own_detectors(context, arguments));
    return discovery::Matcher(std::move(own));
  }
  std::vector<base::Secret> values;
  REKEY_TRY(base::Secret value, read_secret_input(context, *path));
  values.push_back(std::move(value));
  auto given = std::make_unique<const discovery::GivenSecrets>(std::move(values));
  tell_not_looked_for(*given, *path, coverage);
  return discovery::Matcher(std::move(given));
}

}  // namespace

Result<int> run_scan(Context& context, const Arguments& arguments) {
  REKEY_CHECK(check_forms(arguments));
  discovery::Coverage coverage;
  REKEY_TRY(const auto matcher, make_matcher(context, arguments, coverage));
  REKEY_TRY(const crypto::RootKey key, fingerprint_key(context, arguments));
  discovery::Scan scan(matcher, key, coverage);
  REKEY_TRY(const auto repositories, run_sources(context, arguments, matcher, scan, coverage));
  std::vector<Finding> findings = scan.take();
  discovery::name_owners(findings, repositories);
  REKEY_CHECK(apply_baseline(context, arguments, key, findings));
  const discovery::Certificate certificate = scan.shown(coverage.certificate());
  if (arguments.has("--inventory")) return print_inventory(context, findings, certificate);
  if (arguments.has("--sarif")) {
    print_json(context, sarif_of(findings, matcher.detectors(), certificate));
  } else if (arguments.has("--html")) {
    const std::string page = html_of(findings, certificate);
    std::fwrite(page.data(), 1, page.size(), context.out);
  } else if (arguments.wants_json()) {
    for (const Finding& finding : findings) print_json(context, json_of(finding));
    print_json(context, json_of(certificate));
  } else {
    print_text(context, findings, certificate, arguments.has("--all"));
  }
  return exit_code_of_scan(findings, certificate);
}

}  // namespace rekey::cli
