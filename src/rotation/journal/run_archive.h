// Runs as they were written down, closed ones too: read without the lock, nothing is changed.
//
// The journal's chain is checked on the way; what comes after the first event that does not fit is
// not believed, and is left out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/files.h"
#include "rotation/machine/events.h"

namespace rekey::rotation {

// What the check of a run's journal found.
struct ChainCheck {
  std::string head;     // the last fitting event's hash, in hex
  std::string problem;  // a sentence; empty where every event fits
};

struct ArchivedRun {
  std::string run_id;
  std::string client_id;
  std::string slot;
  std::vector<RunEvent> events;
  ChainCheck chain;
};

// kInvalidArgument where the folder holds no such run, naming the newest ones; kNotFound where no
// run was ever begun in it.
[[nodiscard]] base::Result<ArchivedRun> read_run(platform::Files& files, const std::string& folder,
                                                 const std::string& run_id);
// The open run of the integration, else the one that was closed last; nullopt where none was begun.
[[nodiscard]] base::Result<std::optional<ArchivedRun>> read_newest_run(platform::Files& files,
                                                                       const std::string& folder,
                                                                       const std::string& client_id,
                                                                       const std::string& slot);

}  // namespace rekey::rotation
