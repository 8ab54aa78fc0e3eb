// Whether an author's program keeps the protocol of docs/sinks/exec.md: every rule that can be seen
// from outside, tried with planted values, and what stood there put back at the end.
#pragma once

#include <string>
#include <vector>

#include "rotation/sinks/exec_protocol.h"

namespace rekey::rotation {

struct ExecFinding {
  std::string rule;  // what has to hold, as a sentence
  bool is_kept = false;
  std::string problem;  // empty where it is kept
};

struct ExecCheck {
  std::vector<ExecFinding> findings;
  bool is_put_back = false;  // the place holds what it held; true too where nothing was written
  [[nodiscard]] bool is_passed() const;
};

// Stops where nothing further can be told: without a description, or a value to begin with.
[[nodiscard]] ExecCheck check_exec_program(const AskProcess& ask, base::Duration timeout);

}  // namespace rekey::rotation
