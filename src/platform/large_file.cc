#include "platform/large_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "platform/sibling_file.h"
#include "platform/target_lock.h"

namespace rekey::platform {

struct NewFile::State {
  std::optional<TargetLock> turn;  // let go last
  SiblingFile sibling;
};

NewFile::NewFile(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
NewFile::NewFile(NewFile&&) noexcept = default;
NewFile::~NewFile() = default;

base::Result<NewFile> NewFile::create(const std::string& path, mode_t mode) {
  struct stat present {};
  if (::lstat(path.c_str(), &present) == 0) {
    return tl::unexpected<base::Error>(system_error("create", path, EEXIST));
  }
  std::optional<TargetLock> turn;
  if (auto taken = TargetLock::try_acquire(path); taken) turn.emplace(*std::move(taken));
  REKEY_TRY(auto sibling, SiblingFile::create(path, turn ? Sweep::kWithTheTurn : Sweep::kNo));
  REKEY_CHECK(sibling.set_mode(mode));
  return NewFile(std::unique_ptr<State>(new State{std::move(turn), std::move(sibling)}));
}

base::Status NewFile::append(std::string_view bytes) {
  return state_->sibling.append(bytes);
}

base::Status NewFile::finish() {
  REKEY_CHECK(state_->sibling.write({}));
  return state_->sibling.become_target();
}

base::Result<LargeFileReader> LargeFileReader::open(const std::string& path) {
  // O_NONBLOCK: a pipe under this name must not hold up the caller until it is seen to be one.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return tl::unexpected<base::Error>(system_error("read", path, errno));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) {
    return tl::unexpected<base::Error>(system_error("look at", path, errno));
  }
  if (!S_ISREG(facts.st_mode)) {
    return base::fail(base::Code::kInvalidArgument, path + " is not a regular file; name a file");
  }
  return LargeFileReader(path, std::move(file), facts.st_size);
}

base::Status LargeFileReader::seek(std::int64_t offset_bytes) {
  if (::lseek(file_.get(), offset_bytes, SEEK_SET) == offset_bytes) return {};
  return tl::unexpected<base::Error>(system_error("read", path_, errno));
}

base::Result<std::size_t> LargeFileReader::read(std::span<char> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t count = ::read(file_.get(), out.data() + filled, out.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected<base::Error>(system_error("read", path_, errno));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

}  // namespace rekey::platform
