// From argv to a command and its arguments, by the command table.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/command_table.h"

namespace rekey::cli {

struct Invocation {
  const CommandSpec* command = nullptr;
  Arguments arguments;
};
// Text to print on standard output instead of running anything (--help, --version).
struct Answer {
  std::string text;
};

// kInvalidArgument names the word that does not fit, and the nearest one that would.
[[nodiscard]] base::Result<std::variant<Invocation, Answer>> parse_command_line(
    const std::vector<std::string>& words);

}  // namespace rekey::cli
