// Other processes, signals, and hardening of this one.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rekey::platform {

inline constexpr std::size_t kOutputTailBytes = 4096;

struct ProcessResult {
  int exit_code = 0;        // 128 + signal where it was killed
  std::string output_tail;  // last kOutputTailBytes of standard output and error together
};

// Runs a program (searched in PATH) without a shell and with this process's environment less every
// variable whose name starts with REKEY_; standard input is empty. kTimeout kills its process
// group. Returns when the program itself ends: what it left running must have its output
// redirected. kNotFound where there is no such program. No secret may be in argv.
[[nodiscard]] base::Result<ProcessResult> run_process(const std::vector<std::string>& arguments,
                                                      base::Duration timeout);

// The same with `input` on standard input, then its end. The input is in memory before the program
// starts: one that reads nothing, or not to the end, is not held up and holds nobody up.
[[nodiscard]] base::Result<ProcessResult> run_process_with_input(
    const std::vector<std::string>& arguments, std::string_view input, base::Duration timeout);

// The number of "HUP", "USR1", …; kInvalidArgument lists those that are known.
[[nodiscard]] base::Result<int> signal_number(std::string_view name);

// Sends a signal to a process; kNotFound where it is gone.
[[nodiscard]] base::Status send_signal(pid_t process, int signal);

// No core file, not dumpable: secret values must not reach a disk. Called first in main.
void forbid_core_dumps() noexcept;

// Raises the soft limit of open files to the hard one and gives what holds now. A server would
// otherwise stand at the 1024 that shells give.
[[nodiscard]] std::size_t raise_open_files_limit() noexcept;
// The same, but to `wanted` and no further: programs that this process starts have the same limit,
// and some of them close as many descriptors one by one.
std::size_t raise_open_files_limit_to(std::size_t wanted) noexcept;

// From now on memory above 1 MiB goes back to the system when it is freed. The allocator would keep
// the places of the largest contents of a scan, for each thread, to the end.
void return_large_memory() noexcept;

// Blocks SIGTERM and SIGINT in this thread and all started later; wait_for_stop returns when one
// comes. SIGPIPE is ignored.
void block_stop_signals() noexcept;
[[nodiscard]] int wait_for_stop_signal();

}  // namespace rekey::platform
