// Where in a file a zip lies: its table of contents stands at its end, so anything may stand before
// it, another zip too (APPNOTE.TXT 4.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "discovery/sources/byte_stream.h"

namespace rekey::discovery {

struct ZipEnd {
  std::uint64_t table_at = 0;      // its central directory
  std::uint64_t table_offset = 0;  // of that, as it says itself; less where something stands before
  std::uint64_t comment_at = 0;
  std::uint64_t end = 0;  // of the comment
};

// Of the last zip in a stream of `size` bytes that can be read from any place; nullopt where there
// is none. Errors are the stream's.
[[nodiscard]] base::Result<std::optional<ZipEnd>> find_zip_end(ByteStream& stream,
                                                               std::uint64_t size);

// Where its first member begins. 0 where that is not known: of the form for more than 4 GiB, and of
// tables beyond 64 MiB.
[[nodiscard]] base::Result<std::uint64_t> find_zip_begin(ByteStream& stream, const ZipEnd& end);

// Whether a file that begins otherwise ends as a zip: a program or script (self-extracting
// archives, Python's zipapp), also with a comment, or anything else, without one. The stream is of
// all of it; it is moved where it can be.
[[nodiscard]] bool ends_as_zip(std::string_view first_bytes, ByteStream& stream);

// Whether these are the last bytes of a zip, with its comment if it has one.
[[nodiscard]] bool is_end_of_zip(std::string_view last_bytes) noexcept;

}  // namespace rekey::discovery
