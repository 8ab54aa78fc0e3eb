#include "discovery/known/literal_search.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace rekey::discovery {
namespace {

constexpr unsigned kFilterShift = 16;

std::string_view text_of(const Literal& literal) {
  return literal.form.text.reveal();
}

}  // namespace

// A filter and no proof: the bytes are compared. An odd factor mixes them upwards.
std::uint32_t LiteralSearch::hash_of(const char* last) noexcept {
  std::uint64_t word = 0;
  static_assert(sizeof word == kShortestBytes);
  std::memcpy(&word, last, sizeof word);
  return static_cast<std::uint32_t>(word * 0x9E3779B97F4A7C15U >> 32U);
}

LiteralSearch::LiteralSearch(std::vector<Literal> literals)
    : literals_(std::move(literals)), filter_(std::make_unique<std::bitset<kFilterBits>>()) {
  for (std::size_t i = 0; i < literals_.size(); ++i) {
    const std::string_view text = text_of(literals_[i]);
    REKEY_ASSERT(text.size() >= kShortestBytes);
    const std::uint32_t hash = hash_of(text.data() + text.size() - kShortestBytes);
    entries_.push_back({hash, i});
    filter_->set(hash >> kFilterShift);
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.hash, a.literal) < std::pair(b.hash, b.literal);
  });
}

std::vector<LiteralSearch::Hit> LiteralSearch::search(std::string_view bytes) const {
  std::vector<Hit> hits;
  if (literals_.empty()) return hits;
  for (std::size_t end = kShortestBytes; end <= bytes.size(); ++end) {
    const std::uint32_t hash = hash_of(bytes.data() + end - kShortestBytes);
    if (!filter_->test(hash >> kFilterShift)) continue;
    auto entry =
        std::lower_bound(entries_.begin(), entries_.end(), hash,
                         [](const Entry& one, std::uint32_t wanted) { return one.hash < wanted; });
    for (; entry != entries_.end() && entry->hash == hash; ++entry) {
      const Literal& literal = literals_[entry->literal];
      if (!bytes.substr(0, end).ends_with(text_of(literal))) continue;
      hits.push_back({end - text_of(literal).size(), &literal});
    }
  }
  return hits;
}

}  // namespace rekey::discovery
