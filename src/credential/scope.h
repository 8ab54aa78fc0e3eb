// Scopes: open data, not an enumeration. A tenant's registry gives each name a number that never
// changes; a set of scopes is a bitmap over those numbers.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::credential {

inline constexpr std::size_t kMaxScopes = 256;

class ScopeSet {
 public:
  void insert(std::size_t number) noexcept { words_[number / 64] |= 1ull << (number % 64); }
  [[nodiscard]] bool contains(std::size_t number) const noexcept {
    return number < kMaxScopes && ((words_[number / 64] >> (number % 64)) & 1) != 0;
  }
  [[nodiscard]] bool includes(const ScopeSet& other) const noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if ((other.words_[i] & ~words_[i]) != 0) return false;
    }
    return true;
  }
  [[nodiscard]] bool is_empty() const noexcept { return words_ == std::array<std::uint64_t, 4>{}; }
  [[nodiscard]] const std::array<std::uint64_t, 4>& words() const noexcept { return words_; }
  [[nodiscard]] static ScopeSet from_words(const std::array<std::uint64_t, 4>& words) noexcept {
    ScopeSet set;
    set.words_ = words;
    return set;
  }
  friend auto operator<=>(const ScopeSet&, const ScopeSet&) = default;

 private:
  std::array<std::uint64_t, 4> words_{};
};

// 1 to 64 characters of RFC 6749 section 3.3's scope-token alphabet.
[[nodiscard]] bool is_scope_name(std::string_view name) noexcept;

// Append-only: a name keeps its number for ever. At most kMaxScopes names.
class ScopeRegistry {
 public:
  // The number of `name`; kMaxScopes where it is not registered. Allocates nothing.
  [[nodiscard]] std::size_t find(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  // Gives `name` the next number. kInvalidArgument where is_scope_name says no, kAlreadyExists,
  // kLimitReached when full.
  base::Result<std::size_t> append(std::string_view name);

  // Splits at single spaces (more than one, and leading or trailing ones, are tolerated as clients
  // send them) and looks each name up; kNotFound names the first unknown one.
  [[nodiscard]] base::Result<ScopeSet> parse(std::string_view text) const;
  // Names in registry order, separated by one space.
  [[nodiscard]] std::string format(const ScopeSet& set) const;

 private:
  // Open addressing, never more than half full: number + 1 in the place that the name hashes to, or
  // in the next vacant one after it.
  static constexpr std::size_t kPlaces = 2 * kMaxScopes;
  static constexpr std::uint16_t kVacant = 0;
  [[nodiscard]] std::size_t place_of(std::string_view name) const noexcept;

  std::vector<std::string> names_;
  std::array<std::uint16_t, kPlaces> numbers_{};
};

// The scopes of contract section 2.5 in its order, then those that sfmc-sdk and the REST table add,
// then Rekey's own administrative scope.
[[nodiscard]] const std::vector<std::string_view>& known_scopes();

// Whoever holds it administers the authority; only the admin package has it.
inline constexpr std::string_view kAdminScope = "rekey_admin";

}  // namespace rekey::credential
