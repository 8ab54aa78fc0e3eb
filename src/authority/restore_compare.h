// What a restored copy accepts, and what of that the lost authority had ended. For restore.cc.
#pragma once

#include <string>
#include <vector>

#include "authority/restore.h"
#include "storage/sqlite.h"

namespace rekey::authority {

struct ListedSecrets {
  std::vector<RestoredSecret> accepted;     // at `now`, or when they have settled
  std::vector<RestoredSecret> ended_since;  // live at `made_at` and not at `now`
};
struct Span {
  base::Instant made_at{};
  base::Instant now{};
};
[[nodiscard]] base::Result<ListedSecrets> list_secrets(storage::Connection& restored, Span span);

// Reads the lost folder and changes nothing in it. `restored` is the copy before anything was added
// to it. kRefused where its ledger is not the one that the copy was made of, or where a server
// serves it: both would issue secrets and accept them.
[[nodiscard]] base::Result<SinceBackup> compare_with_lost(
    storage::Connection& restored, const std::string& lost_folder,
    const std::vector<RestoredSecret>& accepted, base::Instant now);

}  // namespace rekey::authority
