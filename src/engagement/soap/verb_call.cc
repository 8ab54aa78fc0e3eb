#include "engagement/soap/verb_call.h"

#include <fmt/format.h>

namespace rekey::engagement::soap {

using base::Code;

bool is_clients(const base::Error& error) noexcept {
  switch (error.code) {
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kConflict:
    case Code::kForbidden:
    case Code::kUnsupported:
    case Code::kRefused:
      return true;
    default:
      return false;
  }
}

std::string unknown_type(std::string_view name) {
  constexpr std::size_t kLongestName = 200;
  return fmt::format(
      "Unable to find a handler for object type: {}. Object types are case-sensitive, check "
      "spelling.",
      name.substr(0, kLongestName));
}

std::string missing_scope(std::string_view scope) {
  return fmt::format("API Permission Failed. The access token lacks the scope {}.", scope);
}

}  // namespace rekey::engagement::soap
