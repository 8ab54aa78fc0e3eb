// The sink "file": one value in a configuration file, replaced without touching another byte.
// docs/sinks/file.md is its page.
#pragma once

#include <memory>

#include "base/result.h"
#include "platform/files.h"
#include "rotation/sink.h"

namespace rekey::rotation {

struct SinkSpec;

inline constexpr std::int64_t kSinkFileLimitBytes = 4 * 1024 * 1024;

// kUnsupported where documents/ has no such format. `files` outlives the sink.
[[nodiscard]] base::Result<std::unique_ptr<Sink>> make_file_sink(const SinkSpec& spec,
                                                                 platform::Files& files);

}  // namespace rekey::rotation
