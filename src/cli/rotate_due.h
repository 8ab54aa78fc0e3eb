// rekey rotate --due: everything whose time has come, several at once.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "rotation/engine.h"

namespace rekey::cli {

// The exit code: kExitOk where every one of them is closed, and nothing is due that cannot begin.
[[nodiscard]] base::Result<int> rotate_due(Context& context, const Arguments& arguments,
                                           const std::string& path, rotation::EngineParts& parts);

}  // namespace rekey::cli
