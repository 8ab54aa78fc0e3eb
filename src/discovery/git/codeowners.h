// Who owns a path, by the CODEOWNERS file of GitHub and GitLab.
//
// https://docs.github.com/articles/about-code-owners
// https://docs.gitlab.com/ee/user/project/codeowners/reference.html
// The last pattern that matches wins; where a file has sections (GitLab), the last of each section,
// and their owners together. Pure but for read_code_owners.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "discovery/git/object_store.h"

namespace rekey::discovery::git {

class CodeOwners {
 public:
  // A line that is no rule is passed over, as both services do.
  [[nodiscard]] static CodeOwners parse(std::string_view text);

  // "@team", "person@example.com", … in the order of the file, each once; empty where nobody owns
  // the path. `path` is from the root of the repository, without a leading slash.
  [[nodiscard]] std::vector<std::string> owners(std::string_view path) const;

 private:
  struct Rule {
    std::vector<std::string> segments;  // of the pattern; "**" stands for any number of folders
    bool is_folder = false;             // it ended in '/': what is below, not a file of that name
    std::vector<std::string> owners;
    std::size_t section = 0;
  };
  [[nodiscard]] static bool matches(const Rule& rule, const std::vector<std::string_view>& path);

  std::vector<Rule> rules_;
  std::size_t sections_ = 1;
};

// Where the file may stand, the first that exists counts: GitHub looks into .github, the root and
// docs; GitLab into the root, docs and .gitlab.
inline constexpr std::string_view kCodeOwnersPlaces[] = {".github/CODEOWNERS", ".gitlab/CODEOWNERS",
                                                         "CODEOWNERS", "docs/CODEOWNERS"};

// Of the commit that HEAD names; nullopt where it has none.
[[nodiscard]] base::Result<std::optional<CodeOwners>> read_code_owners(ObjectStore& store);

}  // namespace rekey::discovery::git
