#include "discovery/unpack.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "base/secret.h"
#include "base/text.h"
#include "discovery/content.h"
#include "discovery/detector.h"
#include "discovery/git/inflate.h"
#include "discovery/sources/archive.h"

namespace rekey::discovery {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
constexpr std::size_t kFirstBytes = std::size_t{256} << 10;
// Where data may begin that something stands before: a path or a name, joined by '/', '-', '_'.
constexpr std::size_t kMostBefore = 128;
constexpr std::size_t kMagicChars = 32;  // of 24 bytes
// How base64 of the bytes that may_be_packed knows begins, in both alphabets.
constexpr std::array<std::string_view, 15> kBegins{"H4", "KL", "/T", "_T", "Ql", "UE", "N3", "BC",
                                                   "eJ", "eA", "eF", "eN", "XQ", "IT", "MD"};

// RFC 1950 section 2.2: deflate with a window of 32 KiB, without a dictionary.
bool may_be_zlib(std::string_view bytes) noexcept {
  constexpr unsigned kCheck = 31;
  constexpr unsigned kDictionary = 0x20;
  if (bytes.size() < 2 || bytes[0] != '\x78') return false;
  const unsigned flags = static_cast<unsigned char>(bytes[1]);
  return (0x7800U + flags) % kCheck == 0 && (flags & kDictionary) == 0;
}

// What comes in pieces, as windows of one content.
class Windows {
 public:
  using Take = std::function<bool(std::string_view)>;
  explicit Windows(const Take& take) : take_(take) {}
  Windows(const Windows&) = delete;
  Windows& operator=(const Windows&) = delete;
  ~Windows() { base::wipe(bytes_.data(), bytes_.size()); }

  // False where no more is wanted.
  [[nodiscard]] bool add(std::string_view piece) {
    while (!piece.empty()) {
      if (have_ == bytes_.size() && !make_room()) return false;
      const std::size_t size = std::min(piece.size(), bytes_.size() - have_);
      std::memcpy(bytes_.data() + have_, piece.data(), size);
      have_ += size;
      fresh_ += size;
      piece.remove_prefix(size);
    }
    return true;
  }

  // The end of one content; what comes next is another one.
  [[nodiscard]] bool finish() {
    const bool goes_on = fresh_ == 0 || give();
    have_ = fresh_ = 0;
    return goes_on;
  }

 private:
  [[nodiscard]] bool make_room() {
    if (bytes_.size() < kWindowBytes) {
      std::vector<char> larger(std::clamp(bytes_.size() * 4, kFirstBytes, kWindowBytes));
      std::copy_n(bytes_.begin(), have_, larger.begin());
      bytes_.swap(larger);
      base::wipe(larger.data(), larger.size());
      return true;
    }
    if (!give()) return false;
    std::memmove(bytes_.data(), bytes_.data() + have_ - kWindowOverlapBytes, kWindowOverlapBytes);
    have_ = kWindowOverlapBytes;
    fresh_ = 0;
    return true;
  }

  [[nodiscard]] bool give() { return take_({bytes_.data(), have_}); }

  const Take& take_;
  std::vector<char> bytes_;
  std::size_t have_ = 0;
  std::size_t fresh_ = 0;  // of them, that nobody has seen
};

UnpackEnd unpack_deflated(std::string_view packed, Windows& windows) {
  bool goes_on = true;
  bool is_any = false;
  const bool is_whole = git::inflate_pieces(base::bytes_of(packed), kPieceBytes,
                                            [&](std::span<const std::uint8_t> piece) {
                                              is_any = true;
                                              goes_on = windows.add(base::text_of(piece));
                                              return goes_on;
                                            });
  if (!is_any) return UnpackEnd::kNotPacked;
  if (!goes_on || !windows.finish()) return UnpackEnd::kStopped;
  return is_whole ? UnpackEnd::kWhole : UnpackEnd::kBroken;
}

// The bytes of one member.
UnpackEnd read_member(Archive& archive, Windows& windows) {
  std::array<char, kPieceBytes> piece;
  UnpackEnd end = UnpackEnd::kWhole;
  while (true) {
    const auto got = archive.read(piece);
    if (!got) end = UnpackEnd::kBroken;
    if (!got || *got == 0) break;
    if (!windows.add({piece.data(), *got})) {
      end = UnpackEnd::kStopped;
      break;
    }
  }
  base::wipe(piece.data(), piece.size());
  if (end != UnpackEnd::kStopped && !windows.finish()) end = UnpackEnd::kStopped;
  return end;
}

UnpackEnd unpack_archive(std::string_view packed, Windows& windows) {
  PrefixedStream stream(packed, nullptr);
  auto archive = Archive::open(stream, packed);
  if (!archive) return UnpackEnd::kNotPacked;
  bool is_any = false;
  bool is_hidden = false;
  while (true) {
    const auto member = archive->next();
    if (!member) return is_any ? UnpackEnd::kBroken : UnpackEnd::kNotPacked;
    if (*member == nullptr) break;
    is_any = true;
    is_hidden = is_hidden || (*member)->is_encrypted;
    if ((*member)->is_encrypted) continue;
    const UnpackEnd end = read_member(*archive, windows);
    if (end != UnpackEnd::kWhole) return end;
  }
  return is_hidden ? UnpackEnd::kBroken : UnpackEnd::kWhole;
}

}  // namespace

bool may_be_packed(std::string_view first_bytes) noexcept {
  return may_be_zlib(first_bytes) || may_be_archive(first_bytes);
}

std::optional<std::size_t> packed_begin(std::string_view text, Span span) {
  const std::size_t limit = std::min(span.end, span.begin + kMostBefore);
  for (std::size_t at = span.begin; at < limit; ++at) {
    const bool is_begin = at == span.begin || !holds(Alphabet::kAlphanumeric, text[at - 1]);
    const std::string_view two = text.substr(at, 2);
    if (!is_begin || std::find(kBegins.begin(), kBegins.end(), two) == kBegins.end()) continue;
    const Decoded first = decode_base64(text, {at, std::min(span.end, at + kMagicChars)}, 0);
    if (may_be_packed(first.text())) return at;
  }
  return std::nullopt;
}

UnpackEnd unpack(std::string_view packed,
                 const std::function<bool(std::string_view content)>& take) {
  Windows windows(take);
  return may_be_zlib(packed) ? unpack_deflated(packed, windows) : unpack_archive(packed, windows);
}

}  // namespace rekey::discovery
