#include "discovery/layers.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "discovery/classes.h"

namespace rekey::discovery {
namespace {

constexpr int kNone = -1;
constexpr std::size_t kShortestWrappedLine = 32;
constexpr std::size_t kLongestIndent = 64;
constexpr std::size_t kTextStretch = 12;

constexpr std::array<std::int8_t, 256> kBase64Values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(kNone);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  values['-'] = 62;
  values['_'] = 63;
  return values;
}();

int base64_value(char c) noexcept {
  return kBase64Values[static_cast<unsigned char>(c)];
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : kNone;
}

bool is_octal(char c) noexcept {
  return c >= '0' && c <= '7';
}

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

bool is_printable(char c) noexcept {
  return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
}

std::size_t skip_blanks(std::string_view text, std::size_t at) noexcept {
  const std::size_t limit = std::min(text.size(), at + kLongestIndent);
  while (at < limit && is_blank(text[at])) ++at;
  return at;
}

// The end of what joins two lines of one base64 text at `at`; `at` itself where nothing does.
std::size_t behind_join(std::string_view text, std::size_t at) noexcept {
  const std::string_view rest = text.substr(at);
  for (const std::string_view written : {"\\r\\n", "\\n"}) {
    if (rest.starts_with(written)) return at + written.size();
  }
  std::size_t end = at;
  if (end < text.size() && text[end] == '\r') ++end;
  if (end < text.size() && text[end] == '\n') return skip_blanks(text, end + 1);
  if (end < text.size() && (text[end] == '"' || text[end] == '\'')) {
    const char quote = text[end];
    end = skip_blanks(text, end + 1);
    while (end < text.size() && (text[end] == '+' || text[end] == '.' || text[end] == '\\' ||
                                 text[end] == '\r' || text[end] == '\n')) {
      end = skip_blanks(text, end + 1);
    }
    if (end < text.size() && text[end] == quote && end > at + 1) return end + 1;
  }
  return at;
}

std::size_t base64_end(std::string_view text, std::size_t at, std::size_t limit) noexcept {
  while (at < limit && base64_value(text[at]) != kNone) ++at;
  return at;
}

// Whether a line of base64 ends at `at`, and not merely its first word, as in "name: value".
bool is_end_of_line(std::string_view text, std::size_t at) noexcept {
  constexpr std::string_view kEnds = "\r\n=\"'<,;\\)";
  return at >= text.size() || kEnds.find(text[at]) != std::string_view::npos;
}

// Counts how many bytes in a row can be text.
class TextMeter {
 public:
  // Whether there were enough.
  bool add(char c) noexcept {
    stretch_ = is_printable(c) ? stretch_ + 1 : 0;
    spread_ = is_printable(c) || c == '\0' ? spread_ + 1 : 0;
    return stretch_ >= kTextStretch || spread_ >= 2 * kTextStretch;
  }

 private:
  std::size_t stretch_ = 0;
  std::size_t spread_ = 0;  // with zeros between: UTF-16
};

}  // namespace

void Decoded::add(char byte, Span origin) {
  const auto at = static_cast<std::uint32_t>(text_.size());
  const auto begin = static_cast<std::uint32_t>(origin.begin);
  const auto size = static_cast<std::uint32_t>(origin.end - origin.begin);
  text_ += byte;
  if (!pieces_.empty() && pieces_.back().size == size) {
    Piece& last = pieces_.back();
    if (last.step == 0) last.step = begin - last.origin;
    if (begin == last.origin + (at - last.at) * last.step) return;
  }
  pieces_.push_back({at, begin, 0, size});
}

void Decoded::add_unchanged(std::string_view bytes, std::size_t begin) {
  if (bytes.empty()) return;
  pieces_.push_back(
      {static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(begin), 1, 1});
  text_ += bytes;
}

Span Decoded::origin_of(std::size_t at) const {
  const auto behind =
      std::upper_bound(pieces_.begin(), pieces_.end(), at,
                       [](std::size_t place, const Piece& piece) { return place < piece.at; });
  const Piece& piece = *std::prev(behind);
  const std::size_t begin = piece.origin + (at - piece.at) * piece.step;
  return {begin, begin + piece.size};
}

Span Decoded::origin(std::size_t begin, std::size_t end) const {
  return {origin_of(begin).begin, origin_of(end - 1).end};
}

Span base64_span(std::string_view text, Span run, std::size_t floor) {
  Span span = run;
  const std::size_t limit = std::min(text.size(), run.begin + kLongestSpanBytes);
  while (span.begin > floor && base64_value(text[span.begin - 1]) != kNone &&
         run.begin - span.begin < kLongestSpanBytes) {
    --span.begin;
  }
  std::size_t line_begin = span.begin;
  span.end = base64_end(text, run.end, limit);
  while (span.end < limit && span.end - line_begin >= kShortestWrappedLine) {
    const std::size_t next = behind_join(text, span.end);
    if (next == span.end || next >= limit) break;
    const std::size_t end = base64_end(text, next, limit);
    if (end == next || !is_end_of_line(text, end)) break;
    line_begin = next;
    span.end = end;
  }
  return span;
}

namespace {

// The characters of a base64 text in turn, over what joins its lines.
class Base64Characters {
 public:
  Base64Characters(std::string_view text, Span span) noexcept : text_(text), next_(span) {}
  // What the next one stands for; kNone behind the last.
  int take() noexcept {
    while (next_.begin < next_.end) {
      const std::size_t at = next_.begin++;
      const int value = base64_value(text_[at]);
      if (value != kNone) return value;
      next_.begin = std::max(next_.begin, behind_join(text_, at));
    }
    return kNone;
  }
  // Of the one that was taken last.
  [[nodiscard]] std::size_t place() const noexcept { return next_.begin - 1; }

 private:
  std::string_view text_;
  Span next_;
};

}  // namespace

Decoded decode_base64(std::string_view text, Span span, std::size_t phase) {
  Decoded decoded;
  decoded.reserve((span.end - span.begin) / 4 * 3 + 3);
  std::uint32_t bits = 0;
  std::array<std::size_t, 4> places{};
  std::size_t have = 0;
  Base64Characters characters(text, span);
  for (int value = characters.take(); value != kNone; value = characters.take()) {
    if (phase > 0) {
      --phase;
      continue;
    }
    places[have++] = characters.place();
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    if (have == 4) {
      for (std::size_t k = 0; k < 3; ++k) {
        decoded.add(static_cast<char>(bits >> (16 - 8 * k) & 0xffU),
                    {places[k], places[k + 1] + 1});
      }
      bits = 0;
      have = 0;
    }
  }
  if (have >= 2) {
    bits <<= 6 * (4 - have);
    for (std::size_t k = 0; k + 1 < have; ++k) {
      decoded.add(static_cast<char>(bits >> (16 - 8 * k) & 0xffU), {places[k], places[k + 1] + 1});
    }
  }
  return decoded;
}

namespace {

constexpr std::size_t kPhases = 4;

// Phases in which three groups in a row have no byte above 0x7f: twelve bytes of text always cover
// so many. Without a branch on what the bytes are, which is hard to foretell.
std::array<bool, kPhases> phases_of_ascii(std::string_view text, Span span) noexcept {
  constexpr std::uint32_t kHighBits = 0x808080;
  constexpr std::uint32_t kGroups = kTextStretch / 3 - 1;
  std::array<std::uint32_t, kPhases> in_a_row{};
  std::array<bool, kPhases> found{};
  std::uint32_t bits = 0;
  std::size_t count = 0;
  Base64Characters characters(text, span);
  for (int value = characters.take(); value != kNone; value = characters.take()) {
    // Four characters are three bytes in the phase in which the first of them begins a group.
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    ++count;
    const std::size_t phase = count % kPhases;
    const bool is_ascii = (bits & kHighBits) == 0 && count >= kPhases;
    in_a_row[phase] = (in_a_row[phase] + 1) * static_cast<std::uint32_t>(is_ascii);
    found[phase] = found[phase] || in_a_row[phase] >= kGroups;
  }
  return found;
}

bool looks_like_text_in(std::string_view text, Span span, std::size_t phase) {
  TextMeter meter;
  std::uint32_t bits = 0;
  unsigned have = 0;
  Base64Characters characters(text, span);
  for (int value = characters.take(); value != kNone; value = characters.take()) {
    if (phase > 0) {
      --phase;
      continue;
    }
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    if (meter.add(static_cast<char>(bits >> have & 0xffU))) return true;
  }
  return false;
}

}  // namespace

std::optional<std::size_t> base64_text_phase(std::string_view text, Span span) {
  const auto may_be = phases_of_ascii(text, span);
  for (std::size_t phase = 0; phase < kPhases; ++phase) {
    if (may_be[phase] && looks_like_text_in(text, span, phase)) return phase;
  }
  return std::nullopt;
}

bool looks_like_text(std::string_view text) noexcept {
  TextMeter meter;
  return std::any_of(text.begin(), text.end(), [&](char c) { return meter.add(c); });
}

std::optional<Span> hex_digits_in(std::string_view text, Span span) {
  const std::string_view word = text.substr(span.begin, span.end - span.begin);
  const bool is_escape = span.begin > 0 && text[span.begin - 1] == '\\';
  const std::size_t mark = word.starts_with("0x") || word.starts_with("0X") ? 2
                           : is_escape && word.starts_with('x')             ? 1
                                                                            : 0;
  const std::string_view digits = word.substr(mark);
  const bool is_hex =
      std::all_of(digits.begin(), digits.end(), [](char c) { return hex_value(c) != kNone; });
  return is_hex ? std::optional(Span{span.begin + mark, span.end}) : std::nullopt;
}

Decoded decode_hex(std::string_view text, Span span) {
  Decoded decoded;
  decoded.reserve((span.end - span.begin) / 2);
  for (std::size_t at = span.begin; at + 1 < span.end; at += 2) {
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high == kNone || low == kNone) break;
    decoded.add(static_cast<char>(high << 4 | low), {at, at + 2});
  }
  return decoded;
}

namespace {

// Units of two bytes around `at`, with the zero behind the character or in front of it.
Span utf16_span(std::string_view text, std::size_t at, std::size_t floor, bool is_little) {
  const auto is_unit = [&](std::size_t unit) {
    return unit + 2 <= text.size() && text[unit + (is_little ? 1 : 0)] == '\0' &&
           is_printable(text[unit + (is_little ? 0 : 1)]);
  };
  if (!is_little && at == 0) return {};
  const std::size_t first = is_little ? at : at - 1;
  Span span{first, first};
  while (span.begin >= floor + 2 && first - span.begin < kLongestSpanBytes &&
         is_unit(span.begin - 2)) {
    span.begin -= 2;
  }
  while (span.end - first < kLongestSpanBytes && is_unit(span.end)) span.end += 2;
  return span;
}

}  // namespace

std::optional<Decoded> decode_utf16(std::string_view text, std::size_t at, std::size_t floor) {
  // Read in the wrong order a text loses the character at one of its ends.
  const Span little = utf16_span(text, at, floor, true);
  const Span big = utf16_span(text, at, floor, false);
  const bool is_little = little.end - little.begin >= big.end - big.begin;
  const Span span = is_little ? little : big;
  if ((span.end - span.begin) / 2 < kRunSize) return std::nullopt;
  Decoded decoded;
  decoded.reserve((span.end - span.begin) / 2);
  for (std::size_t unit = span.begin; unit < span.end; unit += 2) {
    decoded.add(text[unit + (is_little ? 0 : 1)], {unit, unit + 2});
  }
  return decoded;
}

namespace {

// What stands at a place: one byte, from so many.
struct Unit {
  char byte = '\0';
  std::size_t size = 0;   // 0: nothing that the layer knows
  bool is_empty = false;  // no byte at all
};

char narrow(std::uint32_t point) noexcept {
  return point < 0x100 ? static_cast<char>(point) : '?';
}

std::optional<std::uint32_t> number_at(std::string_view text, std::size_t digits) noexcept {
  if (text.size() < digits) return std::nullopt;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int value = hex_value(text[i]);
    if (value == kNone) return std::nullopt;
    number = number << 4U | static_cast<std::uint32_t>(value);
  }
  return number;
}

Unit percent_unit(std::string_view rest) noexcept {
  if (rest[0] != '%') return {};
  const auto number = number_at(rest.substr(1), 2);
  return number ? Unit{narrow(*number), 3} : Unit{};
}

// "\137": one to three octal digits, of C and of $'…' in shells.
Unit octal_unit(std::string_view rest) noexcept {
  constexpr std::size_t kMostDigits = 3;
  std::uint32_t number = 0;
  std::size_t size = 1;
  for (; size < rest.size() && size <= kMostDigits && is_octal(rest[size]); ++size) {
    number = number << 3U | static_cast<std::uint32_t>(rest[size] - '0');
  }
  return {narrow(number), size};
}

// The end of a line that goes on in the next, without its indentation: of quoted scalars in YAML
// (YAML 1.2 section 7.3.1), and of strings in shells, C, JavaScript, ….
Unit fold_unit(std::string_view rest) noexcept {
  const std::size_t feed = rest[1] == '\r' ? 2 : 1;
  if (feed >= rest.size() || rest[feed] != '\n') return {};
  return {'\0', skip_blanks(rest, feed + 1), true};
}

// Of JSON, Java, JavaScript, PHP, YAML, C and shells together.
Unit escape_unit(std::string_view rest) noexcept {
  if (rest[0] != '\\' || rest.size() < 2) return {};
  constexpr std::string_view kMarks = "xuU";
  constexpr std::array<std::size_t, 3> kDigits{2, 4, 8};
  if (const auto index = kMarks.find(rest[1]); index != std::string_view::npos) {
    const auto number = number_at(rest.substr(2), kDigits[index]);
    return number ? Unit{narrow(*number), 2 + kDigits[index]} : Unit{};
  }
  if (is_octal(rest[1])) return octal_unit(rest);
  if (rest[1] == '\n' || rest[1] == '\r') return fold_unit(rest);
  constexpr std::string_view kLetters = "nrtfb";
  constexpr std::string_view kMeanings = "\n\r\t\f\b";
  if (const auto index = kLetters.find(rest[1]); index != std::string_view::npos) {
    return {kMeanings[index], 2};
  }
  constexpr std::string_view kThemselves = "\"'\\/:=#! $`";
  return kThemselves.find(rest[1]) == std::string_view::npos ? Unit{} : Unit{rest[1], 2};
}

Unit numeric_entity(std::string_view rest) noexcept {
  constexpr std::size_t kMostDigits = 7;
  const bool is_hex = rest.size() > 2 && (rest[2] == 'x' || rest[2] == 'X');
  std::size_t at = is_hex ? 3 : 2;
  const std::size_t first = at;
  std::uint32_t number = 0;
  for (; at < rest.size() && at - first < kMostDigits && rest[at] != ';'; ++at) {
    const int value = hex_value(rest[at]);
    if (value == kNone || (!is_hex && value > 9)) return {};
    number = number * (is_hex ? 16 : 10) + static_cast<std::uint32_t>(value);
  }
  if (at == first || at >= rest.size() || rest[at] != ';') return {};
  return {narrow(number), at + 1};
}

Unit entity_unit(std::string_view rest) noexcept {
  if (rest[0] != '&') return {};
  if (rest.starts_with("&#")) return numeric_entity(rest);
  constexpr std::array<std::pair<std::string_view, char>, 5> kNamed{
      {{"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}}};
  for (const auto& [name, byte] : kNamed) {
    if (rest.starts_with(name)) return {byte, name.size()};
  }
  return {};
}

Unit quoted_printable_unit(std::string_view rest) noexcept {
  if (rest[0] != '=') return {};
  if (rest.substr(1).starts_with('\n')) return {'\0', 2, true};
  if (rest.substr(1).starts_with("\r\n")) return {'\0', 3, true};
  constexpr std::string_view kDigits = "0123456789ABCDEF";  // no lower case
  const std::string_view two = rest.substr(1, 2);
  const auto number = number_at(two, 2);
  if (!number || two.find_first_not_of(kDigits) != std::string_view::npos) return {};
  return {narrow(*number), 3};
}

std::optional<Decoded> decode_units(std::string_view text, Span span,
                                    Unit (*unit_at)(std::string_view) noexcept, char sign) {
  const std::string_view region = text.substr(span.begin, span.end - span.begin);
  if (region.find(sign) == std::string_view::npos) return std::nullopt;
  Decoded decoded;
  decoded.reserve(region.size());
  bool is_changed = false;
  for (std::size_t at = 0; at < region.size();) {
    const std::size_t next = std::min(region.find(sign, at), region.size());
    decoded.add_unchanged(region.substr(at, next - at), span.begin + at);
    at = next;
    if (at == region.size()) break;
    Unit unit = unit_at(region.substr(at));
    is_changed = is_changed || unit.size != 0;
    if (unit.size == 0) unit = {region[at], 1};
    if (!unit.is_empty) decoded.add(unit.byte, {span.begin + at, span.begin + at + unit.size});
    at += unit.size;
  }
  if (!is_changed) return std::nullopt;
  return decoded;
}

// What the text begins with, of a layer that escapes single characters by a sign of its own.
Unit unit_of(Layer layer, std::string_view rest) noexcept {
  switch (layer) {
    case Layer::kPercent:
      return percent_unit(rest);
    case Layer::kEscapes:
      return escape_unit(rest);
    case Layer::kEntities:
      return entity_unit(rest);
    case Layer::kQuotedPrintable:
    case Layer::kBase64:
    case Layer::kHex:
    case Layer::kUtf16:
    case Layer::kCompressed:
      break;
  }
  return {};
}

}  // namespace

bool begins_with_escapes(Layer layer, std::string_view text, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (text.empty()) return false;
    const Unit unit = unit_of(layer, text);
    if (unit.size < 2) return false;
    text.remove_prefix(unit.size);
  }
  return true;
}

std::optional<Decoded> decode_percent(std::string_view text, Span span) {
  return decode_units(text, span, percent_unit, '%');
}

std::optional<Decoded> decode_escapes(std::string_view text, Span span) {
  return decode_units(text, span, escape_unit, '\\');
}

std::optional<Decoded> decode_entities(std::string_view text, Span span) {
  return decode_units(text, span, entity_unit, '&');
}

std::optional<Decoded> decode_quoted_printable(std::string_view text, Span span) {
  return decode_units(text, span, quoted_printable_unit, '=');
}

bool is_fold(std::string_view text, std::size_t at) noexcept {
  const Unit unit = at < text.size() ? escape_unit(text.substr(at)) : Unit{};
  const std::size_t next = at + unit.size;
  return unit.is_empty && at > 0 && base64_value(text[at - 1]) != kNone && next < text.size() &&
         (base64_value(text[next]) != kNone || text[next] == '\\');
}

namespace {

// Whether the line feed at `at` stands behind a '\\': an escape may go on over it.
bool is_folded(std::string_view text, std::size_t at) noexcept {
  if (at > 0 && text[at - 1] == '\r') --at;
  return at > 0 && text[at - 1] == '\\';
}

}  // namespace

std::size_t line_begin(std::string_view text, std::size_t from, std::size_t at) {
  while (true) {
    const std::size_t feed = text.substr(from, at - from).rfind('\n');
    if (feed == std::string_view::npos) return from;
    at = from + feed;
    if (!is_folded(text, at)) return at + 1;
  }
}

std::size_t line_end(std::string_view text, std::size_t at) {
  while (true) {
    const std::size_t feed = text.find('\n', at);
    if (feed == std::string_view::npos) return text.size();
    if (!is_folded(text, feed)) return feed;
    at = feed + 1;
  }
}

bool is_soft_break(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t kShortest = 60;
  constexpr std::size_t kLongest = 76;  // with its '='
  const std::size_t from = at - std::min(at, kLongest);
  const std::size_t feed = text.substr(from, at - from).rfind('\n');
  const bool is_first = feed == std::string_view::npos && from == 0;
  if (feed == std::string_view::npos && !is_first) return false;
  return at + 1 - (is_first ? 0 : from + feed + 1) >= kShortest;
}

}  // namespace rekey::discovery
