#include "engagement/caller.h"

#include <algorithm>

namespace rekey::engagement {

namespace {

// The first name of a list, which is taken off it.
std::string_view take_name(std::string_view& names) noexcept {
  const std::size_t end = std::min(names.find(' '), names.size());
  const std::string_view name = names.substr(0, end);
  names.remove_prefix(std::min(end + 1, names.size()));
  return name;
}

bool has_name(std::string_view names, std::string_view wanted) noexcept {
  while (!names.empty()) {
    if (take_name(names) == wanted) return true;
  }
  return false;
}

}  // namespace

bool holds_all(const Caller& caller, std::string_view needed) noexcept {
  while (!needed.empty()) {
    const std::string_view name = take_name(needed);
    const bool is_held =
        name == kAdministratorOnly ? caller.is_administrator : has_name(caller.scopes, name);
    if (!is_held) return false;
  }
  return true;
}

}  // namespace rekey::engagement
