#include "discovery/git/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace rekey::discovery::git {
namespace {

base::Error system_error(std::string_view verb, const std::string& path, int number) {
  const bool is_missing = number == ENOENT || number == ENOTDIR;
  return {is_missing ? base::Code::kNotFound : base::Code::kIo,
          fmt::format("cannot {} {}: {}", verb, path, std::generic_category().message(number))};
}

}  // namespace

base::Result<OpenFile> OpenFile::open(const std::string& path) {
  // O_NONBLOCK: a named pipe in the place of a pack must not hold the scan up.
  OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), 0);
  if (file.number_ < 0) return tl::unexpected(system_error("open", path, errno));
  struct stat facts {};
  if (::fstat(file.number_, &facts) != 0) {
    return tl::unexpected(system_error("look at", path, errno));
  }
  if (!S_ISREG(facts.st_mode)) return base::fail(base::Code::kIo, path + " is not a regular file");
  file.size_bytes_ = static_cast<std::uint64_t>(facts.st_size);
  return file;
}

base::Result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes) {
  REKEY_TRY(const auto file, OpenFile::open(path));
  if (file.size_bytes() > limit_bytes) {
    return base::fail(base::Code::kLimitReached,
                      fmt::format("{} has {} bytes, more than {}; it is left out", path,
                                  file.size_bytes(), limit_bytes));
  }
  // What grows meanwhile is read as it was when it was opened; what shrinks ends early.
  std::string content(file.size_bytes(), '\0');
  std::size_t have = 0;
  while (have < content.size()) {
    const auto got = ::read(file.descriptor(), content.data() + have, content.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(system_error("read", path, errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  content.resize(have);
  return content;
}

}  // namespace rekey::discovery::git
