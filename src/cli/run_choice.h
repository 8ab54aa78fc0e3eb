// Which run a command is about, and all that its journal says of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/inventory_choice.h"
#include "rotation/engine/unclaimed.h"
#include "rotation/machine/machine.h"

namespace rekey::cli {

struct ChosenRun {
  rotation::Inventory inventory;
  std::string run_id;
  std::vector<rotation::RunEvent> events;  // from the first one on; never empty
  rotation::RunState state;
  bool is_worked_on = false;  // by an engine, now
  [[nodiscard]] bool is_closed() const noexcept { return state.phase == rotation::Phase::kClosed; }
};

// The run that RUN names, open or closed, of any integration of the inventory; without it the open
// run of the one that --integration chooses, nullopt where none is open. kInvalidArgument where no
// such run is known.
[[nodiscard]] base::Result<std::optional<ChosenRun>> choose_run(Context& context,
                                                                const Arguments& arguments,
                                                                Desk& desk);

// Since when it stands where it stands: for a parked one, since it first stopped for that.
[[nodiscard]] base::Instant stands_since(const std::vector<rotation::RunEvent>& events);
// "Closed" apart from "GivenUp"; else the phase, "Parked" included.
[[nodiscard]] std::string phase_in_words(const rotation::RunState& state);
// Open runs that none of these integrations lead to, each told to standard error.
[[nodiscard]] base::Result<std::vector<rotation::UnclaimedRun>> tell_unclaimed_runs(
    Context& context, const std::vector<rotation::Inventory>& integrations);
// What is said where no run is open.
void print_no_open_run(const Context& context, const Arguments& arguments);

}  // namespace rekey::cli
