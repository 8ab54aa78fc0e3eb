// Which inventory a command works on, and who is at work.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"

namespace rekey::cli {

// Of --file, else rekey.yaml. kUnavailable where there is none.
[[nodiscard]] base::Result<std::string> inventory_path(const Context& context,
                                                       const Arguments& arguments);

// Who is at work here, as the journal keeps it: the name of the system's user.
[[nodiscard]] std::string person_at_work();

}  // namespace rekey::cli
