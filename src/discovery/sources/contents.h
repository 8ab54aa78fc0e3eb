// From streams to what a visitor sees: windows, and the members of archives instead of the archive.
//
// One for each thread that reads: it keeps buffers.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "discovery/source.h"
#include "discovery/sources/byte_stream.h"

namespace rekey::discovery {

class Archive;

// What one file may unfold to. Each limit that is met is a problem of the coverage.
struct ArchiveLimits {
  int depth = 8;    // archives in archives
  int joined = 64;  // zips in front of one: each holds a buffer while they are read
  std::uint64_t members = 1'000'000;
  std::uint64_t bytes = std::uint64_t{8} << 30;
  // For one byte of the file, once more than `free_bytes` have come.
  std::uint64_t ratio = 1000;
  std::uint64_t free_bytes = std::uint64_t{64} << 20;
};

// Where a stretch of a file begins.
struct Stretch {
  std::uint64_t offset = 0;
  std::uint64_t line_feeds = 0;  // before it
  std::uint64_t line_bytes = 0;  // before it in the same line
};

// Where the text goes on behind these bytes, which begin at the stretch.
[[nodiscard]] Stretch behind(const Stretch& stretch, std::string_view bytes);

class Contents {
 public:
  // All outlive it.
  Contents(Visitor& visitor, Coverage& coverage, const ArchiveLimits& limits);
  ~Contents();

  // Reads the stream to its end. `size_bytes`: of the file that all of it comes from, 0 where it is
  // not known.
  void read(const Place& place, ByteStream& stream, std::uint64_t size_bytes);
  // A stretch of a file: windows alone, no archive. Gives where the next would begin.
  [[nodiscard]] Stretch read_stretch(const Place& place, ByteStream& stream,
                                     const Stretch& stretch);

 private:
  // What has been taken from one file.
  struct Budget {
    std::uint64_t size_bytes = 0;
    std::uint64_t members = 0;
    std::uint64_t bytes = 0;
    bool is_spent = false;  // a limit was met: what it comes from is left
    int joined = 0;         // zips behind what is read, none of which holds it
  };
  using Buffer = std::vector<char>;

  void read(const Place& place, ByteStream& stream, int depth, Budget& budget);
  // The buffer of the depth holds the first `have` bytes.
  void read_filled(const Place& place, ByteStream& stream, int depth, std::size_t have,
                   Budget& budget);
  // Gives the last window, which lies in the buffer: to count its lines takes longer than to look
  // through it, and few ask.
  [[nodiscard]] Content read_windows(const Place& place, ByteStream& stream, Buffer& buffer,
                                     std::size_t have, const Stretch& stretch);
  // How many members it had; 0 where it is none after all.
  std::uint64_t read_archive(const Place& place, ByteStream& stream, std::string_view first_bytes,
                             int depth, Budget& budget);
  std::uint64_t read_members(Archive& archive, const Place& place, int depth, Budget& budget);
  // What follows the end of an archive whose members were read.
  void read_rest(Archive& archive, const Place& place, int depth, Budget& budget);
  // What a zip was joined to, if that is no text but packed as well, or is not read elsewhere.
  void read_before(Archive& archive, const Place& place, ByteStream& stream, int depth,
                   Budget& budget);
  // As much as there is; what went wrong is told.
  std::size_t taken(const Place& place, ByteStream& stream, std::span<char> into);
  // The same, without the zeros that it begins with: what fills a tape's last block.
  std::size_t taken_behind_filling(const Place& place, ByteStream& stream, std::span<char> into);
  void tell(const Place& place, const base::Error& error);
  // Of the depth; kept from one file to the next.
  Buffer& buffer(int depth);

  Visitor& visitor_;
  Coverage& coverage_;
  const ArchiveLimits& limits_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
};

}  // namespace rekey::discovery
