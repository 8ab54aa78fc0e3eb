#include "discovery/sources/byte_stream.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace rekey::discovery {

using base::Result;

Result<std::size_t> PrefixedStream::read(std::span<char> into) {
  if (prefix_.empty()) return rest_ == nullptr ? Result<std::size_t>(0) : rest_->read(into);
  const std::size_t size = std::min(into.size(), prefix_.size());
  std::memcpy(into.data(), prefix_.data(), size);
  prefix_.remove_prefix(size);
  return size;
}

std::optional<std::uint64_t> PrefixedStream::size_bytes() const {
  return rest_ == nullptr ? std::optional<std::uint64_t>(whole_.size()) : rest_->size_bytes();
}

base::Status PrefixedStream::go_to(std::uint64_t offset) {
  const auto size = size_bytes();
  if (!size || offset > *size) {
    return base::fail(base::Code::kUnsupported, "it cannot be read from there");
  }
  const auto within = static_cast<std::size_t>(std::min<std::uint64_t>(offset, whole_.size()));
  prefix_ = whole_.substr(within);
  if (rest_ == nullptr) return {};
  return rest_->go_to(std::max<std::uint64_t>(offset, whole_.size()));
}

Result<std::size_t> FirstBytesStream::read(std::span<char> into) {
  REKEY_CHECK(status_);
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_bytes_ - at_));
  REKEY_TRY(const std::size_t got, stream_.read(into.first(wanted)));
  at_ += got;
  return got;
}

base::Status FirstBytesStream::go_to(std::uint64_t offset) {
  if (offset > size_bytes_) {
    return base::fail(base::Code::kUnsupported, "it cannot be read from there");
  }
  at_ = offset;
  return stream_.go_to(offset);
}

base::Status FileStream::go_to(std::uint64_t offset) {
  if (offset > size_bytes_ || ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) {
    return base::fail(base::Code::kIo, "it cannot be read from there");
  }
  left_ = size_bytes_ - offset;
  return {};
}

Result<std::size_t> DescriptorStream::read(std::span<char> into) {
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_));
  while (wanted > 0) {
    const ssize_t got = ::read(descriptor_, into.data(), wanted);
    if (got >= 0) {
      left_ -= static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
    if (errno == EINTR) continue;
    return base::fail(base::Code::kIo, std::generic_category().message(errno));
  }
  return 0;
}

Filled fill(ByteStream& stream, std::span<char> into) {
  Filled filled;
  while (filled.size_bytes < into.size()) {
    const auto got = stream.read(into.subspan(filled.size_bytes));
    if (!got) filled.status = tl::unexpected(got.error());
    if (!got || *got == 0) break;
    filled.size_bytes += *got;
  }
  return filled;
}

}  // namespace rekey::discovery
