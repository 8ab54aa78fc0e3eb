#include "discovery/git/multi_pack_index.h"

#include <array>
#include <map>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "discovery/git/pack_index.h"
#include "discovery/git/wire.h"

namespace rekey::discovery::git {
namespace {

using base::Code;
using Bytes = std::span<const std::uint8_t>;

constexpr std::uint32_t kMagic = 0x4d494458;  // "MIDX"
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kChunkRowBytes = 12;

constexpr std::uint32_t chunk_name(const char (&name)[5]) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(name[i]);
  return value;
}

base::Error corrupt(std::string detail) {
  return {Code::kCorrupt, std::move(detail)};
}

base::Result<std::map<std::uint32_t, Bytes>> read_chunks(Bytes bytes) {
  const std::size_t count = bytes[6];
  if (bytes.size() < kHeaderBytes + (count + 1) * kChunkRowBytes) {
    return tl::unexpected(corrupt("its table of chunks breaks off"));
  }
  std::map<std::uint32_t, Bytes> chunks;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* const row = bytes.data() + kHeaderBytes + i * kChunkRowBytes;
    const auto start = big_endian_64(row + 4);
    const auto end = big_endian_64(row + kChunkRowBytes + 4);
    if (start > end || end > bytes.size()) {
      return tl::unexpected(corrupt("one of its chunks lies outside of it"));
    }
    chunks[big_endian_32(row)] = bytes.subspan(start, end - start);
  }
  return chunks;
}

// Names end in NUL; the padding at the end of the chunk is of NULs too.
std::vector<std::string> read_names(Bytes chunk) {
  std::vector<std::string> names;
  auto text = base::text_of(chunk);
  while (!text.empty()) {
    const auto name = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

std::string pack_name_of(std::string name) {
  constexpr std::string_view kIndex = ".idx";
  if (name.ends_with(kIndex)) name.resize(name.size() - kIndex.size());
  return name + ".pack";
}

std::optional<std::uint64_t> offset_of(const std::uint8_t* row, Bytes large) {
  const auto offset = big_endian_32(row + 4);
  // Without a table of large offsets the bit is a part of the number.
  if ((offset & kIsLargeOffset) == 0 || large.empty()) return offset;
  return large_offset(offset, large);
}

void append_32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
  }
}

}  // namespace

base::Result<std::vector<IndexOfOnePack>> split_multi_pack_index(Bytes bytes,
                                                                 std::size_t hash_bytes) {
  if (bytes.size() < kHeaderBytes || big_endian_32(bytes.data()) != kMagic) {
    return tl::unexpected(corrupt("it does not begin as a multi-pack-index does"));
  }
  const std::size_t hash_version = hash_bytes == 20 ? 1 : 2;
  if (bytes[4] != 1 || bytes[5] != hash_version || bytes[7] != 0) {
    return base::fail(Code::kUnsupported, "its version, its hash or its chain is not known");
  }
  REKEY_TRY(auto chunks, read_chunks(bytes));
  const auto names = read_names(chunks[chunk_name("PNAM")]);
  const auto fanout = chunks[chunk_name("OIDF")];
  const auto ids = chunks[chunk_name("OIDL")];
  const auto rows = chunks[chunk_name("OOFF")];
  const auto large = chunks[chunk_name("LOFF")];
  const auto count = fanout.size() < kFanoutBytes ? std::nullopt : check_fanout(fanout.data());
  if (!count || ids.size() / hash_bytes < *count || rows.size() / 8 < *count) {
    return tl::unexpected(corrupt("its tables are shorter than the number of its objects needs"));
  }
  std::vector<std::vector<PackIndexEntry>> entries(names.size());
  for (std::size_t i = 0; i < *count; ++i) {
    const auto* const row = rows.data() + i * 8;
    const auto pack = big_endian_32(row);
    const auto offset = offset_of(row, large);
    if (pack >= names.size() || !offset) {
      return tl::unexpected(corrupt("one of its objects lies in no pack"));
    }
    entries[pack].push_back({ids.data() + i * hash_bytes, *offset});
  }
  std::vector<IndexOfOnePack> indexes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    indexes.push_back({pack_name_of(names[i]), write_pack_index(entries[i], hash_bytes)});
  }
  return indexes;
}

std::vector<std::uint8_t> write_pack_index(std::span<const PackIndexEntry> entries,
                                           std::size_t hash_bytes) {
  std::vector<std::uint8_t> out;
  append_32(out, kPackIndexMagic);
  append_32(out, kPackIndexVersion);
  std::array<std::uint32_t, 256> counts{};
  for (const auto& entry : entries) ++counts[entry.id[0]];
  std::uint32_t total = 0;
  for (const auto count : counts) append_32(out, total += count);
  for (const auto& entry : entries) out.insert(out.end(), entry.id, entry.id + hash_bytes);
  out.resize(out.size() + entries.size() * 4);
  std::vector<std::uint64_t> large;
  for (const auto& entry : entries) {
    if (entry.offset < kIsLargeOffset) {
      append_32(out, static_cast<std::uint32_t>(entry.offset));
    } else {
      append_32(out, kIsLargeOffset | static_cast<std::uint32_t>(large.size()));
      large.push_back(entry.offset);
    }
  }
  for (const auto offset : large) {
    append_32(out, static_cast<std::uint32_t>(offset >> 32));
    append_32(out, static_cast<std::uint32_t>(offset));
  }
  out.resize(out.size() + 2 * hash_bytes);
  return out;
}

}  // namespace rekey::discovery::git
