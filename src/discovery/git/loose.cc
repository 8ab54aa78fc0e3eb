#include "discovery/git/loose.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "base/text.h"
#include "discovery/git/file_bytes.h"
#include "discovery/git/mapped_file.h"
#include "discovery/git/pieces.h"

namespace rekey::discovery::git {
namespace {

namespace fs = std::filesystem;
using base::Code;

// Read below this size, mapped above: a mapping costs more than a small read.
constexpr std::uint64_t kMappedFromBytes = 1U << 20;
constexpr std::size_t kLongestHeader = 64;

struct PackedFile {
  std::string read;
  MappedFile mapped;
  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    return read.empty() ? mapped.bytes() : base::bytes_of(read);
  }
};

base::Result<PackedFile> open_packed(const std::string& path) {
  PackedFile file;
  auto small = read_file(path, kMappedFromBytes);
  if (small) {
    file.read = std::move(*small);
  } else if (small.error().code == Code::kLimitReached) {
    REKEY_TRY(file.mapped, MappedFile::open(path));
  } else {
    return tl::unexpected(std::move(small).error());
  }
  return file;
}

base::Result<LooseHeader> header_of(const std::string& path, std::span<const std::uint8_t> packed) {
  std::array<std::uint8_t, kLongestHeader> beginning{};
  const auto size = inflate_beginning(packed, beginning);
  const auto header = parse_loose_header(base::text_of(std::span(beginning).first(size)));
  if (!header) return base::fail(Code::kCorrupt, path + " does not begin as an object does");
  return *header;
}

base::Error does_not_inflate(const std::string& path) {
  return {Code::kCorrupt, path + " does not inflate to what it declares"};
}

}  // namespace

std::optional<LooseHeader> parse_loose_header(std::string_view beginning) {
  const auto end = beginning.find('\0');
  const auto space = beginning.find(' ');
  if (end == std::string_view::npos || space == std::string_view::npos || space > end) {
    return std::nullopt;
  }
  const auto type = object_type(beginning.substr(0, space));
  const auto digits = beginning.substr(space + 1, end - space - 1);
  LooseHeader header;
  const auto [stopped, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), header.size_bytes);
  if (!type || error != std::errc{} || stopped != digits.data() + digits.size()) {
    return std::nullopt;
  }
  header.type = *type;
  header.header_bytes = end + 1;
  return header;
}

std::vector<ObjectId> list_loose(const std::string& folder, std::size_t hash_bytes,
                                 Problems& problems) {
  std::vector<ObjectId> ids;
  for (unsigned first = 0; first < 256; ++first) {
    const auto prefix = fmt::format("{:02x}", first);
    const auto path = fmt::format("{}/{}", folder, prefix);
    std::error_code error;
    fs::directory_iterator entry(path, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const auto name = entry->path().filename().string();
      if (name.size() != hash_bytes * 2 - 2) continue;
      if (const auto id = ObjectId::from_hex(prefix + name)) ids.push_back(*id);
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      problems.add(ProblemKind::kUnreadable, path, error.message());
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string loose_path(const std::string& folder, const ObjectId& id) {
  const auto hex = id.hex();
  return fmt::format("{}/{}/{}", folder, hex.substr(0, 2), hex.substr(2));
}

base::Result<StoredObject> read_loose(const std::string& path, std::uint64_t limit_bytes,
                                      Inflater& inflater, SpareBuffers& spares) {
  REKEY_TRY(const auto file, open_packed(path));
  const auto packed = file.bytes();
  REKEY_TRY(const auto header, header_of(path, packed));
  if (!can_inflate_to(packed.size(), header.size_bytes)) {
    return tl::unexpected(does_not_inflate(path));
  }
  if (header.size_bytes > limit_bytes) {
    return base::fail(Code::kLimitReached, fmt::format("{} has {} bytes, more than {}", path,
                                                       header.size_bytes, limit_bytes));
  }
  StoredObject object;
  object.type = header.type;
  object.header_bytes = header.header_bytes;
  object.buffer = spares.take(header.header_bytes + header.size_bytes);
  if (!object.buffer.is_valid()) {
    return base::fail(Code::kLimitReached, "there is no memory for " + path);
  }
  if (!inflater.inflate(packed, {object.buffer.data(), object.buffer.size()})) {
    return tl::unexpected(does_not_inflate(path));
  }
  return object;
}

base::Status read_loose_in_pieces(const std::string& path, const TakePiece& take) {
  REKEY_TRY(const auto file, open_packed(path));
  const auto packed = file.bytes();
  REKEY_TRY(const auto header, header_of(path, packed));
  const bool is_whole =
      inflate_overlapping(packed, header.header_bytes, header.size_bytes,
                          [&](std::uint64_t offset, std::span<const std::uint8_t> bytes) {
                            take(header, offset, bytes);
                          });
  if (!is_whole) return tl::unexpected(does_not_inflate(path));
  return {};
}

}  // namespace rekey::discovery::git
