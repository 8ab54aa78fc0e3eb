// Opening a data folder for writing: its lock, its key, its database.
#pragma once

#include <optional>
#include <string>

#include "authority/data_folder.h"
#include "authority/tenant.h"
#include "base/result.h"
#include "crypto/root_key.h"
#include "platform/files.h"
#include "storage/sqlite.h"

namespace rekey::authority {

struct OpenFolder {
  DataFolder folder;
  platform::FileLock lock;
  crypto::RootKey root_key;
  storage::Connection connection;  // for writing, at this program's schema
  std::optional<Tenant> tenant;    // nullopt: never started
};

enum class IfMissing { kMake, kFail };

// kConflict where another process has it, kRefused for a key that is not its own or for permissions
// that let others in, kUnsupported where a newer program wrote it, kCorrupt and kIo with the cause.
[[nodiscard]] base::Result<OpenFolder> open_folder(platform::Files& files, const std::string& path,
                                                   const std::string& key_file,
                                                   IfMissing if_missing);

}  // namespace rekey::authority
