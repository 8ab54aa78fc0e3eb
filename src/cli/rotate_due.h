// rekey rotate --due: everything whose time has come, several at once.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "rotation/engine/engine.h"
#include "rotation/engine/fleet.h"

namespace rekey::cli {

// The exit code: kExitOk where every one of them is closed, and nothing is due that was not
// started; else the one that all others would have alone, kExitNeedsPerson where they differ.
[[nodiscard]] base::Result<int> rotate_due(Context& context, const Arguments& arguments,
                                           const std::string& path, rotation::EngineParts& parts);

// Of --parallel and --issuer-calls; and of --lead. kInvalidArgument says what they may be.
[[nodiscard]] base::Result<rotation::FleetLimits> limits_from(const Arguments& arguments);
[[nodiscard]] base::Result<base::Duration> lead_from(const Arguments& arguments);

}  // namespace rekey::cli
