#include "cli/exit_code.h"

namespace rekey::cli {

base::Error as_file_away(base::Error error) {
  using base::Code;
  if (error.code == Code::kNotFound || error.code == Code::kIo) error.code = Code::kUnavailable;
  return error;
}

base::Error as_none_open(base::Error error) {
  if (error.code == base::Code::kNotFound) error.code = base::Code::kRefused;
  return error;
}

int exit_code_of(base::Code code) noexcept {
  using base::Code;
  switch (code) {
    case Code::kInvalidArgument:
      return kExitUsage;
    case Code::kTooEarly:
    case Code::kLimitReached:
    case Code::kRefused:
    case Code::kConflict:
    case Code::kAlreadyExists:
      return kExitRefused;
    case Code::kUnavailable:
    case Code::kTimeout:
    case Code::kIo:  // a full disk, a file that cannot be read or written
      return kExitUnavailable;
    case Code::kNeedsPerson:
      return kExitNeedsPerson;
    case Code::kNotFound:
    case Code::kUnauthenticated:
    case Code::kForbidden:
    case Code::kExpired:
    case Code::kUnsupported:
    case Code::kCorrupt:
    case Code::kInternal:
      return kExitFailed;
  }
  return kExitFailed;
}

}  // namespace rekey::cli
