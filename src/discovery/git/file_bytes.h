// Whole small files of a store, and opening any file of it: regular files only, never waited for.
//
// A store is somebody else's: a name in it may be a pipe, a device or a folder.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"

namespace rekey::discovery::git {

// HEAD, refs, configuration, logs; indexes and packs have limits of their own.
inline constexpr std::uint64_t kLargestTextFileBytes = 256ULL << 20;

// An open regular file and its size when it was opened.
class OpenFile {
 public:
  // kNotFound, or kIo where it is no regular file or the system refuses; the detail names the path.
  [[nodiscard]] static base::Result<OpenFile> open(const std::string& path);
  OpenFile(OpenFile&& other) noexcept
      : number_(std::exchange(other.number_, -1)), size_bytes_(other.size_bytes_) {}
  OpenFile& operator=(OpenFile&& other) = delete;
  ~OpenFile() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int descriptor() const noexcept { return number_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

 private:
  OpenFile(int number, std::uint64_t size_bytes) : number_(number), size_bytes_(size_bytes) {}
  int number_ = -1;
  std::uint64_t size_bytes_ = 0;
};

// Its content; kLimitReached above `limit_bytes`, else as OpenFile::open.
[[nodiscard]] base::Result<std::string> read_file(const std::string& path,
                                                  std::uint64_t limit_bytes);

}  // namespace rekey::discovery::git
