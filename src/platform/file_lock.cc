#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "platform/descriptor.h"
#include "platform/files.h"

namespace rekey::platform {
namespace {

// The process id that the holder wrote, or 0 where it wrote none.
long holder_of(const Descriptor& file) {
  std::array<char, 24> text{};
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  long holder = 0;
  if (size > 0) std::from_chars(text.data(), text.data() + size, holder);
  return holder;
}

base::Error held(const std::string& path, long holder) {
  return {base::Code::kConflict,
          holder > 0 ? fmt::format("{} is held by process {}; stop it first", path, holder)
                     : fmt::format("{} is held by another process; stop it first", path)};
}

constexpr int kLockFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kLockMode = 0600;

}  // namespace

base::Result<FileLock> FileLock::acquire_in_turn(const std::string& path) {
  Descriptor file(::open(path.c_str(), kLockFlags, kLockMode));
  if (!file.is_open()) return tl::unexpected<base::Error>(system_error("open", path, errno));
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return tl::unexpected<base::Error>(system_error("lock", path, errno));
  }
  return FileLock(file.release());
}

base::Result<FileLock> FileLock::acquire(const std::string& path) {
  Descriptor file(::open(path.c_str(), kLockFlags, kLockMode));
  if (!file.is_open()) return tl::unexpected<base::Error>(system_error("open", path, errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return tl::unexpected<base::Error>(errno == EWOULDBLOCK ? held(path, holder_of(file))
                                                            : system_error("lock", path, errno));
  }
  const std::string holder = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), holder.data(), holder.size(), 0) !=
                                             static_cast<ssize_t>(holder.size())) {
    return tl::unexpected<base::Error>(system_error("write the process id to", path, errno));
  }
  return FileLock(file.release());
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

// The file stays: removing it would let two holders lock two files of one name.
FileLock::~FileLock() {
  Descriptor{descriptor_}.close();
}

}  // namespace rekey::platform
