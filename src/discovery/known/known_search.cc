#include "discovery/known/known_search.h"

#include <algorithm>
#include <span>

namespace rekey::discovery {
namespace {

using Entries = std::span<const KnownEntry>;

// Those in front that have the shape of the first; entries of one shape stand together. They may
// be one for every secret that is known: no walk.
Entries first_shape(Entries entries) {
  const KnownShape shape = shape_of(entries.front());
  const auto end =
      std::partition_point(entries.begin(), entries.end(),
                           [&](const KnownEntry& entry) { return shape_of(entry) == shape; });
  return {entries.begin(), end};
}

// Of entries of one shape those with that tag.
Entries with_tag(Entries entries, const crypto::TagBits& bits) {
  KnownEntry wanted;
  wanted.tag.bits = bits;
  const auto [first, last] = std::equal_range(
      entries.begin(), entries.end(), wanted,
      [](const KnownEntry& a, const KnownEntry& b) { return a.tag.bits < b.tag.bits; });
  return {first, last};
}

}  // namespace

std::vector<KnownHit> KnownSearch::search_run(std::string_view bytes, std::size_t begin,
                                              std::size_t end) {
  std::vector<KnownHit> hits;
  for (std::size_t at = begin; at + crypto::kWindowSize <= end; ++at) {
    const std::uint64_t hash = tagger_.window_hash(bytes.data() + at);
    if (!index_.may_hold(hash)) continue;
    for (auto left = index_.find(hash); !left.empty();) {
      const KnownShape shape = shape_of(left.front());
      const Entries same = first_shape(left);
      left = left.subspan(same.size());
      if (shape.window_at > at || at - shape.window_at + shape.size_bytes > bytes.size()) continue;
      const std::size_t first = at - shape.window_at;
      const crypto::TagBits tag = tagger_.tag(bytes.substr(first, shape.size_bytes));
      for (const KnownEntry& entry : with_tag(same, tag)) {
        hits.push_back({first, shape.size_bytes, entry.tag.form, entry.secret});
      }
    }
  }
  return hits;
}

bool KnownSearch::may_find(std::string_view bytes, std::size_t begin,
                           std::size_t end) const noexcept {
  for (std::size_t at = begin; at + crypto::kWindowSize <= end; ++at) {
    if (index_.may_hold(tagger_.window_hash(bytes.data() + at))) return true;
  }
  return false;
}

}  // namespace rekey::discovery
