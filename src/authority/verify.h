// Does the database say what the ledger says? For `rekey ledger verify`.
//
// Walks the ledger (chains, checkpoints, signatures, anchor), replays every event through the same
// functions that made the tables, and compares each row of tenant, policy_setting, scope,
// integration, slot and secret with the replayed state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/root_key.h"
#include "ledger/ledger.h"
#include "platform/files.h"
#include "storage/sqlite.h"

namespace rekey::authority {

struct FolderReport {
  ledger::VerifyReport ledger;  // its findings include those about tables and the anchor
  std::int64_t rows = 0;        // of tables compared with the replayed state
};

// Changes nothing, and may run beside a server: it reads one snapshot. `key_file`: as
// AuthorityOptions::key_file. An error means that it could not be checked; what is wrong with the
// content is a finding.
[[nodiscard]] base::Result<FolderReport> verify_data_folder(platform::Files& files,
                                                            const std::string& folder,
                                                            const std::string& key_file);

// The same of an open database, against the anchor that was kept outside it, where there is one.
[[nodiscard]] base::Result<FolderReport> verify_database(
    storage::Connection& connection, const crypto::RootKey& root_key,
    const std::optional<ledger::Checkpoint>& anchor);

}  // namespace rekey::authority
