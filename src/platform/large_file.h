// Files that are too large to hold in memory: written once, and read, from front to back.
//
// A NewFile stands under its name only when it is whole and synced; until then it is a hidden
// sibling that removes itself, and that the next writer of the same file removes after a kill -9.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/descriptor.h"

namespace rekey::platform {

class NewFile {
 public:
  // With exactly these permission bits. kAlreadyExists where the path exists.
  [[nodiscard]] static base::Result<NewFile> create(const std::string& path, mode_t mode);
  NewFile(NewFile&&) noexcept;
  ~NewFile();

  [[nodiscard]] base::Status append(std::string_view bytes);
  // Syncs it and takes the name; kAlreadyExists where somebody else took it meanwhile. Once, last.
  [[nodiscard]] base::Status finish();

 private:
  struct State;
  explicit NewFile(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

class LargeFileReader {
 public:
  // kNotFound; kInvalidArgument where it is no regular file.
  [[nodiscard]] static base::Result<LargeFileReader> open(const std::string& path);

  // When it was opened.
  [[nodiscard]] std::int64_t size_bytes() const noexcept { return size_bytes_; }
  // Reads from there on, counted from the front.
  [[nodiscard]] base::Status seek(std::int64_t offset_bytes);
  // Fills `out` with what comes next, less only where the file ends; gives how much.
  [[nodiscard]] base::Result<std::size_t> read(std::span<char> out);

 private:
  LargeFileReader(std::string path, Descriptor file, std::int64_t size_bytes)
      : path_(std::move(path)), file_(std::move(file)), size_bytes_(size_bytes) {}

  std::string path_;
  Descriptor file_;
  std::int64_t size_bytes_;
};

}  // namespace rekey::platform
