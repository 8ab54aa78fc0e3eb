// The secrets that are known, as a search needs them: by the hashes of their windows.
//
// Immutable once it is built, so threads share it. It holds no value and no key.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "crypto/known_tags.h"

namespace rekey::discovery {

struct KnownEntry {
  crypto::KnownTag tag;
  std::uint32_t secret = 0;  // whose: the caller's own numbering
};

// Where a text lies around its window; those of one shape are told apart by one tag.
struct KnownShape {
  std::uint32_t window_at = 0;
  std::uint32_t size_bytes = 0;
  friend auto operator<=>(const KnownShape&, const KnownShape&) = default;
};
[[nodiscard]] inline KnownShape shape_of(const KnownEntry& entry) noexcept {
  return {entry.tag.window_at, entry.tag.size_bytes};
}

class KnownIndex {
 public:
  explicit KnownIndex(std::vector<KnownEntry> entries);

  // False for nearly every window that begins no known text: one in a thousand passes.
  [[nodiscard]] bool may_hold(std::uint64_t window_hash) const noexcept;
  // Those whose window has that hash, in the order of KnownShape and then of their tags; most often
  // none or one. Secrets that begin alike share the windows of some encodings.
  [[nodiscard]] std::span<const KnownEntry> find(std::uint64_t window_hash) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  [[nodiscard]] std::size_t bit_of(std::uint64_t part) const noexcept;

  std::vector<KnownEntry> entries_;    // ordered by hash, shape and tag
  std::vector<std::uint64_t> filter_;  // a Bloom filter of two bits a hash
  std::uint64_t filter_mask_ = 0;      // bits less one
};

}  // namespace rekey::discovery
