// Carries a run out: asks the machine what is next, writes the intent, does it, writes the outcome.
//
// Level-triggered: nothing is kept between two rounds but the journal, so a run killed anywhere
// goes on.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "platform/clock.h"
#include "rotation/drivers/drivers.h"
#include "rotation/inventory/inventory.h"
#include "rotation/journal/journal.h"
#include "rotation/machine/machine.h"
#include "rotation/report/report.h"

namespace rekey::rotation {

struct RunnerParts {
  platform::Clock& clock;
  Drivers& drivers;
  RunJournal& journal;
  Reporter& reporter;
  const Inventory& inventory;
  Issuer& issuer;
  Probe& probe;
  std::string person{};   // who starts it
  bool was_open = false;  // it was begun before, by whoever
};

// Goes on with the run until it is closed or parked, and returns its last state. An error means
// that the journal itself failed or a sealed value cannot be opened: nothing was lost; mend it,
// start again.
[[nodiscard]] base::Result<RunState> carry_out(RunnerParts& parts, const std::string& run_id);

}  // namespace rekey::rotation
