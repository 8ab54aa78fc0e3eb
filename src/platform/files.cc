#include "platform/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "platform/descriptor.h"
#include "platform/sibling_file.h"
#include "platform/target_lock.h"

namespace rekey::platform {
namespace {

constexpr mode_t kPermissionBits = 07777;
// O_NONBLOCK: a pipe under this name must not hold up the caller until it is seen to be one.
constexpr int kOpenToRead = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

tl::unexpected<base::Error> failure(std::string_view verb, std::string_view subject) {
  return tl::unexpected<base::Error>(system_error(verb, subject, errno));
}

tl::unexpected<base::Error> unchanged(const std::string& path, base::Error error) {
  return tl::unexpected<base::Error>(
      base::with_context(path + " was not changed", std::move(error)));
}

// Room for content that may be secret: wiped when it dies, and never outgrown without wiping.
class WipedBuffer {
 public:
  explicit WipedBuffer(std::size_t size) : bytes_(size, '\0') {}
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;
  ~WipedBuffer() { base::wipe(bytes_.data(), bytes_.size()); }

  [[nodiscard]] char* data() noexcept { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  void grow_to(std::size_t size) {
    std::string bigger(size, '\0');
    std::memcpy(bigger.data(), bytes_.data(), bytes_.size());
    base::wipe(bytes_.data(), bytes_.size());
    bytes_ = std::move(bigger);
  }

 private:
  std::string bytes_;
};

base::Result<struct stat> facts_of_regular(const Descriptor& file, const std::string& path) {
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return failure("look at", path);
  if (!S_ISREG(facts.st_mode)) {
    return base::fail(base::Code::kInvalidArgument, path + " is not a regular file; name a file");
  }
  return facts;
}

// All of the file, or kLimitReached above `limit_bytes`.
base::Result<base::Secret> read_all(const Descriptor& file, std::int64_t size_bytes,
                                    std::int64_t limit_bytes, const std::string& path) {
  // One byte more than the file has, so that its end is seen without another round.
  WipedBuffer buffer(static_cast<std::size_t>(std::min(size_bytes, limit_bytes) + 1));
  std::size_t filled = 0;
  for (;;) {
    const ssize_t count = ::pread(file.get(), buffer.data() + filled, buffer.size() - filled,
                                  static_cast<off_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure("read", path);
    if (count == 0) return base::Secret(std::string_view(buffer.data(), filled));
    filled += static_cast<std::size_t>(count);
    if (filled > static_cast<std::size_t>(limit_bytes)) {
      return base::fail(base::Code::kLimitReached,
                        fmt::format("{} is larger than the {} bytes allowed", path, limit_bytes));
    }
    if (filled == buffer.size()) buffer.grow_to(2 * buffer.size());
  }
}

// The file that is to be replaced, as it was first seen.
struct Original {
  std::string target;  // the path without symbolic links
  Descriptor file;
  struct stat facts {};
};

base::Result<std::string> resolve(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr),
                                                        std::free);
  if (resolved == nullptr) return failure("find", path);
  return std::string(resolved.get());
}

base::Result<Original> open_original(const std::string& path) {
  Original original;
  REKEY_TRY(original.target, resolve(path));
  original.file = Descriptor(::open(original.target.c_str(), kOpenToRead | O_NOFOLLOW));
  if (!original.file.is_open()) return failure("read", original.target);
  REKEY_TRY(original.facts, facts_of_regular(original.file, original.target));
  REKEY_CHECK(check_one_name(original.target, original.facts.st_nlink));
  return original;
}

base::Status check_content(const Original& original, std::string_view expected) {
  auto content = read_all(original.file, original.facts.st_size,
                          static_cast<std::int64_t>(expected.size()), original.target);
  const bool is_larger = !content && content.error().code == base::Code::kLimitReached;
  if (!content && !is_larger) return tl::unexpected<base::Error>(std::move(content).error());
  if (is_larger || !base::equal_in_constant_time(content->reveal(), expected)) {
    return base::fail(base::Code::kConflict,
                      original.target + " holds something else than expected; read it again");
  }
  return {};
}

bool is_same(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         is_same(a.st_mtim, b.st_mtim) && is_same(a.st_ctim, b.st_ctim);
}

tl::unexpected<base::Error> was_changed(const std::string& target) {
  return base::fail(base::Code::kConflict,
                    target + " was changed by somebody else just now; read it again");
}

// The last look before the exchange: what stands there is still the file that was read.
base::Status check_unmoved(const Original& original, const std::string& path) {
  REKEY_TRY(const auto target, resolve(path));
  struct stat facts {};
  if (::lstat(target.c_str(), &facts) != 0) return failure("look at", target);
  if (target != original.target || !is_same(facts, original.facts)) {
    return was_changed(original.target);
  }
  return {};
}

base::Result<SiblingFile> prepare_sibling(const Original& original, std::string_view content,
                                          Sweep sweep) {
  REKEY_TRY(auto sibling, SiblingFile::create(original.target, sweep));
  REKEY_CHECK(sibling.take_attributes_of(original.file, original.facts));
  REKEY_CHECK(sibling.write(content));
  return sibling;
}

struct Exchange {
  TargetLock turn;  // let go last
  Original original;
  SiblingFile sibling;
};

base::Result<Exchange> prepare_exchange(const std::string& path, std::string_view expected,
                                        std::string_view content) {
  REKEY_TRY(const auto target, resolve(path));
  REKEY_TRY(auto turn, TargetLock::try_acquire(target));
  REKEY_TRY(auto original, open_original(path));
  if (original.target != target) return was_changed(target);
  REKEY_CHECK(check_content(original, expected));
  REKEY_TRY(auto sibling, prepare_sibling(original, content, Sweep::kWithTheTurn));
  REKEY_CHECK(check_content(original, expected));
  REKEY_CHECK(check_unmoved(original, path));
  return Exchange{std::move(turn), std::move(original), std::move(sibling)};
}

// Whoever takes no turn may have written since the last look: what came out of the target's place
// tells.
base::Status carry_out(Exchange& exchange, std::string_view expected) {
  const Original& original = exchange.original;
  return exchange.sibling.exchange_with_target([&](const struct stat& came_out) -> base::Status {
    const bool is_original =
        came_out.st_ino == original.facts.st_ino && came_out.st_dev == original.facts.st_dev;
    if (!is_original) return was_changed(original.target);
    return check_content(original, expected);
  });
}

// Who puts a content there without a condition need not wait for a turn, and has one where nobody
// else has: then it also removes what was left behind.
struct Replacement {
  std::optional<TargetLock> turn;  // let go last
  SiblingFile sibling;
};

template <typename Make>
base::Result<Replacement> with_turn_if_free(const std::string& target, const Make& make) {
  std::optional<TargetLock> turn;
  if (auto taken = TargetLock::try_acquire(target); taken) turn.emplace(*std::move(taken));
  REKEY_TRY(auto sibling, make(turn ? Sweep::kWithTheTurn : Sweep::kNo));
  return Replacement{std::move(turn), std::move(sibling)};
}

base::Result<Replacement> prepare_replacement(const std::string& path, std::string_view content) {
  REKEY_TRY(const auto original, open_original(path));
  return with_turn_if_free(original.target,
                           [&](Sweep sweep) { return prepare_sibling(original, content, sweep); });
}

bool is_present(const std::string& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0;
}

}  // namespace

base::Status check_one_name(const std::string& path, nlink_t names) {
  if (names <= 1) return {};
  return base::fail(base::Code::kUnsupported,
                    fmt::format("{} has {} names (hard links), and the others would keep the old "
                                "content; use symbolic links instead",
                                path, names));
}

base::Result<bool> is_empty_folder(const std::string& path) {
  std::error_code error;
  const bool is_empty = std::filesystem::is_empty(path, error) && !error;
  if (error) return tl::unexpected<base::Error>(system_error("read", path, error.value()));
  const bool is_folder = std::filesystem::is_directory(path, error);
  if (error) return tl::unexpected<base::Error>(system_error("look at", path, error.value()));
  if (is_folder) return is_empty;
  return base::fail(base::Code::kInvalidArgument, path + " is not a folder; name a folder");
}

base::Result<base::Secret> SystemFiles::read(const std::string& path, std::int64_t limit_bytes) {
  const Descriptor file(::open(path.c_str(), kOpenToRead));
  if (!file.is_open()) return failure("read", path);
  REKEY_TRY(const auto facts, facts_of_regular(file, path));
  return read_all(file, facts.st_size, limit_bytes, path);
}

base::Result<FileFacts> SystemFiles::facts(const std::string& path) {
  struct stat own {};
  if (::lstat(path.c_str(), &own) != 0) return failure("look at", path);
  struct stat target {};
  if (::stat(path.c_str(), &target) != 0) return failure("look at", path);
  return FileFacts{.mode = target.st_mode & kPermissionBits,
                   .owner = target.st_uid,
                   .group = target.st_gid,
                   .size_bytes = target.st_size,
                   .is_link = S_ISLNK(own.st_mode),
                   .is_regular = S_ISREG(target.st_mode),
                   .names = target.st_nlink};
}

base::Status SystemFiles::create(const std::string& path, std::string_view content, mode_t mode) {
  REKEY_TRY(auto made,
            with_turn_if_free(path, [&](Sweep sweep) { return SiblingFile::create(path, sweep); }));
  REKEY_CHECK(made.sibling.set_mode(mode));
  REKEY_CHECK(made.sibling.write(content));
  return made.sibling.become_target();
}

base::Status SystemFiles::exchange(const std::string& path, std::string_view expected,
                                   std::string_view content) {
  auto prepared = prepare_exchange(path, expected, content);
  if (!prepared) return unchanged(path, std::move(prepared).error());
  auto status = carry_out(*prepared, expected);
  if (!status && status.error().code == base::Code::kConflict) {
    return unchanged(path, std::move(status).error());
  }
  return status;
}

base::Status SystemFiles::replace(const std::string& path, std::string_view content, mode_t mode) {
  if (!is_present(path)) return create(path, content, mode);
  auto prepared = prepare_replacement(path, content);
  if (!prepared) return unchanged(path, std::move(prepared).error());
  return prepared->sibling.replace_target();
}

base::Status SystemFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return failure("remove", path);
  return sync_folder_of(path);
}

base::Status SystemFiles::make_folder(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0) {
    struct stat facts {};
    const int number = errno;
    if (number == EEXIST && ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)) return {};
    return tl::unexpected<base::Error>(system_error("make the folder", path, number));
  }
  // mkdir takes the process's mask off; the bits asked for are the bits given.
  if (::chmod(path.c_str(), mode) != 0) return failure("set the permissions of", path);
  return sync_folder_of(path);
}

}  // namespace rekey::platform
