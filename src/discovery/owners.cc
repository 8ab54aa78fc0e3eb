#include "discovery/owners.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string_view>

#include "discovery/authors.h"
#include "discovery/git/codeowners.h"

namespace rekey::discovery {
namespace {

void name_owners_of(const std::vector<Finding*>& findings, const std::string& repository) {
  const auto store = git::ObjectStore::open(repository);
  if (!store) return;
  const std::string folder = repository.ends_with('/') ? repository : repository + "/";
  name_authors(findings, folder, **store);
  const auto owners = git::read_code_owners(**store);
  for (Finding* finding : findings) {
    if (owners && *owners) {
      const auto path = std::string_view(finding->place.path).substr(folder.size());
      finding->owner = fmt::format("{}", fmt::join((*owners)->owners(path), " "));
    }
    if (finding->owner.empty() && finding->blame) finding->owner = finding->blame->author;
  }
}

}  // namespace

void name_owners(std::vector<Finding>& findings, const std::vector<std::string>& repositories,
                 const std::function<std::string(std::string_view)>& shown) {
  std::vector<std::vector<Finding*>> of_repositories(repositories.size());
  for (Finding& finding : findings) {
    for (std::size_t i = repositories.size(); i > 0; --i) {
      const std::string& repository = repositories[i - 1];
      const std::string folder = repository.ends_with('/') ? repository : repository + "/";
      if (!finding.place.path.starts_with(folder)) continue;
      of_repositories[i - 1].push_back(&finding);
      break;
    }
  }
  for (std::size_t i = 0; i < repositories.size(); ++i) {
    if (!of_repositories[i].empty()) name_owners_of(of_repositories[i], repositories[i]);
  }
  std::map<std::string, std::string> masked;  // few people, many findings
  const auto mask = [&](std::string& text) {
    const auto [entry, is_new] = masked.try_emplace(text);
    if (is_new) entry->second = shown(text);
    text = entry->second;
  };
  for (Finding& finding : findings) {
    mask(finding.owner);
    if (finding.blame) mask(finding.blame->author);
    // Only now: the lines' authors are found out by the name of the ref.
    if (finding.place.revision) mask(finding.place.revision->ref);
    if (finding.place.revision) mask(finding.place.revision->author);
  }
}

}  // namespace rekey::discovery
