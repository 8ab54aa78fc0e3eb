// Bytes in order: of a file, of standard input, of a member of an archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace rekey::discovery {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // How many bytes came; 0 at the end. kIo, kCorrupt or kLimitReached where there are no more for
  // another reason.
  [[nodiscard]] virtual base::Result<std::size_t> read(std::span<char> into) = 0;
  // Of a stream that can be read from another place: how many bytes it has, and going there.
  [[nodiscard]] virtual std::optional<std::uint64_t> size_bytes() const { return std::nullopt; }
  [[nodiscard]] virtual base::Status go_to(std::uint64_t) {
    return base::fail(base::Code::kUnsupported,
                      "it can only be read from its beginning to its end");
  }
};

// From bytes in memory first, which outlive it, then from another stream, if there is one.
class PrefixedStream final : public ByteStream {
 public:
  PrefixedStream(std::string_view prefix, ByteStream* rest)
      : whole_(prefix), prefix_(prefix), rest_(rest) {}
  [[nodiscard]] base::Result<std::size_t> read(std::span<char> into) override;
  // The prefix counts as the beginning of the other stream.
  [[nodiscard]] std::optional<std::uint64_t> size_bytes() const override;
  [[nodiscard]] base::Status go_to(std::uint64_t offset) override;

 private:
  std::string_view whole_;
  std::string_view prefix_;  // what is left of it
  ByteStream* rest_;
};

// The first bytes of a stream that can be read from any place; it outlives this.
class FirstBytesStream final : public ByteStream {
 public:
  // kUnsupported or kIo come with the first read where the stream cannot be moved.
  FirstBytesStream(ByteStream& stream, std::uint64_t size_bytes)
      : stream_(stream), size_bytes_(size_bytes), status_(stream.go_to(0)) {}
  [[nodiscard]] base::Result<std::size_t> read(std::span<char> into) override;
  [[nodiscard]] std::optional<std::uint64_t> size_bytes() const override { return size_bytes_; }
  [[nodiscard]] base::Status go_to(std::uint64_t offset) override;

 private:
  ByteStream& stream_;
  std::uint64_t size_bytes_;
  std::uint64_t at_ = 0;
  base::Status status_;
};

// Of an open descriptor, up to `limit_bytes` from where it stands. Does not close it.
class DescriptorStream : public ByteStream {
 public:
  DescriptorStream(int descriptor, std::uint64_t limit_bytes)
      : descriptor_(descriptor), left_(limit_bytes) {}
  [[nodiscard]] base::Result<std::size_t> read(std::span<char> into) override;
  // Of the limit.
  [[nodiscard]] std::uint64_t left_bytes() const noexcept { return left_; }

 protected:
  int descriptor_;
  std::uint64_t left_;
};

// Of an open file, from its beginning.
class FileStream final : public DescriptorStream {
 public:
  FileStream(int descriptor, std::uint64_t size_bytes)
      : DescriptorStream(descriptor, size_bytes), size_bytes_(size_bytes) {}
  [[nodiscard]] std::optional<std::uint64_t> size_bytes() const override { return size_bytes_; }
  [[nodiscard]] base::Status go_to(std::uint64_t offset) override;

 private:
  std::uint64_t size_bytes_;
};

// Reads until `into` is full or the stream ends; what came before an error stays.
struct Filled {
  std::size_t size_bytes = 0;
  base::Status status;
};
[[nodiscard]] Filled fill(ByteStream& stream, std::span<char> into);

}  // namespace rekey::discovery
