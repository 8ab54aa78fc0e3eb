// What a pass of the watcher says of open runs: that they wait, stopped, were interrupted, or were
// overtaken by somebody who acted too early.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "notice/subject.h"
#include "rotation/inventory/inventory.h"

namespace rekey::cli {

struct RunSubjects {
  std::vector<notice::Subject> subjects;
  std::vector<notice::Unread> unread;  // journals that cannot be read
};
// One for each integration whose open run is parked, waits for a person, was interrupted, or found
// that nobody gets a token; one for each whose old secret was cut too early by an activation before
// its time; one for each open run of their state folders that none of them leads to.
[[nodiscard]] RunSubjects read_run_subjects(Context& context,
                                            const std::vector<rotation::Inventory>& integrations);

}  // namespace rekey::cli
