// How another program is started: with the standard files that it is handed and none of ours, in a
// group of its own. For platform/ alone; process.h and exchange.h are what others use.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "platform/descriptor.h"

namespace rekey::platform {

struct Child {
  pid_t id = 0;
  Descriptor handle;  // a pidfd: readable when the program has ended
};

// A number in the child, and the descriptor of ours that it becomes.
using HandedOver = std::vector<std::pair<int, int>>;

// Runs a program (searched in PATH), without a shell and without our variables (REKEY_…). Standard
// files that are not handed over are /dev/null; the numbers handed over must follow each other up
// to the highest. No secret may be in argv.
[[nodiscard]] base::Result<Child> spawn(const std::vector<std::string>& arguments,
                                        const HandedOver& descriptors);

// As a shell tells it: 128 + signal where it was killed. Waits for the end.
int wait_for_exit_code(pid_t child);
// With all that it started; waits for its end.
void kill_group(pid_t leader);

// A file in memory that holds `text`, to be read from its start.
[[nodiscard]] base::Result<Descriptor> file_in_memory(std::string_view text);

}  // namespace rekey::platform
