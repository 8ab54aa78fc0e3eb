// What must stand in no message of a run: its values, and whatever looks like a secret.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "rotation/journal/journal.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

struct RunValues {
  std::vector<base::Secret> values;
  bool are_all = true;  // false: of one that the run knows the value could not be read
};
// The new value, those that consumers held, and those that were staged before.
[[nodiscard]] RunValues values_of(RunJournal& journal, const std::string& run_id,
                                  const RunState& state);

// The message of a failed step as it may be kept: `detail`, or a sentence in its place where a part
// of one of the run's values stands in it in whatever form, or something that looks like a secret.
[[nodiscard]] std::string tellable(RunJournal& journal, const std::string& run_id,
                                   const RunState& state, const std::string& detail);

}  // namespace rekey::rotation
