#include "discovery/sources/compression.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

namespace rekey::discovery {
namespace {

using namespace std::string_view_literals;
using Step = Decoder::Step;

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
constexpr std::size_t kMagicBytes = 16;  // the longest that is looked at
// What a dictionary may take; the largest of `xz -9` takes 64 MiB.
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 30;

// Of lzma's old format there is no magic: properties, a dictionary of a power of two, a size that
// is unknown or no more than 2^40 (lzma-file-format.txt, "1.1").
bool may_be_lzma(std::string_view bytes) noexcept {
  if (bytes.size() <= 13 || !bytes.starts_with("\x5d\0\0"sv)) return false;
  const std::string_view size = bytes.substr(5, 8);
  return size == "\xff\xff\xff\xff\xff\xff\xff\xff"sv || size.substr(5) == "\0\0\0"sv;
}

// RFC 8878 section 3.1.2; lz4 has the same ones.
bool is_frame_to_skip(std::string_view bytes) noexcept {
  return bytes.size() >= 4 && (bytes[0] & '\xf0') == '\x50' &&
         bytes.substr(1).starts_with("\x2a\x4d\x18"sv);
}

// zlib and bzip2 count in unsigned int.
unsigned counted(std::size_t bytes) noexcept {
  return static_cast<unsigned>(std::min<std::size_t>(bytes, std::numeric_limits<unsigned>::max()));
}

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() {
    constexpr int kGzip = 16;  // zlib.h, inflateInit2
    is_open_ = ::inflateInit2(&stream_, MAX_WBITS + kGzip) == Z_OK;
  }
  ~GzipDecoder() override { ::inflateEnd(&stream_); }
  Step step(std::span<const char> packed, std::span<char> out) override {
    if (!is_open_) return {.is_broken = true};
    const unsigned given = stream_.avail_in = counted(packed.size());
    const unsigned room = stream_.avail_out = counted(out.size());
    // zlib's interface; it only reads.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    const int answer = ::inflate(&stream_, Z_NO_FLUSH);
    const bool is_fine = answer == Z_OK || answer == Z_STREAM_END || answer == Z_BUF_ERROR;
    return {given - stream_.avail_in, room - stream_.avail_out, answer == Z_STREAM_END, !is_fine};
  }

 private:
  z_stream stream_{};
  bool is_open_ = false;
};

class Bzip2Decoder final : public Decoder {
 public:
  Bzip2Decoder() : is_open_(::BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK) {}
  ~Bzip2Decoder() override { ::BZ2_bzDecompressEnd(&stream_); }
  Step step(std::span<const char> packed, std::span<char> out) override {
    if (!is_open_) return {.is_broken = true};
    const unsigned given = stream_.avail_in = counted(packed.size());
    const unsigned room = stream_.avail_out = counted(out.size());
    stream_.next_in = const_cast<char*>(packed.data());  // it only reads
    stream_.next_out = out.data();
    const int answer = ::BZ2_bzDecompress(&stream_);
    return {given - stream_.avail_in, room - stream_.avail_out, answer == BZ_STREAM_END,
            answer != BZ_OK && answer != BZ_STREAM_END};
  }

 private:
  bz_stream stream_{};
  bool is_open_;
};

class LzmaDecoder final : public Decoder {
 public:
  explicit LzmaDecoder(Compression kind)
      : is_open_((kind == Compression::kXz
                      ? ::lzma_stream_decoder(&stream_, kMostMemory, 0)
                      : ::lzma_alone_decoder(&stream_, kMostMemory)) == LZMA_OK) {}
  ~LzmaDecoder() override { ::lzma_end(&stream_); }
  Step step(std::span<const char> packed, std::span<char> out) override {
    if (!is_open_) return {.is_broken = true};
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
    stream_.avail_in = packed.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret answer = ::lzma_code(&stream_, LZMA_RUN);
    const bool is_fine = answer == LZMA_OK || answer == LZMA_STREAM_END || answer == LZMA_BUF_ERROR;
    return {packed.size() - stream_.avail_in, out.size() - stream_.avail_out,
            answer == LZMA_STREAM_END, !is_fine};
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool is_open_;
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : stream_(::ZSTD_createDStream()) {}
  ~ZstdDecoder() override { ::ZSTD_freeDStream(stream_); }
  Step step(std::span<const char> packed, std::span<char> out) override {
    if (stream_ == nullptr) return {.is_broken = true};
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer into{out.data(), out.size(), 0};
    const std::size_t answer = ::ZSTD_decompressStream(stream_, &into, &in);
    return {in.pos, into.pos, answer == 0, ::ZSTD_isError(answer) != 0};
  }

 private:
  ZSTD_DStream* stream_;
};

class Lz4Decoder final : public Decoder {
 public:
  Lz4Decoder() {
    if (::LZ4F_isError(::LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)) != 0) {
      context_ = nullptr;
    }
  }
  ~Lz4Decoder() override { ::LZ4F_freeDecompressionContext(context_); }
  Step step(std::span<const char> packed, std::span<char> out) override {
    if (context_ == nullptr) return {.is_broken = true};
    std::size_t taken = packed.size();
    std::size_t made = out.size();
    const std::size_t answer =
        ::LZ4F_decompress(context_, out.data(), &made, packed.data(), &taken, nullptr);
    if (::LZ4F_isError(answer) != 0) return {.is_broken = true};
    return {taken, made, answer == 0, false};
  }

 private:
  LZ4F_dctx* context_ = nullptr;
};

std::unique_ptr<Decoder> decoder_for(Compression kind) {
  switch (kind) {
    case Compression::kGzip:
      return std::make_unique<GzipDecoder>();
    case Compression::kBzip2:
      return std::make_unique<Bzip2Decoder>();
    case Compression::kXz:
    case Compression::kLzma:
      return std::make_unique<LzmaDecoder>(kind);
    case Compression::kZstd:
      return std::make_unique<ZstdDecoder>();
    case Compression::kLz4:
      return std::make_unique<Lz4Decoder>();
    case Compression::kNone:
      break;
  }
  return nullptr;
}

}  // namespace

Compression compression_of(std::string_view first_bytes) noexcept {
  constexpr std::array<std::pair<std::string_view, Compression>, 4> kMagics{{
      {"\x1f\x8b\x08"sv, Compression::kGzip},
      {"\xfd\x37zXZ\0"sv, Compression::kXz},
      {"\x28\xb5\x2f\xfd"sv, Compression::kZstd},
      {"\x04\x22\x4d\x18"sv, Compression::kLz4},
  }};
  for (const auto& [magic, kind] : kMagics) {
    if (first_bytes.starts_with(magic)) return kind;
  }
  constexpr std::size_t kBlockMagicAt = 4;  // after the size of blocks
  const bool is_bzip2 = first_bytes.starts_with("BZh"sv) && first_bytes.size() > kBlockMagicAt &&
                        first_bytes.substr(kBlockMagicAt).starts_with("1AY&SY"sv);
  if (is_bzip2) return Compression::kBzip2;
  return may_be_lzma(first_bytes) ? Compression::kLzma : Compression::kNone;
}

DecompressedStream::DecompressedStream(Compression kind, ByteStream& packed)
    : kind_(kind), packed_(packed), decoder_(decoder_for(kind)), block_(kBlockBytes) {}

base::Result<std::size_t> DecompressedStream::read(std::span<char> into) {
  while (decoder_ != nullptr && status_ && !into.empty()) {
    const bool is_over = begin_ == end_ && !refill();
    const Step step = decoder_->step({block_.data() + begin_, end_ - begin_}, into);
    begin_ += step.taken;
    const bool is_stuck = step.taken == 0 && step.made == 0 && begin_ < end_ && !step.is_end;
    if (step.is_broken || is_stuck) {
      status_ = base::fail(base::Code::kCorrupt, "its compressed data is damaged");
    } else if (step.is_end) {
      begin_next();
    } else if (is_over && step.made == 0 && status_) {
      status_ = base::fail(base::Code::kCorrupt, "it is cut off: its compressed data has no end");
    }
    if (step.made > 0) return step.made;
  }
  REKEY_CHECK(status_);
  return 0;
}

bool DecompressedStream::refill() {
  std::memmove(block_.data(), block_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (is_source_over_ || end_ == block_.size()) return false;
  const auto got = packed_.read(std::span(block_).subspan(end_));
  if (!got) status_ = tl::unexpected(got.error());
  is_source_over_ = !got || *got == 0;
  if (is_source_over_) return false;
  end_ += *got;
  return true;
}

void DecompressedStream::begin_next() {
  decoder_ = is_next_of_kind() ? decoder_for(kind_) : nullptr;
}

bool DecompressedStream::is_next_of_kind() {
  if (kind_ == Compression::kLzma) return false;
  constexpr std::string_view kPadding = "\0\0\0\0"sv;  // the xz file format, section 2.2
  do {
    if (kind_ == Compression::kXz && left().starts_with(kPadding)) begin_ += kPadding.size();
    while (left().size() < kMagicBytes && refill()) {
    }
  } while (kind_ == Compression::kXz && left().starts_with(kPadding));
  const bool may_be_skipped = kind_ == Compression::kZstd || kind_ == Compression::kLz4;
  return compression_of(left()) == kind_ || (may_be_skipped && is_frame_to_skip(left()));
}

}  // namespace rekey::discovery
