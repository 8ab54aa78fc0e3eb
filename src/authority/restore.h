// Brings a backup back into a folder of its own (docs/backup.md).
//
// What happened after the backup is not in it. So the copy is made a ledger of its own: an event
// tells where it goes on from, numbers of packages, secrets and token keys go on far above those
// that the lost authority may have given, no token from before is accepted, and usage is complete
// only from the next start on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "authority/backup_file.h"
#include "authority/verify.h"
#include "base/result.h"
#include "base/time.h"
#include "credential/ids.h"
#include "credential/lifecycle.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "telemetry/logger.h"

namespace rekey::authority {

struct RestoreRequest {
  std::string folder;       // does not exist yet, or is empty
  std::string key_file;     // where the root key is written; empty: root.key in the folder
  std::string lost_folder;  // whose backup it is, where it can still be read; empty: it is gone
  std::uint32_t uid = 0;    // who asked, for the ledger
};

// A secret as the restored authority sees it.
struct RestoredSecret {
  credential::ClientId client_id;
  std::string package;
  credential::SecretId id;
  credential::SlotTag slot;
  credential::SecretStatus status = credential::SecretStatus::kActive;
  base::Instant ends_at{};  // dormancy included, by the use that the backup knows of
  bool is_admin = false;
};

// One that the restored authority accepts and the lost one did not any more.
struct WasEnded {
  RestoredSecret secret;
  std::string how;  // "revoked", …, "its package was disabled"
};

// What the lost folder tells of the time after the backup.
struct SinceBackup {
  std::int64_t events = 0;
  std::vector<WasEnded> ended;
};

struct RestoreReport {
  FolderReport verified;  // of the backup, before anything was added
  base::Instant restored_at{};
  std::vector<RestoredSecret> accepted;     // now, or when they have settled; in order of issue
  std::vector<RestoredSecret> ended_since;  // by their dates, between the backup and now
  std::optional<SinceBackup> since;         // where the lost folder was given
};

// `backup` is unlocked. The folder can be served when this returns Ok, and not before: where it
// fails, what it wrote is removed, and after a kill -9 a mark stays that the server refuses.
//
// kRefused where the folder is not empty, or the lost one is another authority's or is being
// served; kCorrupt where the backup was changed or does not fit its ledger; kUnsupported where a
// newer program made it; kUnavailable where the clock is behind the ledger.
[[nodiscard]] base::Result<RestoreReport> restore_backup(platform::Files& files,
                                                         BackupReader& backup,
                                                         const RestoreRequest& request,
                                                         const platform::Clock& clock,
                                                         telemetry::Logger& logger);

}  // namespace rekey::authority
