// Objects of packs that others are told by, kept for a reader that walks from one to the next: each
// tree of a history is most often a small difference to that of a neighbour. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "discovery/git/loose.h"
#include "discovery/git/pack.h"

namespace rekey::discovery::git {

class BaseCache {
 public:
  // Keeps up to so many bytes; the oldest go first.
  explicit BaseCache(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // A copy.
  [[nodiscard]] std::optional<StoredObject> find(const Pack& pack, std::uint64_t offset) const {
    const auto found = kept_.find({&pack, offset});
    if (found == kept_.end()) return std::nullopt;
    StoredObject object;
    object.type = found->second.type;
    object.buffer = Buffer::of_size(found->second.bytes.size());
    if (!object.buffer.is_valid()) return std::nullopt;
    std::copy(found->second.bytes.begin(), found->second.bytes.end(), object.buffer.data());
    return object;
  }

  void keep(const Pack& pack, std::uint64_t offset, const StoredObject& object) {
    const auto bytes = object.content();
    if (bytes.size() > most_bytes_ / 4) return;
    const Key key{&pack, offset};
    if (!kept_.try_emplace(key, Kept{object.type, {bytes.begin(), bytes.end()}}).second) return;
    order_.push_back(key);
    for (held_bytes_ += bytes.size(); held_bytes_ > most_bytes_; order_.pop_front()) {
      const auto oldest = kept_.find(order_.front());
      held_bytes_ -= oldest->second.bytes.size();
      kept_.erase(oldest);
    }
  }

 private:
  using Key = std::pair<const Pack*, std::uint64_t>;
  struct Kept {
    ObjectType type = ObjectType::kTree;
    std::vector<std::uint8_t> bytes;
  };
  std::size_t most_bytes_;
  std::size_t held_bytes_ = 0;
  std::map<Key, Kept> kept_;
  std::deque<Key> order_;
};

}  // namespace rekey::discovery::git
