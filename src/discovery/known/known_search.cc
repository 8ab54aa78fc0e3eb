#include "discovery/known/known_search.h"

namespace rekey::discovery {

std::vector<KnownHit> KnownSearch::search_run(std::string_view bytes, std::size_t begin,
                                              std::size_t end) {
  std::vector<KnownHit> hits;
  for (std::size_t at = begin; at + crypto::kWindowSize <= end; ++at) {
    const std::uint64_t hash = tagger_.window_hash(bytes.data() + at);
    if (!index_.may_hold(hash)) continue;
    for (const KnownEntry& entry : index_.find(hash)) {
      const crypto::KnownTag& tag = entry.tag;
      if (tag.window_at > at || at - tag.window_at + tag.size_bytes > bytes.size()) continue;
      const std::size_t first = at - tag.window_at;
      if (tagger_.tag(bytes.substr(first, tag.size_bytes)) != tag.bits) continue;
      hits.push_back({first, tag.size_bytes, tag.form, entry.secret});
    }
  }
  return hits;
}

}  // namespace rekey::discovery
