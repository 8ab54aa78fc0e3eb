#include "discovery/git/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "discovery/git/delta.h"
#include "discovery/git/wire.h"

namespace rekey::discovery::git {
namespace {

using base::Code;

constexpr std::uint32_t kMagic = 0x5041434b;  // "PACK"
constexpr std::uint64_t kHeaderBytes = 12;
constexpr unsigned kOffsetDelta = 6;
constexpr unsigned kIdDelta = 7;

// How far back the base of an OFS_DELTA is; nullopt where the number breaks off or overflows.
std::optional<std::uint64_t> take_distance(std::span<const std::uint8_t>& in) {
  std::uint64_t distance = 0;
  for (bool is_first = true;; is_first = false) {
    if (in.empty() || distance > (kNowhere >> 8)) return std::nullopt;
    const auto byte = in.front();
    in = in.subspan(1);
    // Each further byte counts from one more than the longest shorter number.
    distance = (is_first ? 0 : (distance + 1) << 7) | (byte & 0x7fU);
    if ((byte & 0x80U) == 0) return distance;
  }
}

}  // namespace

base::Status Pack::check(std::span<const std::uint8_t> index, Problems& problems) {
  auto opened = PackIndex::open(index, hash_bytes_);
  if (!opened) {
    return tl::unexpected(base::with_context("the index of " + path_, std::move(opened).error()));
  }
  index_ = *opened;
  if (bytes_.size() < kHeaderBytes || big_endian_32(bytes_.data()) != kMagic) {
    return base::fail(Code::kCorrupt, path_ + " is no pack");
  }
  const auto version = big_endian_32(bytes_.data() + 4);
  if (version != 2 && version != 3) {
    return base::fail(Code::kUnsupported,
                      fmt::format("{} has version {}; 2 and 3 are known", path_, version));
  }
  const auto count = big_endian_32(bytes_.data() + 8);
  if (count != index_.count()) {
    problems.add(ProblemKind::kCorrupt, path_,
                 fmt::format("it says {} objects and its index {}; those of the index are read",
                             count, index_.count()));
  }
  end_ = bytes_.size();
  const auto trailer = index_.pack_trailer();
  // An index that was taken from a multi-pack-index knows no trailer.
  const bool is_unknown =
      std::all_of(trailer.begin(), trailer.end(), [](std::uint8_t byte) { return byte == 0; });
  const bool has_room = bytes_.size() >= kHeaderBytes + hash_bytes_;
  const bool is_whole =
      has_room && (is_unknown || std::memcmp(bytes_.data() + bytes_.size() - hash_bytes_,
                                             trailer.data(), hash_bytes_) == 0);
  if (is_whole) {
    end_ -= hash_bytes_;
  } else {
    problems.add(ProblemKind::kCorrupt, path_ + " (trailer)",
                 "it does not end as its index says: it was cut short or exchanged; what still "
                 "decodes is read");
  }
  return {};
}

base::Result<std::unique_ptr<Pack>> Pack::open(const std::string& path, std::size_t hash_bytes,
                                               Problems& problems) {
  std::unique_ptr<Pack> pack(new Pack(path, hash_bytes));
  REKEY_TRY(pack->pack_file_, MappedFile::open(path));
  const auto stem = path.substr(0, path.size() - std::string_view(".pack").size());
  REKEY_TRY(pack->index_file_, MappedFile::open(stem + ".idx"));
  pack->bytes_ = pack->pack_file_.bytes();
  REKEY_CHECK(pack->check(pack->index_file_.bytes(), problems));
  return pack;
}

base::Result<std::unique_ptr<Pack>> Pack::open_with_index(const std::string& path,
                                                          std::vector<std::uint8_t> index,
                                                          std::size_t hash_bytes,
                                                          Problems& problems) {
  std::unique_ptr<Pack> pack(new Pack(path, hash_bytes));
  REKEY_TRY(pack->pack_file_, MappedFile::open(path));
  pack->bytes_ = pack->pack_file_.bytes();
  pack->own_index_ = std::move(index);
  REKEY_CHECK(pack->check(pack->own_index_, problems));
  return pack;
}

base::Result<std::unique_ptr<Pack>> Pack::of_bytes(std::string name,
                                                   std::span<const std::uint8_t> pack_bytes,
                                                   std::span<const std::uint8_t> index,
                                                   std::size_t hash_bytes, Problems& problems) {
  std::unique_ptr<Pack> pack(new Pack(std::move(name), hash_bytes));
  pack->bytes_ = pack_bytes;
  REKEY_CHECK(pack->check(index, problems));
  return pack;
}

bool Pack::has_shrunk() const noexcept {
  return pack_file_.has_shrunk() || index_file_.has_shrunk();
}

std::optional<PackEntry> Pack::entry(std::uint64_t offset) const {
  if (offset < kHeaderBytes || offset >= end_) return std::nullopt;
  auto in = bytes_.subspan(offset, end_ - offset);
  const auto first = in.front();
  in = in.subspan(1);
  PackEntry entry;
  entry.size_bytes = first & 0x0fU;
  if ((first & 0x80U) != 0) {
    const auto rest = take_delta_size(in);
    if (!rest || *rest > (kNowhere >> 4)) return std::nullopt;
    entry.size_bytes |= *rest << 4;
  }
  const unsigned kind = (first >> 4) & 7U;
  if (kind >= 1 && kind <= 4) {
    entry.type = static_cast<ObjectType>(kind);
  } else if (kind == kOffsetDelta) {
    const auto distance = take_distance(in);
    if (!distance || *distance == 0 || *distance > offset - kHeaderBytes) return std::nullopt;
    entry.base_offset = offset - *distance;
  } else if (kind == kIdDelta) {
    if (in.size() < hash_bytes_) return std::nullopt;
    entry.base_id = ObjectId::of(in.first(hash_bytes_));
    in = in.subspan(hash_bytes_);
  } else {
    return std::nullopt;
  }
  entry.data = end_ - in.size();
  return entry;
}

base::Result<Buffer> inflate_entry(const Pack& pack, const PackEntry& entry, std::uint64_t next,
                                   std::uint64_t limit_bytes, Inflater& inflater,
                                   SpareBuffers& spares) {
  const auto packed = pack.packed(entry, next);
  if (!can_inflate_to(packed.size(), entry.size_bytes)) {
    return base::fail(Code::kCorrupt, "it declares more bytes than its packed form can hold");
  }
  if (entry.size_bytes > limit_bytes) {
    return base::fail(Code::kLimitReached,
                      fmt::format("it has {} bytes, more than {}", entry.size_bytes, limit_bytes));
  }
  auto content = spares.take(entry.size_bytes);
  if (!content.is_valid()) return base::fail(Code::kLimitReached, "there is no memory for it");
  if (!inflater.inflate(packed, {content.data(), content.size()})) {
    return base::fail(Code::kCorrupt, "its packed form does not inflate to what it declares");
  }
  return content;
}

base::Result<Buffer> rebuild(std::span<const std::uint8_t> inflated_delta,
                             std::span<const std::uint8_t> base, std::uint64_t limit_bytes,
                             SpareBuffers& spares) {
  const auto delta = parse_delta(inflated_delta);
  if (!delta) return base::fail(Code::kCorrupt, "its delta has no header");
  if (delta->result_bytes > limit_bytes) {
    return base::fail(Code::kLimitReached, fmt::format("it has {} bytes, more than {}",
                                                       delta->result_bytes, limit_bytes));
  }
  auto content = spares.take(delta->result_bytes);
  if (!content.is_valid()) return base::fail(Code::kLimitReached, "there is no memory for it");
  if (!apply_delta(*delta, base, {content.data(), content.size()})) {
    return base::fail(Code::kCorrupt, "its delta does not fit its base");
  }
  return content;
}

}  // namespace rekey::discovery::git
