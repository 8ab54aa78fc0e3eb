// rekey.yaml as anybody may write it: parse_inventory accepts it or lists problems, and never
// crashes, hangs, or accepts what it says is wrong.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "rotation/drivers/registry.h"
#include "rotation/inventory/inventory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rekey;
  static const rotation::DriverRegistry kDrivers = rotation::builtin_drivers();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto inventory = rotation::parse_inventory(text, "rekey.yaml", kDrivers);
  if (!inventory) {
    REKEY_ASSERT(inventory.error().code == base::Code::kInvalidArgument);
    REKEY_ASSERT(!inventory.error().detail.empty());
    return 0;
  }
  REKEY_ASSERT(!inventory->consumers.empty());
  for (const rotation::Consumer& consumer : inventory->consumers) {
    REKEY_ASSERT(!consumer.name.empty() && !consumer.sinks.empty());
    for (const auto& sink : consumer.sinks) REKEY_ASSERT(!sink.location.empty());
    REKEY_ASSERT(consumer.interval >= base::Duration{0} && consumer.instances >= 1);
    REKEY_ASSERT(consumer.wave >= 0);
    REKEY_ASSERT(rotation::check(consumer.seen_as).has_value());
  }
  return 0;
}
