// What speaks against an exchange of a file, found without touching it.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "platform/descriptor.h"
#include "platform/files.h"

namespace rekey::platform {
namespace {

using base::Code;
using base::fail;

// Nobody changes permissions by waiting for it.
tl::unexpected<base::Error> forbidden(std::string_view verb, std::string_view subject) {
  base::Error error = system_error(verb, subject, errno);
  if (error.code == Code::kIo) error.code = Code::kForbidden;
  return tl::unexpected(std::move(error));
}

// `chattr +i` and `chattr +a`, which hold for root too. Where a file system has no such flags, none
// is set.
base::Status check_flags(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  int flags = 0;
  if (!file.is_open() || ::ioctl(file.get(), FS_IOC_GETFLAGS, &flags) != 0) return {};
  if ((flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) == 0) return {};
  const char flag = (flags & FS_IMMUTABLE_FL) != 0 ? 'i' : 'a';
  return fail(Code::kForbidden,
              fmt::format("{0} cannot be changed by anybody (chattr +{1}); take that off with "
                          "`chattr -{1} {0}`",
                          path, flag));
}

bool is_in_groups(gid_t group) {
  if (group == ::getegid()) return true;
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
  if (count <= 0 || ::getgroups(count, groups.data()) != count) return false;
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

// The new content comes in a new file, which gets the owner and the group of the old one.
base::Status check_owner(const std::string& path, const struct stat& facts,
                         const struct stat& folder) {
  if (::geteuid() == 0) return {};
  if (facts.st_uid != ::geteuid()) {
    return fail(Code::kForbidden,
                fmt::format("{} belongs to user {}, and user {} cannot keep that; run as its "
                            "owner or as root",
                            path, facts.st_uid, ::geteuid()));
  }
  const bool is_group_given = (folder.st_mode & S_ISGID) != 0 && folder.st_gid == facts.st_gid;
  if (is_group_given || is_in_groups(facts.st_gid)) return {};
  return fail(
      Code::kForbidden,
      fmt::format("{} belongs to group {}, and user {}, who is not in it, cannot keep that; "
                  "put the user into the group, or give the file another one (chgrp)",
                  path, facts.st_gid, ::geteuid()));
}

}  // namespace

base::Status SystemFiles::check_exchangeable(const std::string& path) {
  std::error_code failure;
  const auto target = std::filesystem::canonical(path, failure);
  if (failure) return tl::unexpected(system_error("find", path, failure.value()));
  const std::string folder = target.parent_path().string();
  struct stat facts {};
  struct stat folder_facts {};
  if (::stat(target.c_str(), &facts) != 0) return forbidden("look at", target.string());
  if (::stat(folder.c_str(), &folder_facts) != 0) return forbidden("look at", folder);
  if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return forbidden("make a file in the folder of", target.string());
  }
  REKEY_CHECK(check_flags(target.string()));
  REKEY_CHECK(check_flags(folder));
  return check_owner(target.string(), facts, folder_facts);
}

}  // namespace rekey::platform
