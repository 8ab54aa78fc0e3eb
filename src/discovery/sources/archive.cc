#include "discovery/sources/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <endian.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "discovery/sources/compression.h"
#include "discovery/sources/zip_mark.h"
#include "discovery/sources/zip_place.h"

namespace rekey::discovery {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
// POSIX.1-2017, pax: "ustar" stands there.
constexpr std::size_t kTarMagicAt = 257;

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

// Bytes that were taken from a stream already, and what follows; where that is the content of
// compressed data, then what stands behind that data.
class RestStream final : public ByteStream {
 public:
  RestStream(std::string_view begin, ByteStream& stream) : content_(begin, &stream) {}
  // Of what is left of the content, and of what `unpacked` was made of.
  RestStream(std::string_view begin, DecompressedStream& unpacked, ByteStream& packed)
      : content_(begin, &unpacked), unpacked_(&unpacked), packed_(&packed) {}

  [[nodiscard]] Result<std::size_t> read(std::span<char> into) override {
    if (!behind_) {
      const auto got = content_.read(into);
      if (!got || *got > 0 || unpacked_ == nullptr) return got;
      behind_.emplace(unpacked_->left(), packed_);
    }
    return behind_->read(into);
  }

 private:
  PrefixedStream content_;
  DecompressedStream* unpacked_ = nullptr;
  ByteStream* packed_ = nullptr;
  std::optional<PrefixedStream> behind_;
};

}  // namespace

std::string_view kind_not_unpacked(std::string_view first_bytes) noexcept {
  using namespace std::string_view_literals;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kKinds{{
      {"Rar!\x1a\x07"sv, "a rar archive"},
      {"MSCF\0\0\0\0"sv, "a cab archive"},
      {"xar!\0"sv, "a xar archive"},
      {"\x1f\x9d"sv, "a file of compress"},
      {"LZIP\x01"sv, "a file of lzip"},
      {"\x89LZO\0"sv, "a file of lzop"},
      {"\xed\xab\xee\xdb"sv, "an rpm package"},
      {"hsqs"sv, "a squashfs image"},
      {"\x1f\xa0"sv, "a file of compress"},
      {"PACK\0\0\0\x02"sv, "a pack of git objects"},
      {"PACK\0\0\0\x03"sv, "a pack of git objects"},
      {"# v2 git bundle\n"sv, "a git bundle"},
      {"# v3 git bundle\n"sv, "a git bundle"},
      {"\x02\x21\x4c\x18"sv, "a file of lz4's old form"},
      {"\xff\x06\0\0sNaPpY"sv, "a file of snappy"},
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
  if (begins_as_zip(first_bytes)) return true;
  constexpr std::array kMagics{"7z\xbc\xaf\x27\x1c"sv, "!<arch>\n"sv};
  for (const std::string_view magic : kMagics) {
    if (first_bytes.starts_with(magic)) return true;
  }
  if (compression_of(first_bytes) != Compression::kNone) return true;
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
  State(ByteStream& from, Compression compression) : source(from), handle(archive_read_new()) {
    if (compression != Compression::kNone) unpacked.emplace(compression, from);
  }
  ~State() { archive_read_free(handle); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ByteStream& source;
  std::optional<DecompressedStream> unpacked;  // what the source holds, if that is compressed
  ::archive* handle;
  std::array<char, kBlockBytes> block{};
  la_int64_t at = 0;
  std::size_t got_bytes = 0;           // in the block
  std::optional<base::Error> problem;  // after which nothing comes any more
  bool is_stream_over = false;         // it was the stream's

  // Of the member at hand, what came and was not given yet: a hole of zeros, then bytes.
  std::uint64_t hole_bytes = 0;
  std::string_view bytes;
  std::uint64_t size_bytes = 0;     // of what came of it so far
  std::optional<base::Error> flaw;  // it is damaged, and what came is all that there is

  [[nodiscard]] ByteStream& stream() noexcept {
    return unpacked ? static_cast<ByteStream&>(*unpacked) : source;
  }

  // A stream that fails has ended, for the library: it gives what came until then.
  static la_ssize_t pull(::archive*, void* self, const void** data) {
    auto& state = *static_cast<State*>(self);
    const auto got = state.stream().read(state.block);
    if (!got) state.problem = got.error();
    state.is_stream_over = state.is_stream_over || !got;
    const std::size_t size = got ? *got : 0;
    state.at += static_cast<la_int64_t>(size);
    if (size > 0) state.got_bytes = size;  // at the end the block stays as it was
    *data = state.block.data();
    return static_cast<la_ssize_t>(size);
  }

  // lseek(2), for the formats whose table of contents stands at their end.
  static la_int64_t go(::archive*, void* self, la_int64_t offset, int whence) {
    auto& state = *static_cast<State*>(self);
    const auto size = static_cast<la_int64_t>(state.stream().size_bytes().value_or(0));
    const la_int64_t from = whence == SEEK_END ? size : whence == SEEK_CUR ? state.at : 0;
    const la_int64_t to = from + offset;
    if (to < 0 || !state.stream().go_to(static_cast<std::uint64_t>(to))) return ARCHIVE_FATAL;
    state.at = to;
    return to;
  }

  [[nodiscard]] base::Error error() const {
    if (problem) return *problem;
    const char* words = archive_error_string(handle);
    return {Code::kCorrupt, words == nullptr ? "a damaged archive" : words};
  }

  // What the library answered instead of content.
  [[nodiscard]] base::Error failed(int answer) {
    base::Error told = error();
    if (answer == ARCHIVE_FATAL) problem = told;
    return told;
  }
};

Archive::Archive(std::unique_ptr<State> state) : state_(std::move(state)) {}
Archive::Archive(Archive&&) noexcept = default;
Archive::~Archive() = default;

Result<Archive> Archive::open(ByteStream& stream, std::string_view first_bytes) {
  auto state = std::make_unique<State>(stream, compression_of(first_bytes));
  ::archive* handle = state->handle;
  for (const auto support : {archive_read_support_format_tar, archive_read_support_format_zip,
                             archive_read_support_format_7zip, archive_read_support_format_cpio,
                             archive_read_support_format_ar, archive_read_support_format_raw,
                             archive_read_support_format_empty}) {
    support(handle);
  }
  // Tars are joined by cat(1) too; their end marks are no end.
  archive_read_set_format_option(handle, "tar", "read_concatenated_archives", "1");
  if (state->stream().size_bytes()) archive_read_set_seek_callback(handle, State::go);
  if (archive_read_open(handle, state.get(), nullptr, State::pull, nullptr) != ARCHIVE_OK) {
    return tl::unexpected(state->error());
  }
  return Archive(std::move(state));
}

Result<std::unique_ptr<Archive::Member>> Archive::next() {
  State& state = *state_;
  state.hole_bytes = state.size_bytes = 0;
  state.bytes = {};
  state.flaw.reset();
  ::archive_entry* entry = nullptr;
  while (true) {
    const int answer = archive_read_next_header(state.handle, &entry);
    if (answer == ARCHIVE_EOF && !state.problem) return std::unique_ptr<Member>();
    if (answer != ARCHIVE_OK && answer != ARCHIVE_WARN) return tl::unexpected(state.failed(answer));
    const auto type = archive_entry_filetype(entry);
    // Of a compressed file alone nothing is told.
    if (type != AE_IFREG && type != 0) continue;
    auto member = std::make_unique<Member>();
    const bool is_raw = archive_format(state.handle) == ARCHIVE_FORMAT_RAW;
    if (is_raw && !state.unpacked) {
      return fail(Code::kCorrupt, "it is no archive, though its first bytes say so");
    }
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) name = archive_entry_pathname_utf8(entry);
    if (!is_raw) member->name = name == nullptr ? "(a name that cannot be read)" : name;
    member->is_encrypted = archive_entry_is_data_encrypted(entry) == 1;
    return member;
  }
}

Result<bool> Archive::pull_bytes() {
  State& state = *state_;
  if (state.flaw) return tl::unexpected(*state.flaw);
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int answer = archive_read_data_block(state.handle, &data, &size, &offset);
  if (answer == ARCHIVE_EOF) {
    return state.problem ? tl::unexpected(*state.problem) : Result<bool>(false);
  }
  if (answer != ARCHIVE_OK && answer != ARCHIVE_WARN) return tl::unexpected(state.failed(answer));
  if (answer == ARCHIVE_WARN) state.flaw = state.error();
  const auto begin = static_cast<std::uint64_t>(std::max<la_int64_t>(offset, 0));
  state.hole_bytes = begin - std::min(begin, state.size_bytes);
  state.bytes = {static_cast<const char*>(data), size};
  state.size_bytes = std::max(begin, state.size_bytes) + size;
  return true;
}

Result<std::size_t> Archive::read(std::span<char> into) {
  State& state = *state_;
  while (state.hole_bytes == 0 && state.bytes.empty()) {
    REKEY_TRY(const bool is_more, pull_bytes());
    if (!is_more) return 0;
  }
  const std::size_t zeros =
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), state.hole_bytes));
  std::fill_n(into.begin(), zeros, '\0');
  state.hole_bytes -= zeros;
  const std::size_t size = std::min(into.size() - zeros, state.bytes.size());
  std::copy_n(state.bytes.begin(), size, into.begin() + static_cast<std::ptrdiff_t>(zeros));
  state.bytes.remove_prefix(size);
  return zeros + size;
}

Result<std::unique_ptr<ByteStream>> Archive::rest() {
  State& state = *state_;
  const auto size = state.stream().size_bytes();
  const int format = archive_format(state.handle) & ARCHIVE_FORMAT_BASE_MASK;
  if (size && format == ARCHIVE_FORMAT_ZIP) {
    REKEY_TRY(const auto end, find_zip_end(state.source, *size));
    if (!end)
      return fail(Code::kCorrupt, "it is cut off: the table at the end of a zip is missing");
    REKEY_CHECK(state.source.go_to(end->comment_at));
    return std::make_unique<RestStream>(std::string_view(), state.source);
  }
  if (size && format == ARCHIVE_FORMAT_7ZIP) {
    REKEY_TRY(const std::uint64_t end, end_of_7zip(state.source));
    REKEY_CHECK(state.source.go_to(std::min(end, *size)));
    return std::make_unique<RestStream>(std::string_view(), state.source);
  }
  if (state.unpacked && state.is_stream_over) {
    return std::make_unique<RestStream>(state.unpacked->left(), state.source);
  }
  const la_int64_t used = archive_filter_bytes(state.handle, -1);
  const auto got = static_cast<la_int64_t>(state.got_bytes);
  const auto within =
      static_cast<std::size_t>(std::clamp<la_int64_t>(used - (state.at - got), 0, got));
  const auto left = std::string_view(state.block.data(), state.got_bytes).substr(within);
  if (!state.unpacked) return std::make_unique<RestStream>(left, state.source);
  return std::make_unique<RestStream>(left, *state.unpacked, state.source);
}

Result<std::uint64_t> Archive::bytes_before() {
  State& state = *state_;
  const auto size = state.stream().size_bytes();
  const int format = archive_format(state.handle) & ARCHIVE_FORMAT_BASE_MASK;
  if (!size || format != ARCHIVE_FORMAT_ZIP) return 0;
  REKEY_TRY(const auto end, find_zip_end(state.source, *size));
  return end ? find_zip_begin(state.source, *end) : Result<std::uint64_t>(0);
}

}  // namespace rekey::discovery
