#include "rotation/sinks/registry.h"

#include <fmt/format.h>

#include <array>

#include "rotation/inventory.h"
#include "rotation/sinks/file.h"

namespace rekey::rotation {
namespace {

using Make = base::Result<std::unique_ptr<Sink>> (*)(const SinkSpec&, platform::Files&);

constexpr std::array<std::string_view, 1> kKinds{"file"};
constexpr std::array<Make, kKinds.size()> kMakers{make_file_sink};

}  // namespace

std::span<const std::string_view> sink_kinds() noexcept {
  return kKinds;
}

base::Result<std::unique_ptr<Sink>> make_sink(const SinkSpec& spec, platform::Files& files) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (spec.kind == kKinds[i]) return kMakers[i](spec, files);
  }
  return base::fail(base::Code::kUnsupported,
                    fmt::format("there is no sink of kind {}", spec.kind));
}

}  // namespace rekey::rotation
