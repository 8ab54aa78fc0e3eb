// The index of many packs (gitformat-pack, "multi-pack-index"), for packs that have none of their
// own: git reads such stores, so a scan has to.
//
// Pure. Of an object that several packs hold it names one; the other packs' copies are not needed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace rekey::discovery::git {

struct IndexOfOnePack {
  std::string pack_name;              // "pack-….pack"
  std::vector<std::uint8_t> content;  // an index of version 2, its checksums zero
};

// kCorrupt, or kUnsupported for a version or a hash that is not known. Entries that name no pack or
// lie outside of the tables are corrupt.
[[nodiscard]] base::Result<std::vector<IndexOfOnePack>> split_multi_pack_index(
    std::span<const std::uint8_t> bytes, std::size_t hash_bytes);

// A version 2 index of these entries, sorted by id already. Checksums are zero.
struct PackIndexEntry {
  const std::uint8_t* id = nullptr;
  std::uint64_t offset = 0;
};
[[nodiscard]] std::vector<std::uint8_t> write_pack_index(std::span<const PackIndexEntry> entries,
                                                         std::size_t hash_bytes);

}  // namespace rekey::discovery::git
