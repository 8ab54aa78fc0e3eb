#include "discovery/sources/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace rekey::discovery {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
// POSIX.1-2017, pax: "ustar" stands there.
constexpr std::size_t kTarMagicAt = 257;

}  // namespace

bool may_be_archive(std::string_view first_bytes) noexcept {
  using namespace std::string_view_literals;
  constexpr std::array kMagics{"PK\x03\x04"sv,       "PK\x05\x06"sv,       "\x1f\x8b\x08"sv,
                               "\xfd\x37zXZ\0"sv,    "\x28\xb5\x2f\xfd"sv, "7z\xbc\xaf\x27\x1c"sv,
                               "\x04\x22\x4d\x18"sv, "!<arch>\n"sv};
  for (const std::string_view magic : kMagics) {
    if (first_bytes.starts_with(magic)) return true;
  }
  if (first_bytes.starts_with("BZh")) return first_bytes.substr(4).starts_with("1AY&SY");
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
  base::Error problem;  // what the stream said; an empty detail: nothing

  static la_ssize_t pull(::archive* handle, void* self, const void** data) {
    auto& state = *static_cast<State*>(self);
    const auto got = state.stream.read(state.block);
    if (!got) {
      state.problem = got.error();
      archive_set_error(handle, EIO, "%s", "the bytes end early");
      return -1;
    }
    state.at += static_cast<la_int64_t>(*got);
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
                             archive_read_support_filter_xz, archive_read_support_filter_zstd,
                             archive_read_support_filter_lz4, archive_read_support_format_tar,
                             archive_read_support_format_zip, archive_read_support_format_7zip,
                             archive_read_support_format_cpio, archive_read_support_format_ar,
                             archive_read_support_format_raw, archive_read_support_format_empty}) {
    support(handle);
  }
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

}  // namespace rekey::discovery
