// A file of a store in memory, read only, that may change under its reader.
//
// A page of a file that was cut short raises SIGBUS when it is read. Here it reads as zeros and
// has_shrunk() says so: the first file that is opened installs a handler for SIGBUS, which puts
// zero pages in place within mappings of this class and hands every other fault to whoever handled
// the signal before. Any thread may read; one opens and closes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"

namespace rekey::discovery::git {

struct MappedRange;

class MappedFile {
 public:
  MappedFile() = default;
  // kNotFound, or kIo where it is no regular file or cannot be read.
  [[nodiscard]] static base::Result<MappedFile> open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept
      : bytes_(std::exchange(other.bytes_, {})), range_(std::exchange(other.range_, nullptr)) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(range_, other.range_);
    return *this;
  }
  ~MappedFile();

  // At the address until this dies.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool has_shrunk() const noexcept;

 private:
  std::span<const std::uint8_t> bytes_;
  MappedRange* range_ = nullptr;
};

}  // namespace rekey::discovery::git
