#include "discovery/owners.h"

#include <fmt/format.h>

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

void name_owners(std::vector<Finding>& findings, const std::vector<std::string>& repositories) {
  for (const std::string& repository : repositories) {
    const std::string folder = repository.ends_with('/') ? repository : repository + "/";
    std::optional<git::CodeOwners> owners;
    bool is_read = false;
    for (Finding& finding : findings) {
      if (!finding.place.path.starts_with(folder)) continue;
      if (!is_read) owners = owners_of(repository);
      is_read = true;
      const auto path = std::string_view(finding.place.path).substr(folder.size());
      finding.owner = owners ? fmt::format("{}", fmt::join(owners->owners(path), " ")) : "";
    }
  }
}

}  // namespace rekey::discovery
