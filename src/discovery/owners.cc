#include "discovery/owners.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string_view>

#include "discovery/git/codeowners.h"

namespace rekey::discovery {
namespace {

std::optional<git::CodeOwners> owners_of(const std::string& repository) {
  const auto store = git::ObjectStore::open(repository);
  if (!store) return std::nullopt;
  auto owners = git::read_code_owners(**store);
  return owners ? *std::move(owners) : std::nullopt;
}

}  // namespace

void name_owners(std::vector<Finding>& findings, const std::vector<std::string>& repositories,
                 const std::function<std::string(std::string_view)>& shown) {
  std::map<std::string, std::string> masked;  // few owners, many findings
  for (const std::string& repository : repositories) {
    const std::string folder = repository.ends_with('/') ? repository : repository + "/";
    std::optional<git::CodeOwners> owners;
    bool is_read = false;
    for (Finding& finding : findings) {
      if (!finding.place.path.starts_with(folder)) continue;
      if (!is_read) owners = owners_of(repository);
      is_read = true;
      const auto path = std::string_view(finding.place.path).substr(folder.size());
      finding.owner.clear();
      if (!owners) continue;
      const auto named = fmt::format("{}", fmt::join(owners->owners(path), " "));
      const auto [entry, is_new] = masked.try_emplace(named);
      if (is_new) entry->second = shown(named);
      finding.owner = entry->second;
    }
  }
}

}  // namespace rekey::discovery
