// A number for each object, in the place of its id: four bytes, not thirty-three.
//
// An object that a pack holds has the number of its row in the indexes of all packs; any other gets
// the next free one when it is first asked for. Any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "discovery/git/object_reader.h"

namespace rekey::discovery::git {

class ObjectNumbers {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNone = std::numeric_limits<Number>::max();

  // The packs of the holdings stay the same while the numbers live.
  explicit ObjectNumbers(const Holdings& holdings);

  // kNone where there are more objects than numbers.
  [[nodiscard]] Number of(const ObjectId& id);
  [[nodiscard]] ObjectId id(Number number) const;
  // All are less.
  [[nodiscard]] Number end() const;

 private:
  const Holdings& holdings_;
  std::vector<Number> first_of_packs_;  // and behind the last
  mutable std::mutex mutex_;
  std::unordered_map<ObjectId, Number> others_;
  std::vector<ObjectId> other_ids_;
};

}  // namespace rekey::discovery::git
