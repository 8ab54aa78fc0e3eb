#include "discovery/git/index_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <tuple>

#include "base/text.h"
#include "discovery/git/file_bytes.h"
#include "discovery/git/wire.h"

namespace rekey::discovery::git {
namespace {

using base::Code;
using Bytes = std::span<const std::uint8_t>;

constexpr std::uint32_t kMagic = 0x44495243;  // "DIRC"
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kModeOffset = 24;
constexpr std::size_t kIdOffset = 40;
constexpr std::uint16_t kIsExtended = 0x4000;
constexpr std::uint16_t kIsAnnounced = 0x2000;  // of the extended flags
constexpr std::uint64_t kLargestIndexBytes = 512ULL << 20;
constexpr std::size_t kMostFiles = 1U << 24;  // an index of that size has room for half as many
// Paths of version 4 grow by what they repeat; real ones are a few times as long as the index.
constexpr std::size_t kMostPathBytesPerByte = 16;
constexpr std::size_t kLongestPath = 16U << 10;

base::Error corrupt(std::string detail) {
  return {Code::kCorrupt, std::move(detail)};
}

std::uint16_t big_endian_16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}

// How many bytes of the path before are left off (version 4): as the distance of an OFS_DELTA.
std::optional<std::size_t> take_left_off(Bytes& in) {
  std::size_t value = 0;
  for (bool is_first = true;; is_first = false) {
    if (in.empty() || value > (SIZE_MAX >> 8)) return std::nullopt;
    const auto byte = in.front();
    in = in.subspan(1);
    value = (is_first ? 0 : (value + 1) << 7) | (byte & 0x7fU);
    if ((byte & 0x80U) == 0) return value;
  }
}

class EntryReader {
 public:
  EntryReader(Bytes bytes, std::uint32_t version, std::size_t hash_bytes)
      : left_(bytes),
        version_(version),
        hash_bytes_(hash_bytes),
        most_path_bytes_(bytes.size() * kMostPathBytesPerByte) {}

  std::optional<IndexFile> next() {
    const auto start = left_;
    const auto fixed = kIdOffset + hash_bytes_ + 2;
    if (left_.size() < fixed) return std::nullopt;
    IndexFile file;
    file.mode = big_endian_32(left_.data() + kModeOffset);
    file.id = ObjectId::of(left_.subspan(kIdOffset, hash_bytes_));
    const auto flags = big_endian_16(left_.data() + kIdOffset + hash_bytes_);
    file.stage = (flags >> 12) & 3U;
    left_ = left_.subspan(fixed);
    if ((flags & kIsExtended) != 0) {
      if (version_ < 3 || left_.size() < 2) return std::nullopt;
      file.is_announced_only = (big_endian_16(left_.data()) & kIsAnnounced) != 0;
      left_ = left_.subspan(2);
    }
    if (!take_path(file)) return std::nullopt;
    if (version_ < 4) {
      // One to eight NULs, so that an entry's size is a multiple of eight.
      const auto size = start.size() - left_.size();
      const auto padding = 7 - (size - 1) % 8;
      if (left_.size() < padding) return std::nullopt;
      left_ = left_.subspan(padding);
    }
    return file;
  }
  [[nodiscard]] Bytes left() const noexcept { return left_; }

 private:
  bool take_path(IndexFile& file) {
    std::string_view kept;
    if (version_ >= 4) {
      const auto left_off = take_left_off(left_);
      if (!left_off || *left_off > before_.size()) return false;
      kept = std::string_view(before_).substr(0, before_.size() - *left_off);
    }
    const auto text = base::text_of(left_);
    const auto end = text.find('\0');
    if (end == std::string_view::npos || kept.size() + end > kLongestPath) return false;
    file.path = std::string(kept) + std::string(text.substr(0, end));
    left_ = left_.subspan(end + 1);
    before_ = file.path;
    path_bytes_ += file.path.size();
    return path_bytes_ <= most_path_bytes_;
  }

  Bytes left_;
  std::uint32_t version_;
  std::size_t hash_bytes_;
  std::size_t most_path_bytes_;
  std::size_t path_bytes_ = 0;
  std::string before_;
};

// A compressed bitmap (EWAH, as git writes it): words of 64 bits, runs of equal ones told by a
// marker. At most `most_bits` of it.
std::optional<std::vector<bool>> take_bitmap(Bytes& in, std::size_t most_bits) {
  if (in.size() < 8) return std::nullopt;
  const std::size_t bits = big_endian_32(in.data());
  const std::size_t words = big_endian_32(in.data() + 4);
  in = in.subspan(8);
  if (in.size() < words * 8 + 4 || bits > most_bits) return std::nullopt;
  std::vector<bool> bitmap;
  bitmap.reserve(bits);
  for (std::size_t i = 0; i < words;) {
    const auto marker = big_endian_64(in.data() + i++ * 8);
    const auto run = (marker >> 1) & 0xffffffffU;
    auto literals = marker >> 33;
    const auto run_bits = std::min<std::uint64_t>(run * 64, bits - bitmap.size());
    bitmap.insert(bitmap.end(), run_bits, (marker & 1U) != 0);
    for (; literals > 0 && i < words; --literals) {
      const auto word = big_endian_64(in.data() + i++ * 8);
      for (unsigned bit = 0; bit < 64 && bitmap.size() < bits; ++bit) {
        bitmap.push_back(((word >> bit) & 1U) != 0);
      }
    }
  }
  in = in.subspan(words * 8 + 4);
  return bitmap;
}

base::Result<SplitIndex> parse_split(Bytes in, std::size_t hash_bytes, std::size_t most_files) {
  SplitIndex split;
  if (in.size() < hash_bytes)
    return tl::unexpected(corrupt("its link to a shared index breaks off"));
  split.shared = ObjectId::of(in.first(hash_bytes));
  in = in.subspan(hash_bytes);
  if (in.empty()) return split;
  auto deleted = take_bitmap(in, most_files);
  auto replaced = deleted ? take_bitmap(in, most_files) : std::nullopt;
  if (!replaced) return tl::unexpected(corrupt("its link to a shared index breaks off"));
  split.deleted = std::move(*deleted);
  split.replaced = std::move(*replaced);
  return split;
}

base::Result<std::vector<IndexFile>> put_together(IndexContent index,
                                                  std::vector<IndexFile> shared) {
  const auto& split = *index.split;
  const auto is_set = [](const std::vector<bool>& bits, std::size_t i) {
    return i < bits.size() && bits[i];
  };
  // What replaces stands first, in order and without a path of its own; the rest is new.
  std::size_t next = 0;
  std::vector<IndexFile> files;
  for (std::size_t i = 0; i < shared.size(); ++i) {
    if (is_set(split.replaced, i)) {
      if (next == index.files.size()) {
        return tl::unexpected(corrupt("it replaces more files than it holds"));
      }
      auto file = std::move(index.files[next++]);
      if (file.path.empty()) file.path = shared[i].path;
      shared[i] = std::move(file);
    }
    if (!is_set(split.deleted, i)) files.push_back(std::move(shared[i]));
  }
  for (; next < index.files.size(); ++next) files.push_back(std::move(index.files[next]));
  std::sort(files.begin(), files.end(), [](const IndexFile& a, const IndexFile& b) {
    return std::tie(a.path, a.stage) < std::tie(b.path, b.stage);
  });
  return files;
}

base::Result<IndexContent> read_one(const std::string& path, std::size_t hash_bytes) {
  REKEY_TRY(const auto content, read_file(path, kLargestIndexBytes));
  auto index = parse_index(base::bytes_of(content), hash_bytes);
  if (!index) return tl::unexpected(base::with_context(path, std::move(index).error()));
  return index;
}

// Shared indexes lie beside the worktree's own index, wherever the one that was named lies.
base::Result<std::vector<IndexFile>> read_whole(const Repository& repository,
                                                const std::string& path,
                                                const std::string& git_dir) {
  auto index = read_one(path, repository.hash_bytes);
  if (!index) return tl::unexpected(std::move(index).error());
  if (!index->split || index->split->shared.is_zero()) return std::move(index->files);
  REKEY_TRY(auto shared,
            read_one(fmt::format("{}/sharedindex.{}", git_dir, index->split->shared.hex()),
                     repository.hash_bytes));
  return put_together(std::move(*index), std::move(shared.files));
}

}  // namespace

base::Result<IndexContent> parse_index(Bytes bytes, std::size_t hash_bytes) {
  if (bytes.size() < kHeaderBytes + hash_bytes || big_endian_32(bytes.data()) != kMagic) {
    return tl::unexpected(corrupt("it does not begin as an index does"));
  }
  const auto version = big_endian_32(bytes.data() + 4);
  if (version < 2 || version > 4) {
    return base::fail(Code::kUnsupported,
                      fmt::format("it has version {}; 2 to 4 are known", version));
  }
  const auto count = big_endian_32(bytes.data() + 8);
  const auto body = bytes.subspan(kHeaderBytes, bytes.size() - kHeaderBytes - hash_bytes);
  EntryReader entries(body, version, hash_bytes);
  IndexContent content;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto file = entries.next();
    if (!file)
      return tl::unexpected(
          corrupt(fmt::format("its entry {} breaks off, or its paths are too long", i)));
    content.files.push_back(std::move(*file));
  }
  auto left = entries.left();
  while (left.size() >= 8) {
    const std::size_t size = big_endian_32(left.data() + 4);
    if (size > left.size() - 8) return tl::unexpected(corrupt("one of its extensions breaks off"));
    const auto name = base::text_of(left.first(4));
    if (name == "link") {
      REKEY_TRY(content.split, parse_split(left.subspan(8, size), hash_bytes, kMostFiles));
    } else if (name[0] >= 'a' && name[0] <= 'z' && name != "sdir") {
      // A small first letter: whoever does not know it must not go on.
      return base::fail(Code::kUnsupported, fmt::format("its extension {} is not known", name));
    }
    left = left.subspan(8 + size);
  }
  return content;
}

base::Result<std::vector<IndexFile>> read_index(const Repository& repository,
                                                const Worktree& worktree) {
  auto files = read_whole(repository, worktree.git_dir + "/index", worktree.git_dir);
  if (!files && files.error().code == Code::kNotFound) return std::vector<IndexFile>{};
  return files;
}

base::Result<std::vector<IndexFile>> read_index_at(const Repository& repository,
                                                   const std::string& path) {
  return read_whole(repository, path, repository.git_dir);
}

}  // namespace rekey::discovery::git
