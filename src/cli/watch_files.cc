#include "cli/watch_files.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/text.h"
#include "cli/exit_code.h"
#include "crypto/digest.h"
#include "rotation/engine/engine.h"

namespace rekey::cli {
namespace {

using rotation::Inventory;

// One integration in two files is watched once: by both owners' word, and as a mistake.
std::vector<std::string> find_twins(const std::vector<Inventory>& integrations) {
  std::vector<std::string> problems;
  std::map<std::string, const Inventory*> known;
  for (const Inventory& one : integrations) {
    const std::string key = one.client_id.empty() ? fmt::format("{}\n{}\n{}", one.issuer.kind,
                                                                one.issuer.location, one.name)
                                                  : fmt::format("{}\n{}", one.client_id, one.slot);
    const auto [place, is_new] = known.emplace(key, &one);
    if (is_new) continue;
    problems.push_back(
        fmt::format("{} in {} and {} in {} are one integration ({}); keep it in one file. The "
                    "owners of both are told",
                    place->second->name, place->second->path, one.name, one.path,
                    one.client_id.empty() ? "one name, and no client id" : one.client_id));
  }
  return problems;
}

}  // namespace

notice::Unread unread_of(const std::string& what, const std::string& detail,
                         const std::string& inventory_path) {
  const auto digest = crypto::sha256(what);
  return {"unread/" + base::hex_encode(digest).substr(0, 32), detail,
          fmt::format("rekey inventory check -f {}", inventory_path)};
}

WatchedFiles read_watched_files(Context& context, const std::vector<std::string>& paths) {
  rotation::SystemDrivers drivers(context.clock, context.files);
  rotation::EngineParts parts{context.clock, context.files, drivers};
  WatchedFiles found;
  std::size_t read = 0;
  for (const std::string& path : paths) {
    auto file = rotation::load_inventories(path, parts);
    if (!file) {
      const base::Error error = as_file_away(file.error());
      const bool names_it = error.detail.find(path) != std::string::npos;
      found.unread.push_back(unread_of(
          path, names_it ? error.detail : fmt::format("{}: {}", path, error.detail), path));
      if (!found.blind) found.blind = error;
      continue;
    }
    ++read;
    for (Inventory& one : file->integrations) found.integrations.push_back(std::move(one));
  }
  if (read > 0) found.blind.reset();
  found.problems = find_twins(found.integrations);
  return found;
}

}  // namespace rekey::cli
