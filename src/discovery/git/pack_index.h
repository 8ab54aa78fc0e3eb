// Which objects a pack holds, and where (gitformat-pack, "*.idx files", versions 1 and 2).
//
// The index names every object, so none has to be hashed. A view over bytes that somebody else
// owns; it trusts nothing but the lengths that open() checked. Any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "base/result.h"
#include "discovery/git/object_id.h"

namespace rekey::discovery::git {

inline constexpr std::uint64_t kNowhere = std::numeric_limits<std::uint64_t>::max();

// Of version 2, which has a magic number and a version before its tables.
inline constexpr std::uint32_t kPackIndexMagic = 0xff744f63;
inline constexpr std::uint32_t kPackIndexVersion = 2;
inline constexpr std::size_t kFanoutBytes = std::size_t{256} * 4;

class PackIndex {
 public:
  // `hash_bytes` is 20 or 32. kCorrupt where the bytes are no index, kUnsupported for a version
  // that is not known.
  [[nodiscard]] static base::Result<PackIndex> open(std::span<const std::uint8_t> bytes,
                                                    std::size_t hash_bytes);

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  // In the order of ids. `position` is less than count().
  [[nodiscard]] ObjectId id(std::uint32_t position) const noexcept;
  [[nodiscard]] const std::uint8_t* id_bytes(std::uint32_t position) const noexcept {
    return ids_ + std::size_t{position} * stride_;
  }
  [[nodiscard]] IdView id_view(std::uint32_t position) const noexcept {
    return IdView({id_bytes(position), hash_bytes_});
  }
  // Where in the pack; kNowhere where the index contradicts itself.
  [[nodiscard]] std::uint64_t offset(std::uint32_t position) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> find(const ObjectId& id) const noexcept;
  // What the trailer of the pack has to be.
  [[nodiscard]] std::span<const std::uint8_t> pack_trailer() const noexcept { return trailer_; }

 private:
  const std::uint8_t* fanout_ = nullptr;
  const std::uint8_t* ids_ = nullptr;      // every stride_ bytes
  const std::uint8_t* offsets_ = nullptr;  // every offset_stride_ bytes
  std::span<const std::uint8_t> large_offsets_;
  std::span<const std::uint8_t> trailer_;
  std::size_t stride_ = 0;
  std::size_t offset_stride_ = 0;
  std::size_t hash_bytes_ = 0;
  std::uint32_t count_ = 0;
  bool has_large_offsets_ = false;
};

// An offset that does not fit into 31 bits is the number of a row in a table of large ones, which
// an index of one pack has and one of many has where it needs it; nullopt where it has no such row.
inline constexpr std::uint32_t kIsLargeOffset = 0x80000000;
[[nodiscard]] std::optional<std::uint64_t> large_offset(std::uint32_t offset,
                                                        std::span<const std::uint8_t> table);

// The number of all ids: the last of a fan-out table's 256 counts of ids whose first byte is at
// most so much. nullopt where the table is not rising. For indexes of one pack and of many.
[[nodiscard]] std::optional<std::uint32_t> check_fanout(const std::uint8_t* fanout);

}  // namespace rekey::discovery::git
