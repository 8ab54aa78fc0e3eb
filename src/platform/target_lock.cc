#include "platform/target_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "platform/sibling_file.h"

namespace rekey::platform {
namespace {

// A holder removes the name when it has done: whoever opened it before that begins anew.
constexpr int kMostTries = 64;

tl::unexpected<base::Error> busy(const std::string& target) {
  return base::fail(base::Code::kUnavailable,
                    target + " is being written by another process or run; try again");
}

bool still_has_name(const Descriptor& folder, const std::string& name, const Descriptor& file) {
  struct stat locked {};
  struct stat named {};
  return ::fstat(file.get(), &locked) == 0 &&
         ::fstatat(folder.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
}

}  // namespace

base::Result<TargetLock> TargetLock::try_acquire(const std::string& target) {
  REKEY_TRY(Descriptor folder, open_folder_of(target));
  std::string name = sibling_name(name_in_folder(target), kLockNumber);
  for (int attempt = 0; attempt < kMostTries; ++attempt) {
    Descriptor file(::openat(folder.get(), name.c_str(),
                             O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (!file.is_open()) {
      return tl::unexpected<base::Error>(system_error("create a file beside", target, errno));
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK || errno == EINTR) return busy(target);
      return tl::unexpected<base::Error>(system_error("lock a file beside", target, errno));
    }
    if (still_has_name(folder, name, file)) {
      return TargetLock(std::move(folder), std::move(name), std::move(file));
    }
  }
  return busy(target);
}

// Removed while it is held: a name that somebody locks is one that somebody removes.
TargetLock::~TargetLock() {
  if (file_.is_open()) ::unlinkat(folder_.get(), name_.c_str(), 0);
}

}  // namespace rekey::platform
