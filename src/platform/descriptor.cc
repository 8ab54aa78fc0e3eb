#include "platform/descriptor.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace rekey::platform {
namespace {

base::Code code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return base::Code::kNotFound;
    case EEXIST:
      return base::Code::kAlreadyExists;
    default:
      return base::Code::kIo;
  }
}

std::string_view advice_for(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return "; free space on the disk that holds it";
    case EACCES:
    case EPERM:
      return "; run as its owner, or give this user permission for the file and its folder";
    case EROFS:
      return "; mount the file system that holds it for writing";
    case EBUSY:
      return "; if the file is a mount of its own (as in a container), mount its folder instead";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files";
    default:
      return "";
  }
}

}  // namespace

base::Error system_error(std::string_view verb, std::string_view subject, int number) {
  return {code_of(number),
          fmt::format("cannot {} {}: {}{}", verb, subject, std::generic_category().message(number),
                      advice_for(number))};
}

}  // namespace rekey::platform
