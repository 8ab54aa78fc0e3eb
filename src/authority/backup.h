// Makes a backup of a data folder, beside a running server or without one (docs/backup.md).
#pragma once

#include <string>

#include "authority/backup_file.h"
#include "base/result.h"
#include "base/time.h"
#include "platform/files.h"

namespace rekey::authority {

struct BackupRequest {
  std::string folder;
  std::string key_file;  // as AuthorityOptions::key_file
  std::string to;        // the new file
  BackupSeal seal;
};

// One state of the database, copied while others write, checked as `rekey ledger verify` does, and
// sealed with the root key into a new file that is durable when this returns. `now` is written down
// as when it was made. One at a time for a folder.
//
// kAlreadyExists where the file exists; kConflict while another backup of the folder is made;
// kRefused for a sandbox; kNotFound where the folder was never served; kCorrupt, with the first
// finding, where the ledger and the tables do not fit.
[[nodiscard]] base::Result<BackupFacts> make_backup(platform::Files& files,
                                                    const BackupRequest& request,
                                                    base::Instant now);

}  // namespace rekey::authority
