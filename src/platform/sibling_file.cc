#include "platform/sibling_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

namespace rekey::platform {
namespace {

constexpr const char* kAccessList = "system.posix_acl_access";
constexpr mode_t kPermissionBits = 07777;
// The name of a target may take all 255 bytes that a file system allows; the sibling's must fit
// too.
constexpr std::size_t kNameShare = 200;
// Few names that are known beforehand: what a killed process left is found without reading a folder
// that may hold thousands.
constexpr int kNames = 16;

tl::unexpected<base::Error> failure(std::string_view verb, std::string_view subject) {
  return tl::unexpected<base::Error>(system_error(verb, subject, errno));
}

// Labels that the kernel derives from the content (capabilities, integrity hashes) must not move on
// to another content.
bool is_kept(std::string_view attribute) {
  return attribute.starts_with("user.") || attribute == kAccessList ||
         attribute == "security.selinux";
}

base::Result<std::vector<std::string>> kept_attributes_of(const Descriptor& file,
                                                          const std::string& path) {
  const ssize_t size = ::flistxattr(file.get(), nullptr, 0);
  if (size < 0 && errno == ENOTSUP) return std::vector<std::string>{};
  if (size < 0) return failure("list the attributes of", path);
  std::vector<char> names(static_cast<std::size_t>(size));
  const ssize_t read = ::flistxattr(file.get(), names.data(), names.size());
  if (read < 0) return failure("list the attributes of", path);
  std::vector<std::string> kept;
  for (std::size_t at = 0; at < static_cast<std::size_t>(read);) {
    std::string name(names.data() + at);
    at += name.size() + 1;
    if (is_kept(name)) kept.push_back(std::move(name));
  }
  return kept;
}

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_in_folder(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string sibling_name(const std::string& target_name, int number) {
  return fmt::format(".{}.rekey-{}.tmp", target_name.substr(0, kNameShare), number);
}

base::Result<Descriptor> open_folder_of(const std::string& path) {
  const std::string folder = folder_of(path);
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) return failure("open the folder", folder);
  return opened;
}

base::Status sync_folder_of(const std::string& path) {
  REKEY_TRY(const Descriptor opened, open_folder_of(path));
  if (::fsync(opened.get()) != 0) return failure("sync the folder", folder_of(path));
  return {};
}

SiblingFile::SiblingFile(std::string target, Descriptor folder)
    : target_(std::move(target)),
      target_name_(name_in_folder(target_)),
      folder_(std::move(folder)) {}

SiblingFile::~SiblingFile() {
  if (folder_.is_open() && !name_.empty()) ::unlinkat(folder_.get(), name_.c_str(), 0);
}

base::Result<SiblingFile> SiblingFile::create(const std::string& target, Sweep sweep) {
  REKEY_TRY(Descriptor opened, open_folder_of(target));
  SiblingFile sibling(target, std::move(opened));
  REKEY_CHECK(sibling.open_new(sweep));
  return sibling;
}

void SiblingFile::remove_abandoned(const std::string& name) const {
  const Descriptor found(
      ::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!found.is_open() || ::flock(found.get(), LOCK_EX | LOCK_NB) != 0) return;
  // Whoever held that lock before may have removed this file and given its name to another.
  struct stat locked {};
  struct stat named {};
  if (::fstat(found.get(), &locked) != 0 ||
      ::fstatat(folder_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 ||
      locked.st_ino != named.st_ino || locked.st_dev != named.st_dev) {
    return;
  }
  ::unlinkat(folder_.get(), name.c_str(), 0);
}

base::Result<bool> SiblingFile::take_name(const std::string& name) {
  Descriptor made(::openat(folder_.get(), name.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!made.is_open()) {
    if (errno == EEXIST) return false;
    return failure("create a file beside", target_);
  }
  // Until it is locked it looks abandoned, and another sibling may have removed it.
  struct stat facts {};
  if (::flock(made.get(), LOCK_EX | LOCK_NB) != 0 || ::fstat(made.get(), &facts) != 0 ||
      facts.st_nlink == 0) {
    return false;
  }
  file_ = std::move(made);
  name_ = name;
  return true;
}

base::Status SiblingFile::open_new(Sweep sweep) {
  for (int number = 0; sweep == Sweep::kWithTheTurn && number < kNames; ++number) {
    remove_abandoned(sibling_name(target_name_, number));
  }
  for (int number = kLockNumber + 1; number < kNames; ++number) {
    REKEY_TRY(const bool is_taken, take_name(sibling_name(target_name_, number)));
    if (is_taken) return {};
  }
  return base::fail(base::Code::kUnavailable,
                    fmt::format("cannot create a file beside {}: {} others are writing it now; try "
                                "again when they have ended",
                                target_, kNames - 1));
}

base::Status SiblingFile::copy_attribute(const Descriptor& original, const char* name) {
  const ssize_t size = ::fgetxattr(original.get(), name, nullptr, 0);
  if (size < 0) return failure("read an attribute of", target_);
  std::vector<char> value(static_cast<std::size_t>(size));
  const ssize_t read = ::fgetxattr(original.get(), name, value.data(), value.size());
  if (read < 0) return failure("read an attribute of", target_);
  if (::fsetxattr(file_.get(), name, value.data(), static_cast<std::size_t>(read), 0) != 0 &&
      errno != ENOTSUP) {
    return failure(fmt::format("keep the attribute {} of", name), target_);
  }
  return {};
}

base::Status SiblingFile::take_attributes_of(const Descriptor& original,
                                             const struct stat& original_facts) {
  struct stat own {};
  if (::fstat(file_.get(), &own) != 0) return failure("look at the file beside", target_);
  const bool has_same_owner =
      own.st_uid == original_facts.st_uid && own.st_gid == original_facts.st_gid;
  if (!has_same_owner && ::fchown(file_.get(), original_facts.st_uid, original_facts.st_gid) != 0) {
    return failure(
        fmt::format("keep the owner {}:{} of", original_facts.st_uid, original_facts.st_gid),
        target_);
  }
  REKEY_CHECK(set_mode(original_facts.st_mode & kPermissionBits));
  REKEY_TRY(const auto names, kept_attributes_of(original, target_));
  for (const auto& name : names) REKEY_CHECK(copy_attribute(original, name.c_str()));
  return {};
}

base::Status SiblingFile::set_mode(mode_t mode) {
  // A folder's default access list would let in more people than the permission bits say.
  if (::fremovexattr(file_.get(), kAccessList) != 0 && errno != ENODATA && errno != ENOTSUP) {
    return failure("clear the access list beside", target_);
  }
  if (::fchmod(file_.get(), mode) != 0) return failure("set the permissions beside", target_);
  return {};
}

base::Status SiblingFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure("write beside", target_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

base::Status SiblingFile::write(std::string_view content) {
  REKEY_CHECK(append(content));
  if (::fsync(file_.get()) != 0) return failure("sync the file beside", target_);
  return {};
}

base::Status SiblingFile::replace_target() {
  if (::renameat(folder_.get(), name_.c_str(), folder_.get(), target_name_.c_str()) != 0) {
    return failure("put the new content in the place of", target_);
  }
  name_.clear();
  return sync_folder();
}

base::Status SiblingFile::swap_names() {
  if (::renameat2(folder_.get(), name_.c_str(), folder_.get(), target_name_.c_str(),
                  RENAME_EXCHANGE) == 0) {
    return {};
  }
  // Network file systems do not know it.
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
    return base::fail(base::Code::kUnsupported, "names cannot be exchanged there");
  }
  return failure("put the new content in the place of", target_);
}

base::Result<struct stat> SiblingFile::facts_of_name() const {
  struct stat facts {};
  if (::fstatat(folder_.get(), name_.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    return failure("look at the file beside", target_);
  }
  return facts;
}

// What is in the target's place now is ours. What comes out of it by exchanging anew is newer than
// what goes in, unless it is what was put there last.
base::Status SiblingFile::take_back() {
  constexpr int kMostRounds = 8;
  struct stat put_in {};
  if (::fstat(file_.get(), &put_in) != 0) return failure("look at the file beside", target_);
  for (int round = 0; round < kMostRounds; ++round) {
    REKEY_TRY(const auto goes_in, facts_of_name());
    const base::Status swapped = swap_names();
    // Nothing stands there any more: theirs is better than none.
    if (!swapped && swapped.error().code == base::Code::kNotFound) return become_target();
    REKEY_CHECK(swapped);
    REKEY_TRY(const auto came_out, facts_of_name());
    if (came_out.st_ino == put_in.st_ino && came_out.st_dev == put_in.st_dev) return {};
    put_in = goes_in;
  }
  return base::fail(base::Code::kConflict, target_ + " is changed by others all the time");
}

base::Status SiblingFile::exchange_with_target(
    const std::function<base::Status(const struct stat&)>& is_expected) {
  const base::Status swapped = swap_names();
  if (!swapped && swapped.error().code == base::Code::kUnsupported) return replace_target();
  REKEY_CHECK(swapped);
  REKEY_TRY(const auto came_out, facts_of_name());
  const base::Status answer = is_expected(came_out);
  if (answer) {
    if (::unlinkat(folder_.get(), name_.c_str(), 0) != 0 && errno != ENOENT) {
      return failure("remove the earlier content beside", target_);
    }
    name_.clear();
    return sync_folder();
  }
  if (auto back = take_back(); !back && !name_.empty()) {
    back.error().detail += fmt::format(
        "; what somebody else wrote there is beside it as {}: see which of the two is "
        "right",
        std::exchange(name_, {}));
    return back;
  }
  REKEY_CHECK(sync_folder());
  return answer;
}

base::Status SiblingFile::become_target() {
  if (::renameat2(folder_.get(), name_.c_str(), folder_.get(), target_name_.c_str(),
                  RENAME_NOREPLACE) == 0) {
    name_.clear();
    return sync_folder();
  }
  if (errno != EINVAL) return failure("create", target_);
  // Network file systems do not know RENAME_NOREPLACE; a hard link refuses a taken name as well,
  // and the temporary name goes when this object dies.
  if (::linkat(folder_.get(), name_.c_str(), folder_.get(), target_name_.c_str(), 0) != 0) {
    return failure("create", target_);
  }
  return sync_folder();
}

base::Status SiblingFile::sync_folder() {
  if (::fsync(folder_.get()) == 0) return {};
  base::Error error = system_error("sync the folder of", target_, errno);
  error.detail += "; the new content is in place, but a power cut could bring the old one back";
  return tl::unexpected<base::Error>(std::move(error));
}

}  // namespace rekey::platform
