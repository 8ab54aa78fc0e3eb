#include "discovery/git/pack_index.h"

#include <algorithm>
#include <cstring>

#include "discovery/git/wire.h"

namespace rekey::discovery::git {

namespace {

constexpr std::uint32_t kFirstStep = 16;  // of a search in the table of ids

}  // namespace

std::optional<std::uint64_t> large_offset(std::uint32_t offset,
                                          std::span<const std::uint8_t> table) {
  const auto at = std::uint64_t{offset & ~kIsLargeOffset} * 8;
  if (table.size() < 8 || at > table.size() - 8) return std::nullopt;
  return big_endian_64(table.data() + at);
}

std::optional<std::uint32_t> check_fanout(const std::uint8_t* fanout) {
  std::uint32_t before = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    const auto count = big_endian_32(fanout + i * 4);
    if (count < before) return std::nullopt;
    before = count;
  }
  return before;
}

base::Result<PackIndex> PackIndex::open(std::span<const std::uint8_t> bytes,
                                        std::size_t hash_bytes) {
  using base::Code;
  const bool has_magic = bytes.size() >= 8 && big_endian_32(bytes.data()) == kPackIndexMagic;
  if (has_magic && big_endian_32(bytes.data() + 4) != kPackIndexVersion) {
    return base::fail(Code::kUnsupported, "its version is neither 1 nor 2");
  }
  const std::size_t header = has_magic ? 8 : 0;
  if (bytes.size() < header + kFanoutBytes + 2 * hash_bytes) {
    return base::fail(Code::kCorrupt, "it is shorter than any index");
  }
  PackIndex index;
  index.hash_bytes_ = hash_bytes;
  index.fanout_ = bytes.data() + header;
  const auto count = check_fanout(index.fanout_);
  if (!count) return base::fail(Code::kCorrupt, "its fan-out table is not rising");
  index.count_ = *count;
  // Version 1 has the offset in front of each id; version 2 has ids, checksums and offsets apart.
  const std::size_t entry = has_magic ? hash_bytes + 8 : hash_bytes + 4;
  const auto tables = std::uint64_t{*count} * entry;
  const std::uint64_t room = bytes.size() - header - kFanoutBytes - 2 * hash_bytes;
  if (tables > room) {
    return base::fail(Code::kCorrupt, "it is shorter than the number of its objects needs");
  }
  const auto* const start = index.fanout_ + kFanoutBytes;
  index.has_large_offsets_ = has_magic;
  index.stride_ = has_magic ? hash_bytes : entry;
  index.offset_stride_ = has_magic ? 4 : entry;
  index.ids_ = has_magic ? start : start + 4;
  index.offsets_ = has_magic ? start + std::size_t{*count} * (hash_bytes + 4) : start;
  index.large_offsets_ = {start + tables, room - tables};
  index.trailer_ = bytes.subspan(bytes.size() - 2 * hash_bytes, hash_bytes);
  return index;
}

ObjectId PackIndex::id(std::uint32_t position) const noexcept {
  return ObjectId::of({id_bytes(position), hash_bytes_});
}

std::uint64_t PackIndex::offset(std::uint32_t position) const noexcept {
  const auto offset = big_endian_32(offsets_ + std::size_t{position} * offset_stride_);
  if (!has_large_offsets_ || (offset & kIsLargeOffset) == 0) return offset;
  return large_offset(offset, large_offsets_).value_or(kNowhere);
}

std::optional<std::uint32_t> PackIndex::find(const ObjectId& id) const noexcept {
  if (id.size != hash_bytes_) return std::nullopt;
  const std::size_t first = id.bytes[0];
  std::uint32_t low = first == 0 ? 0 : big_endian_32(fanout_ + (first - 1) * 4);
  // The file may have changed since its table was checked.
  std::uint32_t high = std::min(big_endian_32(fanout_ + first * 4), count_);
  // Ids are spread evenly: the first look is where it should stand, the next ones near to that,
  // by steps that grow until halving is quicker.
  const std::uint64_t wanted = big_endian_64(id.bytes.data());
  const std::uint64_t share = big_endian_32(id.bytes.data() + 1);
  auto at = low + static_cast<std::uint32_t>((high - low) * share >> 32U);
  for (std::uint32_t step = kFirstStep; low < high; step *= 2) {
    const std::uint64_t begin = big_endian_64(id_bytes(at));
    const int order = begin != wanted ? (begin < wanted ? -1 : 1)
                                      : std::memcmp(id_bytes(at), id.bytes.data(), id.size);
    if (order == 0) return at;
    if (order < 0) {
      low = at + 1;
      at = low + std::min(step, (high - low) / 2);
    } else {
      high = at;
      at = high - 1 - std::min(step, (high - low) / 2);
    }
  }
  return std::nullopt;
}

}  // namespace rekey::discovery::git
