// Which options of `rekey scan` go together, and how large a file may be that one of them names.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "cli/arguments.h"

namespace rekey::cli {

inline constexpr std::int64_t kScanFileLimitBytes = std::int64_t{16} << 20;

// kInvalidArgument names what does not, and what to do.
[[nodiscard]] base::Status check_scan(const Arguments& arguments);

}  // namespace rekey::cli
