#include "cli/scan_sources.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/exit_code.h"
#include "cli/scan_check.h"
#include "discovery/git/repository.h"
#include "discovery/ignore.h"
#include "discovery/sources/git_store.h"
#include "discovery/sources/input.h"
#include "discovery/sources/processes.h"
#include "discovery/sources/tree.h"
#include "platform/descriptor.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::int64_t kMostThreads = 256;

// What git leaves out everywhere (git-config(1), core.excludesFile).
std::string global_excludes(Context& context) {
  const auto home = context.environment("HOME");
  const auto xdg = context.environment("XDG_CONFIG_HOME");
  const std::string folder = xdg ? *xdg : home ? *home + "/.config" : std::string();
  std::string path = folder + "/git/ignore";
  for (const std::string& config :
       {folder + "/git/config", home ? *home + "/.gitconfig" : std::string()}) {
    const auto text = context.files.read(config, kScanFileLimitBytes);
    if (!text) continue;
    const std::string file = discovery::excludes_file_in(text->reveal());
    if (!file.empty()) path = file;
  }
  if (path.starts_with("~/") && home) path.replace(0, 1, *home);
  const auto text = context.files.read(path, kScanFileLimitBytes);
  return text ? std::string(text->reveal()) : std::string();
}

// While a commit is made git names its index to hooks (githooks(5)): with --all, --only or paths it
// is not the repository's own. Ok holds the repositories, each once, whose folders were named or
// lie above those that were.
Result<std::vector<std::string>> run_staged(Context& context, const Arguments& arguments,
                                            const discovery::Matcher& matcher,
                                            discovery::Visitor& scan,
                                            discovery::Coverage& coverage) {
  const std::string index = context.environment("GIT_INDEX_FILE").value_or(std::string());
  std::vector<std::string> paths;
  for (const std::string& named : arguments.arguments("PATH")) {
    std::string path = discovery::git::repository_around(named);
    const bool is_there = std::find(paths.begin(), paths.end(), path) != paths.end();
    if (!is_there) paths.push_back(std::move(path));
  }
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
  return paths;
}

Status run_input(const std::string& path, discovery::Visitor& scan, discovery::Coverage& coverage) {
  if (path == discovery::kInputPath) {
    return discovery::InputSource(STDIN_FILENO).run(1, scan, coverage);
  }
  const platform::Descriptor pipe(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!pipe.is_open()) {
    return fail(Code::kUnavailable,
                fmt::format("{}: {}", path, std::generic_category().message(errno)));
  }
  return discovery::InputSource(pipe.get(), path).run(1, scan, coverage);
}

}  // namespace

bool is_stream(const std::string& path) {
  std::error_code failure;
  return path == discovery::kInputPath || std::filesystem::is_fifo(path, failure);
}

Result<std::vector<std::string>> run_sources(Context& context, const Arguments& arguments,
                                             const discovery::Matcher& matcher,
                                             discovery::Visitor& scan,
                                             discovery::Coverage& coverage) {
  if (arguments.has("--staged")) return run_staged(context, arguments, matcher, scan, coverage);
  const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  REKEY_TRY(const std::int64_t threads,
            arguments.number_or("--threads", std::min(cores, kMostThreads), 1, kMostThreads));
  discovery::TreeOptions options;
  options.keeps_ignore_rules = !arguments.has("--no-ignore");
  options.leaves_out_stores = arguments.has("--no-history");
  if (options.keeps_ignore_rules) options.global_excludes = global_excludes(context);
  const std::vector<std::string> paths = arguments.arguments("PATH");
  std::copy_if(paths.begin(), paths.end(), std::back_inserter(options.roots),
               [](const std::string& path) { return !is_stream(path); });
  const std::set<std::string> all(paths.begin(), paths.end());  // a stream can be read once
  const auto count = static_cast<unsigned>(threads);
  if (arguments.has("--processes")) {
    REKEY_CHECK(discovery::ProcessSource().run(count, scan, coverage));
    for (auto& place :
         discovery::places_of_services(context.environment("HOME").value_or(std::string()))) {
      options.roots.push_back(std::move(place));
    }
  }
  for (const std::string& path : all) {
    if (is_stream(path)) REKEY_CHECK(run_input(path, scan, coverage));
  }
  if (options.roots.empty()) return std::vector<std::string>{};
  const bool reads_stores = !options.leaves_out_stores;
  discovery::TreeSource tree(std::move(options));
  REKEY_CHECK(tree.run(count, scan, coverage));
  if (reads_stores) run_stores(tree.repositories(), matcher, count, scan, coverage);
  return tree.repositories();
}

void run_stores(const std::vector<std::string>& repositories, const discovery::Matcher& matcher,
                unsigned threads, discovery::Visitor& scan, discovery::Coverage& coverage) {
  const auto stores = discovery::stores_of(repositories, coverage);
  std::size_t number = 0;
  for (const std::string& repository : stores) {
    coverage.begin(fmt::format("git history {} of {}", ++number, stores.size()));
    const auto status =
        discovery::GitStoreSource(repository, matcher, discovery::GitStoreSource::What::kEverything)
            .run(threads, scan, coverage);
    if (!status) {
      coverage.problem(discovery::Unread::kBroken, repository, status.error().detail);
    }
  }
}

}  // namespace rekey::cli
