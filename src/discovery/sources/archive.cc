#include "discovery/sources/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <endian.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "discovery/sources/zip_place.h"

namespace rekey::discovery {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
// POSIX.1-2017, pax: "ustar" stands there.
constexpr std::size_t kTarMagicAt = 257;
// Of lzma's old format there is no magic: properties, a dictionary of a power of two, a size that
// is unknown or no more than 2^40 (lzma-file-format.txt, "1.1").
bool may_be_lzma(std::string_view bytes) noexcept {
  using namespace std::string_view_literals;
  if (bytes.size() <= 13 || !bytes.starts_with("\x5d\0\0"sv)) return false;
  const std::string_view size = bytes.substr(5, 8);
  return size == "\xff\xff\xff\xff\xff\xff\xff\xff"sv || size.substr(5) == "\0\0\0"sv;
}

// 7zFormat.txt, "Archive structure": 32 bytes, of which the sizes at 12 and 20 lead to the end.
Result<std::uint64_t> end_of_7zip(ByteStream& stream) {
  REKEY_CHECK(stream.go_to(0));
  std::array<char, 32> header{};
  const Filled filled = fill(stream, header);
  REKEY_CHECK(filled.status);
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::memcpy(&offset, header.data() + 12, sizeof offset);
  std::memcpy(&size, header.data() + 20, sizeof size);
  return header.size() + le64toh(offset) + le64toh(size);
}

// Bytes that were taken from a stream already, and what follows.
class RestStream final : public ByteStream {
 public:
  RestStream(std::string_view begin, ByteStream& stream) : stream_(begin, &stream) {}
  [[nodiscard]] Result<std::size_t> read(std::span<char> into) override {
    return stream_.read(into);
  }

 private:
  PrefixedStream stream_;
};

}  // namespace

std::string_view kind_not_unpacked(std::string_view first_bytes) noexcept {
  using namespace std::string_view_literals;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kKinds{{
      {"Rar!\x1a\x07"sv, "a rar archive"},
      {"MSCF\0\0\0\0"sv, "a cab archive"},
      {"xar!\0"sv, "a xar archive"},
      {"\x1f\x9d"sv, "a file of compress"},
      {"LZIP\x01"sv, "a file of lzip"},
      {"\x89LZO\0"sv, "a file of lzop"},
      {"\xed\xab\xee\xdb"sv, "an rpm package"},
      {"hsqs"sv, "a squashfs image"},
      {"\x1f\xa0"sv, "a file of compress"},
  }};
  for (const auto& [magic, kind] : kKinds) {
    if (first_bytes.starts_with(magic)) return kind;
  }
  // RFC 8878 §3.1.2: frames that are skipped come before others.
  const bool is_skipped = first_bytes.size() > 8 && (first_bytes[0] & '\xf0') == '\x50' &&
                          first_bytes.substr(1).starts_with("\x2a\x4d\x18"sv);
  return is_skipped ? "a zstd or lz4 file that begins with a frame to skip"sv : ""sv;
}

bool may_be_archive(std::string_view first_bytes) noexcept {
  using namespace std::string_view_literals;
  constexpr std::array kMagics{"PK\x03\x04"sv,       "PK\x05\x06"sv,       "\x1f\x8b\x08"sv,
                               "\xfd\x37zXZ\0"sv,    "\x28\xb5\x2f\xfd"sv, "7z\xbc\xaf\x27\x1c"sv,
                               "\x04\x22\x4d\x18"sv, "!<arch>\n"sv};
  for (const std::string_view magic : kMagics) {
    if (first_bytes.starts_with(magic)) return true;
  }
  if (may_be_lzma(first_bytes)) return true;
  constexpr std::size_t kBlockMagicAt = 4;  // after the size of blocks
  if (first_bytes.starts_with("BZh") && first_bytes.size() > kBlockMagicAt) {
    return first_bytes.substr(kBlockMagicAt).starts_with("1AY&SY");
  }
  // Of cpio's text forms the numbers go on.
  const bool is_cpio = first_bytes.starts_with("070701") || first_bytes.starts_with("070707");
  constexpr std::size_t kNumbers = 48;
  if (is_cpio && first_bytes.size() > kNumbers) {
    return first_bytes.substr(0, kNumbers).find_first_not_of("0123456789abcdefABCDEF") ==
           std::string_view::npos;
  }
  return first_bytes.size() > kTarMagicAt && first_bytes.substr(kTarMagicAt).starts_with("ustar");
}

struct Archive::State {
  explicit State(ByteStream& from) : stream(from), handle(archive_read_new()) {}
  ~State() { archive_read_free(handle); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ByteStream& stream;
  ::archive* handle;
  std::array<char, kBlockBytes> block{};
  la_int64_t at = 0;
  std::size_t got_bytes = 0;  // in the block
  base::Error problem;        // what the stream said; an empty detail: nothing

  static la_ssize_t pull(::archive* handle, void* self, const void** data) {
    auto& state = *static_cast<State*>(self);
    const auto got = state.stream.read(state.block);
    if (!got) {
      state.problem = got.error();
      archive_set_error(handle, EIO, "%s", "the bytes end early");
      return -1;
    }
    state.at += static_cast<la_int64_t>(*got);
    if (*got > 0) state.got_bytes = *got;  // at the end the block stays as it was
    *data = state.block.data();
    return static_cast<la_ssize_t>(*got);
  }

  // lseek(2), for the formats whose table of contents stands at their end.
  static la_int64_t go(::archive*, void* self, la_int64_t offset, int whence) {
    auto& state = *static_cast<State*>(self);
    const auto size = static_cast<la_int64_t>(state.stream.size_bytes().value_or(0));
    const la_int64_t from = whence == SEEK_END ? size : whence == SEEK_CUR ? state.at : 0;
    const la_int64_t to = from + offset;
    if (to < 0 || !state.stream.go_to(static_cast<std::uint64_t>(to))) return ARCHIVE_FATAL;
    state.at = to;
    return to;
  }

  [[nodiscard]] base::Error error() const {
    if (!problem.detail.empty()) return problem;
    const char* words = archive_error_string(handle);
    return {Code::kCorrupt, words == nullptr ? "a damaged archive" : words};
  }
};

Archive::Archive(std::unique_ptr<State> state) : state_(std::move(state)) {}
Archive::Archive(Archive&&) noexcept = default;
Archive::~Archive() = default;

Result<Archive> Archive::open(ByteStream& stream) {
  auto state = std::make_unique<State>(stream);
  ::archive* handle = state->handle;
  // Each by name: "all" would start programs for what the library does not know itself.
  for (const auto support : {archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
                             archive_read_support_filter_xz, archive_read_support_filter_lzma,
                             archive_read_support_filter_zstd, archive_read_support_filter_lz4,
                             archive_read_support_format_tar, archive_read_support_format_zip,
                             archive_read_support_format_7zip, archive_read_support_format_cpio,
                             archive_read_support_format_ar, archive_read_support_format_raw,
                             archive_read_support_format_empty}) {
    support(handle);
  }
  // Tars are joined by cat(1) too; their end marks are no end.
  archive_read_set_format_option(handle, "tar", "read_concatenated_archives", "1");
  if (stream.size_bytes()) archive_read_set_seek_callback(handle, State::go);
  if (archive_read_open(handle, state.get(), nullptr, State::pull, nullptr) != ARCHIVE_OK) {
    return tl::unexpected(state->error());
  }
  return Archive(std::move(state));
}

Result<std::unique_ptr<Archive::Member>> Archive::next() {
  ::archive_entry* entry = nullptr;
  while (true) {
    const int answer = archive_read_next_header(state_->handle, &entry);
    if (answer == ARCHIVE_EOF) return std::unique_ptr<Member>();
    if (answer < ARCHIVE_WARN) return tl::unexpected(state_->error());
    const auto type = archive_entry_filetype(entry);
    // Of a compressed file alone nothing is told.
    if (type != AE_IFREG && type != 0) continue;
    auto member = std::make_unique<Member>();
    const bool is_raw = archive_format(state_->handle) == ARCHIVE_FORMAT_RAW;
    if (is_raw && archive_filter_code(state_->handle, 0) == ARCHIVE_FILTER_NONE) {
      return fail(Code::kCorrupt, "it is no archive, though its first bytes say so");
    }
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) name = archive_entry_pathname_utf8(entry);
    if (!is_raw) member->name = name == nullptr ? "(a name that cannot be read)" : name;
    member->is_encrypted = archive_entry_is_data_encrypted(entry) == 1;
    return member;
  }
}

Result<std::size_t> Archive::read(std::span<char> into) {
  const la_ssize_t got = archive_read_data(state_->handle, into.data(), into.size());
  if (got < 0) return tl::unexpected(state_->error());
  return static_cast<std::size_t>(got);
}

Result<std::unique_ptr<ByteStream>> Archive::rest() {
  State& state = *state_;
  const auto size = state.stream.size_bytes();
  const int format = archive_format(state.handle) & ARCHIVE_FORMAT_BASE_MASK;
  const bool is_packed = archive_filter_code(state.handle, 0) != ARCHIVE_FILTER_NONE;
  if (!is_packed && size && format == ARCHIVE_FORMAT_ZIP) {
    REKEY_TRY(const auto end, find_zip_end(state.stream, *size));
    if (!end)
      return fail(Code::kCorrupt, "it is cut off: the table at the end of a zip is missing");
    REKEY_CHECK(state.stream.go_to(end->comment_at));
    return std::make_unique<RestStream>(std::string_view(), state.stream);
  }
  if (!is_packed && size && format == ARCHIVE_FORMAT_7ZIP) {
    REKEY_TRY(const std::uint64_t end, end_of_7zip(state.stream));
    REKEY_CHECK(state.stream.go_to(std::min(end, *size)));
    return std::make_unique<RestStream>(std::string_view(), state.stream);
  }
  const la_int64_t used = archive_filter_bytes(state.handle, -1);
  const auto got = static_cast<la_int64_t>(state.got_bytes);
  const auto within =
      static_cast<std::size_t>(std::clamp<la_int64_t>(used - (state.at - got), 0, got));
  return std::make_unique<RestStream>(
      std::string_view(state.block.data(), state.got_bytes).substr(within), state.stream);
}

Result<std::uint64_t> Archive::bytes_before() {
  const State& state = *state_;
  const auto size = state.stream.size_bytes();
  const int format = archive_format(state.handle) & ARCHIVE_FORMAT_BASE_MASK;
  const bool is_packed = archive_filter_code(state.handle, 0) != ARCHIVE_FILTER_NONE;
  if (is_packed || !size || format != ARCHIVE_FORMAT_ZIP) return 0;
  REKEY_TRY(const auto end, find_zip_end(state.stream, *size));
  return end ? find_zip_begin(state.stream, *end) : Result<std::uint64_t>(0);
}

}  // namespace rekey::discovery
