// The sinks that exist, by the kind that the inventory names.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "platform/files.h"
#include "rotation/sink.h"

namespace rekey::rotation {

struct SinkSpec;

[[nodiscard]] std::span<const std::string_view> sink_kinds() noexcept;

// kUnsupported for a kind that does not exist. `files` outlives the sink.
[[nodiscard]] base::Result<std::unique_ptr<Sink>> make_sink(const SinkSpec& spec,
                                                            platform::Files& files);

}  // namespace rekey::rotation
