// One question to another program, with a secret value beside it: the question and the answer on
// the standard files, the value on descriptors of its own.
//
// Nothing of a value passes through argv, the environment, a pipe that others share, or a disk.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace rekey::platform {

inline constexpr int kValueInNumber = 3;
inline constexpr int kValueOutNumber = 4;

struct Question {
  std::string_view text;         // on standard input, then its end
  std::string_view value;        // on descriptor 3, then its end; may be empty
  std::size_t answer_limit = 0;  // bytes of standard output
  std::size_t value_limit = 0;   // bytes on descriptor 4
};

struct Answer {
  int exit_code = 0;         // 128 + signal where it was killed
  std::string text;          // all of standard output
  base::Secret value;        // all that was written to descriptor 4
  base::Secret errors_tail;  // the last 4 KiB of standard error: may hold anything
};

// Runs a program as run_process does. kTimeout kills its process group; so does kLimitReached,
// where it says more than the limits allow. Returns when the program itself ends.
[[nodiscard]] base::Result<Answer> ask_process(const std::vector<std::string>& arguments,
                                               const Question& question, base::Duration timeout);

}  // namespace rekey::platform
