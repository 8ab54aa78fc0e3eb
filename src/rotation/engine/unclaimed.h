// Open runs that no inventory leads to any more: the entry was taken out, or its client id or slot
// was changed, while a run was open. Consumers may hold its staged secret, and its old one lives
// on.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "platform/files.h"
#include "rotation/inventory/inventory.h"
#include "rotation/journal/journal.h"

namespace rekey::rotation {

struct UnclaimedRun {
  std::string folder;
  RunRecord record;
};

// Of the state folders of all these integrations, which are those of every inventory that is given:
// two may share a folder.
[[nodiscard]] base::Result<std::vector<UnclaimedRun>> find_unclaimed_runs(
    platform::Files& files, const std::vector<Inventory>& integrations);
// A sentence that says what to do, without a full stop.
[[nodiscard]] std::string describe(const UnclaimedRun& run);

}  // namespace rekey::rotation
