// The sink "file": one value in a configuration file, replaced without touching another byte.
// docs/sinks/file.md is its page.
#pragma once

#include "rotation/drivers/registry.h"

namespace rekey::rotation {

inline constexpr std::int64_t kSinkFileLimitBytes = 4 * 1024 * 1024;

// Its keys: path, format (guessed from the path's name where it is left out), key, part (of the
// text at the key; all of it where it is left out), encoding (plain where it is left out).
[[nodiscard]] SinkKind file_sink();

}  // namespace rekey::rotation
