#include "authority/scope_grant.h"

#include <algorithm>

namespace rekey::authority {

std::optional<credential::ScopeSet> grant_scopes(const credential::ScopeRegistry& registry,
                                                 const credential::ScopeSet& held,
                                                 std::string_view wanted,
                                                 UnknownScopes unknown) noexcept {
  credential::ScopeSet granted;
  while (!wanted.empty()) {
    const std::string_view name = wanted.substr(0, wanted.find(' '));
    wanted.remove_prefix(std::min(wanted.size(), name.size() + 1));
    if (name.empty()) continue;
    const std::size_t number = registry.find(name);
    if (held.contains(number)) {
      granted.insert(number);
    } else if (unknown == UnknownScopes::kRefuse) {
      return std::nullopt;
    }
  }
  return granted;
}

}  // namespace rekey::authority
