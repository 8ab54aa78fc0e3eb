// Exit codes: the command line's error surface, and its one table from base::Code.
#pragma once

#include "base/result.h"

namespace rekey::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // it failed; of `ledger verify`: the record does not fit
inline constexpr int kExitUsage = 2;   // the command line or a configuration file is wrong
inline constexpr int kExitNeedsPerson = 3;  // it worked, and somebody has to act
inline constexpr int kExitRefused = 4;      // a rule of the lifecycle or of a rotation forbids it
inline constexpr int kExitUnavailable = 5;  // the server or a file is away; try again
inline constexpr int kExitStopped = 130;    // the person said no, or pressed Ctrl-C

// A file that is named on the command line and is not there, or may not be read, is away; a thing
// that a server does not know is not. For errors of reading files alone: the code becomes
// kUnavailable, the words stay.
[[nodiscard]] base::Error as_file_away(base::Error error);

// What is said to an open run where none is: a rule forbids it now. For errors of the rotation
// engine, whose kNotFound is that: the code becomes kRefused, the words stay.
[[nodiscard]] base::Error as_none_open(base::Error error);

[[nodiscard]] int exit_code_of(base::Code code) noexcept;

}  // namespace rekey::cli
