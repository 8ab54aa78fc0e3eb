// Archives and compressed files, member by member: tar, zip (jar, war, …), 7z, cpio, ar; gzip,
// bzip2, xz, lzma, zstd, lz4. Over libarchive, and compression.h; no program is started.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "discovery/sources/byte_stream.h"

namespace rekey::discovery {

// By the first bytes of a file.
[[nodiscard]] bool may_be_archive(std::string_view first_bytes) noexcept;

// What a packed file that cannot be read here is called ("a rar archive"); empty for all others.
[[nodiscard]] std::string_view kind_not_unpacked(std::string_view first_bytes) noexcept;

class Archive {
 public:
  struct Member {
    std::string name;  // empty: the one content of a compressed file
    bool is_encrypted = false;
  };

  // kCorrupt where it is no archive. The stream, which outlives it, begins with `first_bytes`: by
  // those is told whether it is compressed.
  [[nodiscard]] static base::Result<Archive> open(ByteStream& stream, std::string_view first_bytes);
  Archive(Archive&&) noexcept;
  ~Archive();

  // The next member that has content; an empty pointer at the end. kCorrupt where it is broken,
  // or what the stream said.
  [[nodiscard]] base::Result<std::unique_ptr<Member>> next();
  // Of the member that next() gave. What came of a damaged one is given first, then the error.
  [[nodiscard]] base::Result<std::size_t> read(std::span<char> into);

  // What follows the end of the archive, once next() came to it: a comment, or what was appended.
  // Lives no longer than the archive. Errors are the stream's.
  [[nodiscard]] base::Result<std::unique_ptr<ByteStream>> rest();

  // How many bytes stand before its first member: of a zip, whatever it was joined to. 0 for all
  // other kinds. The stream is moved.
  [[nodiscard]] base::Result<std::uint64_t> bytes_before();

 private:
  struct State;
  // The next bytes of the member into the state; false where it has ended.
  base::Result<bool> pull_bytes();
  explicit Archive(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rekey::discovery
