// A new file in the folder of the one that it will become, under a hidden temporary name. It
// removes itself unless it was put in place. For platform/ alone.
//
// Its maker holds a lock on it. One that was left by a killed process has lost that lock, and the
// next sibling of the same file removes it: no copy of a content stays behind for long. What an
// exchange has just taken out of the target's place looks like one, so only who has the turn
// (TargetLock) removes any.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/descriptor.h"

namespace rekey::platform {

// Whether what others left beside the target is removed: only while the turn is held.
enum class Sweep { kNo, kWithTheTurn };

class SiblingFile {
 public:
  // `target`: a path whose last component is no symbolic link. Only this user can read the new
  // file.
  [[nodiscard]] static base::Result<SiblingFile> create(const std::string& target, Sweep sweep);
  SiblingFile(SiblingFile&& other) noexcept = default;
  SiblingFile& operator=(SiblingFile&&) = delete;
  ~SiblingFile();

  // Owner, group, permission bits, access list, security label and user attributes of `original`.
  [[nodiscard]] base::Status take_attributes_of(const Descriptor& original,
                                                const struct stat& original_facts);
  // Exactly these permission bits, whatever the folder's default access list says.
  [[nodiscard]] base::Status set_mode(mode_t mode);
  // Writes the bytes after those that it has, without syncing them.
  [[nodiscard]] base::Status append(std::string_view bytes);
  // Writes the content and syncs the file.
  [[nodiscard]] base::Status write(std::string_view content);

  // Takes the target's name, in place of what has it; the folder is synced.
  [[nodiscard]] base::Status replace_target();
  // Takes the target's name in exchange for what has it, asks `is_expected` about that (its facts)
  // and drops it; the folder is synced. What it answers else is passed on, and the target is as it
  // was: where others write it at that moment too, the newest of theirs stands there. On a file
  // system without such an exchange this is replace_target, and nothing is asked.
  [[nodiscard]] base::Status exchange_with_target(
      const std::function<base::Status(const struct stat&)>& is_expected);
  // Takes the target's name if nothing has it, else kAlreadyExists; the folder is synced.
  [[nodiscard]] base::Status become_target();

 private:
  SiblingFile(std::string target, Descriptor folder);
  void remove_abandoned(const std::string& name) const;
  // False: another has that name.
  [[nodiscard]] base::Result<bool> take_name(const std::string& name);
  [[nodiscard]] base::Status open_new(Sweep sweep);
  [[nodiscard]] base::Status copy_attribute(const Descriptor& original, const char* name);
  [[nodiscard]] base::Status sync_folder();
  [[nodiscard]] base::Status swap_names();
  [[nodiscard]] base::Result<struct stat> facts_of_name() const;
  [[nodiscard]] base::Status take_back();

  std::string target_;
  std::string target_name_;  // the last component of target_
  Descriptor folder_;
  Descriptor file_;
  std::string name_;  // empty once there is nothing to remove
};

// The siblings of one target by number; kLockNumber is TargetLock's own.
inline constexpr int kLockNumber = 0;
[[nodiscard]] std::string sibling_name(const std::string& target_name, int number);

// The folder that holds `path`, and what is after the last slash.
[[nodiscard]] std::string folder_of(const std::string& path);
[[nodiscard]] std::string name_in_folder(const std::string& path);

[[nodiscard]] base::Result<Descriptor> open_folder_of(const std::string& path);

// Makes a change of names in the folder durable.
[[nodiscard]] base::Status sync_folder_of(const std::string& path);

}  // namespace rekey::platform
