#include "platform/maildir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "platform/descriptor.h"
#include "platform/files.h"
#include "platform/sibling_file.h"

namespace rekey::platform {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;

tl::unexpected<base::Error> failure(std::string_view verb, std::string_view subject) {
  return tl::unexpected<base::Error>(system_error(verb, subject, errno));
}

base::Status check_name(std::string_view name) {
  constexpr std::size_t kLongest = 200;
  const bool is_good = !name.empty() && name.size() <= kLongest && name.front() != '.' &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                                (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
                       });
  if (is_good) return {};
  return base::fail(
      base::Code::kInvalidArgument,
      "the name of a mail's file takes letters, digits, dots, dashes and underscores");
}

base::Status write_synced(const std::string& path, std::string_view content) {
  // A file that a killed process left half written under this name is written anew.
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.is_open()) return failure("create", path);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure("write", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return failure("sync", path);
  return {};
}

bool is_named(std::string_view entry, std::string_view name) {
  return entry.starts_with(name) && (entry.size() == name.size() || entry[name.size()] == ':');
}

}  // namespace

base::Result<Maildir> Maildir::open(std::string path) {
  SystemFiles files;
  for (const char* part : {"", "/tmp", "/new", "/cur"}) {
    REKEY_CHECK(files.make_folder(path + part, kFolderMode));
  }
  return Maildir(std::move(path));
}

base::Status Maildir::deliver(std::string_view name, std::string_view mail) {
  REKEY_CHECK(check_name(name));
  const std::string draft = path_ + "/tmp/" + std::string(name);
  const std::string target = path_ + "/new/" + std::string(name);
  REKEY_CHECK(write_synced(draft, mail));
  const int linked = ::link(draft.c_str(), target.c_str());
  const int number = errno;
  ::unlink(draft.c_str());
  if (linked != 0) return tl::unexpected<base::Error>(system_error("create", target, number));
  return sync_folder_of(target);
}

base::Result<bool> Maildir::has(std::string_view name) const {
  REKEY_CHECK(check_name(name));
  struct stat facts {};
  if (::lstat((path_ + "/new/" + std::string(name)).c_str(), &facts) == 0) return true;
  const std::string read = path_ + "/cur";
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(read.c_str()), ::closedir);
  if (stream == nullptr) return failure("open the folder", read);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own (readdir(3), NOTES)
  while (const dirent* entry = ::readdir(stream.get())) {
    if (is_named(entry->d_name, name)) return true;
  }
  return false;
}

}  // namespace rekey::platform
