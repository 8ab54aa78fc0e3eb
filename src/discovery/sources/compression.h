// Compressed data as a stream of what it holds: gzip, bzip2, xz, lzma, zstd, lz4; streams of one
// kind that were joined are one.
//
// Where the data is cut off or damaged, everything that the decompressor still yields comes first,
// and the error behind it: libarchive's own filters give nothing of the block that breaks off.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "discovery/sources/byte_stream.h"

namespace rekey::discovery {

enum class Compression { kNone, kGzip, kBzip2, kXz, kLzma, kZstd, kLz4 };
// By the first bytes (RFC 1952 section 2.3.1, the xz file format 1.1.0 section 2.1.1.1, RFC 8878
// section 3.1.1, …).
[[nodiscard]] Compression compression_of(std::string_view first_bytes) noexcept;

// One decompressor, for one stream of compressed data.
class Decoder {
 public:
  struct Step {
    std::size_t taken = 0;
    std::size_t made = 0;
    bool is_end = false;
    bool is_broken = false;
  };
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;
  // From some of what is compressed, maybe nothing, to as much of the content as there is room for.
  [[nodiscard]] virtual Step step(std::span<const char> packed, std::span<char> out) = 0;
};

class DecompressedStream final : public ByteStream {
 public:
  // `packed` stands at the beginning of data of that kind, and outlives this.
  DecompressedStream(Compression kind, ByteStream& packed);
  // kCorrupt where the data is cut off or damaged, else what `packed` said; each again and again.
  [[nodiscard]] base::Result<std::size_t> read(std::span<char> into) override;
  // Of the bytes of `packed` that were taken from it already, those behind what was read: behind
  // the end of the data, once that was met, or behind the damage.
  [[nodiscard]] std::string_view left() const noexcept {
    return std::string_view(block_.data(), end_).substr(begin_);
  }

 private:
  // Takes more from `packed` behind what is left; false at its end or where it fails.
  bool refill();
  void begin_next();
  [[nodiscard]] bool is_next_of_kind();

  Compression kind_;
  ByteStream& packed_;
  std::unique_ptr<Decoder> decoder_;  // nullptr: at the end
  std::vector<char> block_;
  std::size_t begin_ = 0;  // of what is left in the block
  std::size_t end_ = 0;
  bool is_source_over_ = false;
  base::Status status_;
};

}  // namespace rekey::discovery
