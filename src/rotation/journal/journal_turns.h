// One journal of many that are written side by side in one process.
//
// SQLite lets one connection write at a time and wakes those that wait in no order: among many some
// would wait longer than they may. So each takes its turn before it begins to write.
#pragma once

#include <memory>
#include <mutex>

#include "rotation/journal/journal.h"

namespace rekey::rotation {

// As open_journal; `turn` is shared by all journals of the state folder, and outlives them.
[[nodiscard]] base::Result<std::unique_ptr<RunJournal>> open_journal_in_turns(
    platform::Files& files, const std::string& folder, const Credential& whose, base::Instant now,
    std::mutex& turn);

}  // namespace rekey::rotation
