#include "discovery/known/known_index.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace rekey::discovery {
namespace {

// With two bits a hash in 64: one window in a thousand passes by chance.
constexpr std::size_t kBitsPerEntry = 64;
constexpr std::size_t kLeastBits = 4096;

std::uint64_t first_part(std::uint64_t hash) noexcept {
  return hash;
}
std::uint64_t second_part(std::uint64_t hash) noexcept {
  return hash >> 32U;
}

auto order(const KnownEntry& entry) noexcept {
  return std::tuple(entry.tag.window_hash, shape_of(entry), entry.tag.bits, entry.secret);
}

bool is_before(const KnownEntry& a, const KnownEntry& b) noexcept {
  return a.tag.window_hash < b.tag.window_hash;
}

}  // namespace

KnownIndex::KnownIndex(std::vector<KnownEntry> entries) : entries_(std::move(entries)) {
  std::sort(entries_.begin(), entries_.end(),
            [](const KnownEntry& a, const KnownEntry& b) { return order(a) < order(b); });
  const std::size_t bits = std::bit_ceil(std::max(kLeastBits, entries_.size() * kBitsPerEntry));
  filter_.resize(bits / 64);
  filter_mask_ = bits - 1;
  for (const KnownEntry& entry : entries_) {
    for (const auto part :
         {first_part(entry.tag.window_hash), second_part(entry.tag.window_hash)}) {
      const std::size_t bit = bit_of(part);
      filter_[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
  }
}

std::size_t KnownIndex::bit_of(std::uint64_t part) const noexcept {
  return part & filter_mask_;
}

bool KnownIndex::may_hold(std::uint64_t window_hash) const noexcept {
  const std::size_t first = bit_of(first_part(window_hash));
  const std::size_t second = bit_of(second_part(window_hash));
  return (filter_[first / 64] >> first % 64 & filter_[second / 64] >> second % 64 & 1U) != 0;
}

std::span<const KnownEntry> KnownIndex::find(std::uint64_t window_hash) const noexcept {
  KnownEntry wanted;
  wanted.tag.window_hash = window_hash;
  const auto [first, last] = std::equal_range(entries_.begin(), entries_.end(), wanted, is_before);
  return {first, last};
}

}  // namespace rekey::discovery
