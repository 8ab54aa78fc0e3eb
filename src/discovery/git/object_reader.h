// One object by its id, from wherever a store holds it.
//
// A copy that does not decode is passed over for another one, and so is a base in the middle of a
// chain of deltas: what a store holds twice is lost only when it is lost twice. Nothing is kept
// unless keep_trees() says so. One thread a reader.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "discovery/git/base_cache.h"
#include "discovery/git/loose.h"
#include "discovery/git/pack.h"

namespace rekey::discovery::git {

// Where objects are. The packs and folders come in the order in which they are asked.
struct Holdings {
  std::size_t hash_bytes = 20;
  std::vector<std::unique_ptr<Pack>> packs;
  std::vector<std::string> object_folders;  // the store's own first, then its alternates
};

class ObjectReader {
 public:
  ObjectReader(const Holdings& holdings, std::uint64_t limit_bytes)
      : holdings_(&holdings), limit_bytes_(limit_bytes) {}

  // Trees that were read, and those that they are told by, up to so many bytes: for a walk through
  // a history.
  void keep_trees(std::size_t most_bytes) { trees_ = std::make_unique<BaseCache>(most_bytes); }

  // kNotFound where no part of the store has it; kCorrupt, kLimitReached or kIo where the last
  // copy that was tried failed so.
  [[nodiscard]] base::Result<StoredObject> read(const ObjectId& id);
  // The same, leaving out one pack.
  [[nodiscard]] base::Result<StoredObject> read_elsewhere(const ObjectId& id, const Pack& but);
  // The object at an offset of a pack.
  [[nodiscard]] base::Result<StoredObject> read_at(const Pack& pack, std::uint64_t offset);

 private:
  [[nodiscard]] base::Result<StoredObject> find(const ObjectId& id, const Pack* but);
  [[nodiscard]] base::Result<StoredObject> follow_chain(const Pack& pack, std::uint64_t offset);
  [[nodiscard]] base::Result<StoredObject> from_bottom(const Pack& pack, const PackEntry& entry);
  [[nodiscard]] base::Result<Buffer> apply_at(const Pack& pack, std::uint64_t offset,
                                              std::span<const std::uint8_t> base);
  void keep(const Pack& pack, std::uint64_t offset, const base::Result<StoredObject>& object);
  [[nodiscard]] base::Result<StoredObject> detour(const Pack& pack, std::uint64_t offset,
                                                  base::Error why);

  const Holdings* holdings_;
  std::uint64_t limit_bytes_;
  Inflater inflater_;
  SpareBuffers spares_;
  std::unique_ptr<BaseCache> trees_;  // nullptr: none are kept
  // What is being read, so that no detour leads back to it.
  std::vector<std::pair<const Pack*, std::uint64_t>> trail_;
};

}  // namespace rekey::discovery::git
