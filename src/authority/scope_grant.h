// The scopes of a token: those asked for, out of those held (RFC 6749 section 3.3).
//
// Allocates nothing. Inside an EpochGuard where the registry is a worker's.
#pragma once

#include <bit>
#include <optional>
#include <string_view>

#include "authority/record.h"
#include "credential/scope.h"

namespace rekey::authority {

enum class UnknownScopes { kRefuse, kIgnore };

// nullopt where a wanted scope is unknown or not held and that is not to be ignored. Names are
// separated by spaces.
[[nodiscard]] std::optional<credential::ScopeSet> grant_scopes(
    const credential::ScopeRegistry& registry, const credential::ScopeSet& held,
    std::string_view wanted, UnknownScopes unknown) noexcept;

// Appends the names of `set`, which `held` includes, separated by one space.
template <typename Text>
void append_scopes(Text& out, const credential::ScopeSet& set, const GrantedScopes& held,
                   const credential::ScopeRegistry& registry) noexcept {
  if (set == held.set) return out.append(*held.text);
  bool is_first = true;
  for (std::size_t word = 0; word < set.words().size(); ++word) {
    for (std::uint64_t bits = set.words()[word]; bits != 0; bits &= bits - 1) {
      if (!is_first) out.append(std::string_view(" "));
      is_first = false;
      out.append(registry.names()[word * 64 + static_cast<std::size_t>(std::countr_zero(bits))]);
    }
  }
}

}  // namespace rekey::authority
