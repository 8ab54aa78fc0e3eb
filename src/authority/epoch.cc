#include "authority/epoch.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace rekey::authority {

EpochDomain::~EpochDomain() {
  for (const Retired& retired : retired_) retired.deleter(retired.object);
}

EpochDomain::Reader& EpochDomain::register_reader() {
  const std::size_t place = reader_count_.fetch_add(1);
  REKEY_ASSERT(place < kMaxReaders);
  return readers_[place];
}

void EpochDomain::retire(const void* object, void (*deleter)(const void*)) {
  // A reader that enters from now on reads a greater epoch, and so sees the new pointer.
  retired_.push_back({epoch_.fetch_add(1), object, deleter});
}

void EpochDomain::collect() {
  std::uint64_t oldest = std::numeric_limits<std::uint64_t>::max();
  // A reader that registers during the scan is inside a later epoch than everything retired.
  const std::size_t count = std::min(reader_count_.load(), kMaxReaders);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t entered = readers_[i].entered_.load();
    if (entered != 0) oldest = std::min(oldest, entered);
  }
  const auto is_free = [oldest](const Retired& retired) { return retired.epoch < oldest; };
  for (const Retired& retired : retired_) {
    if (is_free(retired)) retired.deleter(retired.object);
  }
  std::erase_if(retired_, is_free);
}

EpochGuard::EpochGuard(const EpochDomain& domain, EpochDomain::Reader& reader) noexcept
    : reader_(reader) {
  REKEY_ASSERT(reader_.entered_.load(std::memory_order_relaxed) == 0);
  // Sequentially consistent: the entry is visible to collect() before any pointer is loaded.
  reader_.entered_.store(domain.epoch_.load());
}

}  // namespace rekey::authority
