// The file system, as far as Rekey needs it: whole files, exchanged atomically and synced.
//
// Every write is durable (file and folder synced) when it returns Ok, and all or nothing: a reader
// sees the old content or the new. Errors name the path and the system's words, never the content.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::platform {

struct FileFacts {
  mode_t mode = 0;  // permission bits
  uid_t owner = 0;
  gid_t group = 0;
  std::int64_t size_bytes = 0;
  bool is_link = false;     // the path itself is a symbolic link
  bool is_regular = false;  // what it names is a regular file
  nlink_t names = 1;        // of the file, hard links counted
};
// kUnsupported where a file has more than one: an exchange would leave the others behind.
[[nodiscard]] base::Status check_one_name(const std::string& path, nlink_t names);

class Files {
 public:
  virtual ~Files() = default;
  // kNotFound, kIo, or kLimitReached above `limit_bytes`.
  [[nodiscard]] virtual base::Result<base::Secret> read(const std::string& path,
                                                        std::int64_t limit_bytes) = 0;
  [[nodiscard]] virtual base::Result<FileFacts> facts(const std::string& path) = 0;
  // A new file with exactly these permission bits; kAlreadyExists where the path exists.
  [[nodiscard]] virtual base::Status create(const std::string& path, std::string_view content,
                                            mode_t mode) = 0;
  // Replaces the content if it is still `expected` (else kConflict): writes a sibling with the same
  // mode and owner, syncs it, exchanges the two, looks at what came out, syncs the folder. Follows
  // a symbolic link to its target and replaces that. Leaves no copy of either content behind. One
  // exchange of a file at a time, in whatever process: kUnavailable at once for the others, who try
  // again. kUnsupported for a file with several hard links, kIo where the owner cannot be kept;
  // nothing is changed then.
  [[nodiscard]] virtual base::Status exchange(const std::string& path, std::string_view expected,
                                              std::string_view content) = 0;
  // Ok where nothing speaks against an exchange by this process, as far as can be seen without one;
  // kForbidden, with what to do, where folder, owner, group or a flag does. Changes nothing.
  [[nodiscard]] virtual base::Status check_exchangeable(const std::string& /*path*/) { return {}; }
  // Like exchange without the condition; creates the file with `mode` where it does not exist.
  [[nodiscard]] virtual base::Status replace(const std::string& path, std::string_view content,
                                             mode_t mode) = 0;
  // Removes the name itself, not what a symbolic link points to; kNotFound where it is gone.
  [[nodiscard]] virtual base::Status remove(const std::string& path) = 0;
  // One folder with exactly these permission bits; Ok, and left as it is, where it exists.
  [[nodiscard]] virtual base::Status make_folder(const std::string& path, mode_t mode) = 0;
};

// The real one; any thread.
class SystemFiles final : public Files {
 public:
  [[nodiscard]] base::Result<base::Secret> read(const std::string& path,
                                                std::int64_t limit_bytes) override;
  [[nodiscard]] base::Result<FileFacts> facts(const std::string& path) override;
  [[nodiscard]] base::Status create(const std::string& path, std::string_view content,
                                    mode_t mode) override;
  [[nodiscard]] base::Status exchange(const std::string& path, std::string_view expected,
                                      std::string_view content) override;
  [[nodiscard]] base::Status check_exchangeable(const std::string& path) override;
  [[nodiscard]] base::Status replace(const std::string& path, std::string_view content,
                                     mode_t mode) override;
  [[nodiscard]] base::Status remove(const std::string& path) override;
  [[nodiscard]] base::Status make_folder(const std::string& path, mode_t mode) override;
};

// False too where it holds nothing but hidden files; an error where it is no folder.
[[nodiscard]] base::Result<bool> is_empty_folder(const std::string& path);

// Holds an exclusive advisory lock on a file until it dies; the kernel frees it after kill -9.
class FileLock {
 public:
  // kConflict, naming the holder's process id where known, when somebody else has it.
  [[nodiscard]] static base::Result<FileLock> acquire(const std::string& path);
  // Waits for whoever has it: for what is held for moments only.
  [[nodiscard]] static base::Result<FileLock> acquire_in_turn(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace rekey::platform
