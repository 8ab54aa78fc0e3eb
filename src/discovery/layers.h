// Taking layers off: from bytes as they stand to bytes as a program reads them, with a map back.
//
// Tolerant where readers are: what is no escape stays as it is. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "discovery/finding.h"

namespace rekey::discovery {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

// A text read through a layer, and for each of its bytes which bytes of the original it comes from.
class Decoded {
 public:
  Decoded() = default;
  Decoded(Decoded&&) noexcept = default;
  Decoded& operator=(Decoded&&) = delete;
  Decoded(const Decoded&) = delete;
  ~Decoded() { base::wipe(text_.data(), text_.size()); }

  // At most so many bytes come: no growth, which would leave copies.
  void reserve(std::size_t size_bytes) { text_.reserve(size_bytes); }
  void add(char byte, Span origin);
  // Bytes that stand so in the original, from `begin` on.
  void add_unchanged(std::string_view bytes, std::size_t begin);
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  // Of [begin, end) of the text; which is not empty.
  [[nodiscard]] Span origin(std::size_t begin, std::size_t end) const;

 private:
  // Bytes that come from equally many each, at equal distances: most of a text.
  struct Piece {
    std::uint32_t at = 0;      // in the text
    std::uint32_t origin = 0;  // of the first byte
    std::uint32_t step = 0;    // from one byte's origin to the next's; 0: of one byte, and open
    std::uint32_t size = 0;    // of each byte's origin
  };
  [[nodiscard]] Span origin_of(std::size_t at) const;

  std::string text_;
  std::vector<Piece> pieces_;
};

// The base64 text (RFC 4648 sections 4 and 5) around [begin, end), over line breaks with
// indentation, "\n" written as an escape, and the seam of two string literals; nothing before
// `floor`. At most kLongestSpanBytes: base64 of a Secret of Kubernetes, which has up to 1 MiB.
inline constexpr std::size_t kLongestSpanBytes = std::size_t{2} << 20;
[[nodiscard]] Span base64_span(std::string_view text, Span run, std::size_t floor = 0);

// The characters of such a span from the `phase`-th one on; 0 to 3.
[[nodiscard]] Decoded decode_base64(std::string_view text, Span span, std::size_t phase);
// The first phase in which looks_like_text would hold for what comes out, at a fraction of the
// cost; nullopt where there is none.
[[nodiscard]] std::optional<std::size_t> base64_text_phase(std::string_view text, Span span);
// Where a span of base64 characters is hexadecimal digits in truth, those; also behind "0x", as in
// many languages, and "\x", as PostgreSQL writes bytes.
[[nodiscard]] std::optional<Span> hex_digits_in(std::string_view text, Span span);
// Pairs of hexadecimal digits.
[[nodiscard]] Decoded decode_hex(std::string_view text, Span span);

// The stretch of UTF-16 around a byte, little or big endian, and its text. A character that is not
// printable ASCII ends the stretch, and so does `floor`. nullopt where there are fewer than
// kRunSize characters.
[[nodiscard]] std::optional<Decoded> decode_utf16(std::string_view text, std::size_t at,
                                                  std::size_t floor = 0);

// "%41"; "\n", "\"", "\u0041", "\U00000041", "\x41", "\101", and "\" at the end of a line that goes
// on in the next; "&quot;", "&#65;", "&#x41;". nullopt where nothing in the span is one. A
// character beyond Latin-1 becomes '?': no value that is looked for has one.
[[nodiscard]] std::optional<Decoded> decode_percent(std::string_view text, Span span);
[[nodiscard]] std::optional<Decoded> decode_escapes(std::string_view text, Span span);
[[nodiscard]] std::optional<Decoded> decode_entities(std::string_view text, Span span);
// RFC 2045 section 6.7: "=3D", and "=" at the end of a line that goes on in the next.
[[nodiscard]] std::optional<Decoded> decode_quoted_printable(std::string_view text, Span span);
// Whether the '\' at `at` ends a line within a word that goes on in the next one.
[[nodiscard]] bool is_fold(std::string_view text, std::size_t at) noexcept;
// Whether the line that ends in the '=' at `at` was broken by such an encoder: it is as long as
// those make them.
[[nodiscard]] bool is_soft_break(std::string_view text, std::size_t at) noexcept;

// The begin and the end of the line around `at`, with the lines that are folded into it by a '\\'
// at their end: not before `from`; that of the text where it has none.
[[nodiscard]] std::size_t line_begin(std::string_view text, std::size_t from, std::size_t at);
[[nodiscard]] std::size_t line_end(std::string_view text, std::size_t at);

// Whether the text begins with so many of them in a row. The layer is one of those three.
[[nodiscard]] bool begins_with_escapes(Layer layer, std::string_view text, std::size_t count);

// Whether what came out can be text, or hold some: else the layer was none.
[[nodiscard]] bool looks_like_text(std::string_view text) noexcept;

}  // namespace rekey::discovery
