#include "base/result.h"

namespace rekey::base {

std::string_view name_of(Code code) noexcept {
  switch (code) {
    case Code::kInvalidArgument:
      return "invalid_argument";
    case Code::kNotFound:
      return "not_found";
    case Code::kAlreadyExists:
      return "already_exists";
    case Code::kConflict:
      return "conflict";
    case Code::kTooEarly:
      return "too_early";
    case Code::kLimitReached:
      return "limit_reached";
    case Code::kRefused:
      return "refused";
    case Code::kUnauthenticated:
      return "unauthenticated";
    case Code::kForbidden:
      return "forbidden";
    case Code::kExpired:
      return "expired";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kTimeout:
      return "timeout";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kNeedsPerson:
      return "needs_person";
    case Code::kIo:
      return "io";
    case Code::kInternal:
      return "internal";
  }
  return "internal";
}

bool is_retryable(Code code) noexcept {
  return code == Code::kUnavailable || code == Code::kTimeout || code == Code::kConflict;
}

Error with_context(std::string_view fact, Error error) {
  error.detail = std::string(fact) + ": " + error.detail;
  return error;
}

}  // namespace rekey::base
