// One pack file with its index (gitformat-pack, "pack-*.pack files").
//
// Both are mapped for as long as the pack lives, so that it can be read to its end when a
// collection of garbage unlinks it meanwhile. Any thread reads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "discovery/git/buffer.h"
#include "discovery/git/inflate.h"
#include "discovery/git/mapped_file.h"
#include "discovery/git/pack_index.h"
#include "discovery/git/problems.h"

namespace rekey::discovery::git {

// The header of one entry of a pack.
struct PackEntry {
  std::uint64_t size_bytes = 0;          // inflated: of the object, or of the delta
  std::uint64_t data = 0;                // where its zlib stream begins
  std::optional<ObjectType> type;        // of an object that is whole
  std::uint64_t base_offset = kNowhere;  // of a delta against an entry of this pack
  std::optional<ObjectId> base_id;       // of a delta against an object by its id
};

class Pack {
 public:
  // `path` ends in ".pack"; the index is beside it. What is wrong and can be lived with goes to
  // `problems`.
  [[nodiscard]] static base::Result<std::unique_ptr<Pack>> open(const std::string& path,
                                                                std::size_t hash_bytes,
                                                                Problems& problems);
  // With an index of version 2 that was made elsewhere.
  [[nodiscard]] static base::Result<std::unique_ptr<Pack>> open_with_index(
      const std::string& path, std::vector<std::uint8_t> index, std::size_t hash_bytes,
      Problems& problems);
  // Of bytes in memory that outlive the pack.
  [[nodiscard]] static base::Result<std::unique_ptr<Pack>> of_bytes(
      std::string name, std::span<const std::uint8_t> pack, std::span<const std::uint8_t> index,
      std::size_t hash_bytes, Problems& problems);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const PackIndex& index() const noexcept { return index_; }
  // Where entries end: the trailer, or the end of a file that was cut short.
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
  [[nodiscard]] bool has_shrunk() const noexcept;
  // nullopt where there is no entry, or a base that is not before it.
  [[nodiscard]] std::optional<PackEntry> entry(std::uint64_t offset) const;
  // The packed bytes from an entry's stream on; `next` is where the next entry begins.
  [[nodiscard]] std::span<const std::uint8_t> packed(const PackEntry& entry,
                                                     std::uint64_t next) const noexcept {
    return bytes_.subspan(entry.data, next > entry.data ? next - entry.data : 0);
  }

 private:
  Pack(std::string path, std::size_t hash_bytes)
      : path_(std::move(path)), hash_bytes_(hash_bytes) {}
  [[nodiscard]] base::Status check(std::span<const std::uint8_t> index, Problems& problems);

  std::string path_;
  std::size_t hash_bytes_;
  MappedFile pack_file_;
  MappedFile index_file_;
  std::vector<std::uint8_t> own_index_;
  std::span<const std::uint8_t> bytes_;
  PackIndex index_;
  std::uint64_t end_ = 0;
};

// The content of an entry's zlib stream. kCorrupt, or kLimitReached above `limit_bytes` and where
// memory is short.
[[nodiscard]] base::Result<Buffer> inflate_entry(const Pack& pack, const PackEntry& entry,
                                                 std::uint64_t next, std::uint64_t limit_bytes,
                                                 Inflater& inflater, SpareBuffers& spares);

// The object that a delta makes of its base; errors as above.
[[nodiscard]] base::Result<Buffer> rebuild(std::span<const std::uint8_t> inflated_delta,
                                           std::span<const std::uint8_t> base,
                                           std::uint64_t limit_bytes, SpareBuffers& spares);

}  // namespace rekey::discovery::git
