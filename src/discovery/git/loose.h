// Objects that stand alone, each in a file of its own: "objects/ab/cdef…", a zlib stream of a
// header ("blob 12" and a NUL) and the content.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "discovery/git/buffer.h"
#include "discovery/git/inflate.h"
#include "discovery/git/object_id.h"
#include "discovery/git/problems.h"

namespace rekey::discovery::git {

// An object in memory; of a loose one the header stands before it in the buffer.
struct StoredObject {
  ObjectType type = ObjectType::kBlob;
  Buffer buffer;
  std::size_t header_bytes = 0;
  [[nodiscard]] std::span<const std::uint8_t> content() const noexcept {
    return buffer.view().subspan(header_bytes);
  }
  // The buffer, with nothing but the content in it.
  [[nodiscard]] Buffer take_content() && noexcept {
    const auto size = content().size();
    if (header_bytes > 0) std::memmove(buffer.data(), buffer.data() + header_bytes, size);
    buffer.resize_within(size);
    header_bytes = 0;
    return std::move(buffer);
  }
};

struct LooseHeader {
  ObjectType type = ObjectType::kBlob;
  std::uint64_t size_bytes = 0;
  std::size_t header_bytes = 0;  // with its NUL
};
[[nodiscard]] std::optional<LooseHeader> parse_loose_header(std::string_view beginning);

// Every object of a folder of objects, sorted. Other files in it (of writers under way) are no
// objects; a folder that cannot be read is a problem.
[[nodiscard]] std::vector<ObjectId> list_loose(const std::string& folder, std::size_t hash_bytes,
                                               Problems& problems);
[[nodiscard]] std::string loose_path(const std::string& folder, const ObjectId& id);

// kNotFound, kIo, kCorrupt, or kLimitReached above `limit_bytes`.
[[nodiscard]] base::Result<StoredObject> read_loose(const std::string& path,
                                                    std::uint64_t limit_bytes, Inflater& inflater,
                                                    SpareBuffers& spares);

// How a large object is given: `offset_bytes` is where the piece begins in its content. Pieces
// overlap.
using TakePiece = std::function<void(const LooseHeader&, std::uint64_t offset_bytes,
                                     std::span<const std::uint8_t> bytes)>;
// Errors as above, but for the limit.
[[nodiscard]] base::Status read_loose_in_pieces(const std::string& path, const TakePiece& take);

}  // namespace rekey::discovery::git
