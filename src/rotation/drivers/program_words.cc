#include "rotation/drivers/program_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/printable.h"
#include "base/text.h"

namespace rekey::rotation {
namespace {

using base::Secret;

// As many characters in a row as chance does not bring together, and as a value gives nothing away
// with.
constexpr std::size_t kWindow = 8;
constexpr std::string_view kLineEnds = "\r\n";

// Whether a window of `form` stands in the line; of a shorter one, all of it.
bool holds_part_of(std::string_view line, std::string_view form) {
  const std::size_t size = std::min(kWindow, form.size());
  if (size == 0) return false;
  for (std::size_t at = 0; at + size <= form.size(); ++at) {
    if (line.find(form.substr(at, size)) != std::string_view::npos) return true;
  }
  return false;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes of a text
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The characters of base64 that follow from the value alone, where it begins `shift` bytes behind a
// group of three.
Secret base64_form(const Secret& value, std::size_t shift) {
  constexpr std::size_t kBits = 6;
  Secret padded = Secret::take(std::string(shift, '\0') + std::string(value.reveal()));
  std::string text = base::base64_encode(as_bytes(padded.reveal()));
  const std::size_t first = (8 * shift + kBits - 1) / kBits;
  const std::size_t last = 8 * padded.size_bytes() / kBits;
  Secret form(std::string_view(text).substr(first, last - first));
  base::wipe(text.data(), text.size());
  return form;
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), base::to_lower);
  return lower;
}

bool holds_part_of(std::string_view line, const Secret& value) {
  const Secret hex = Secret::take(base::hex_encode(as_bytes(value.reveal())));
  const Secret percent = Secret::take(base::percent_encode(value.reveal()));
  bool is_there = holds_part_of(line, value.reveal()) || holds_part_of(line, percent.reveal()) ||
                  holds_part_of(in_lower_case(line), hex.reveal());
  // base64url differs in two characters.
  std::string standard(line);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  for (std::size_t shift = 0; shift < 3; ++shift) {
    is_there = is_there || holds_part_of(standard, base64_form(value, shift).reveal());
  }
  return is_there;
}

}  // namespace

std::string last_line_of(std::string_view output, bool is_cut, const std::vector<Secret>& values) {
  const std::size_t end = output.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  output = output.substr(0, end + 1);
  const std::size_t begin = output.find_last_of(kLineEnds);
  if (begin == std::string_view::npos && is_cut) return ": its last line is too long to be shown";
  const std::string_view line = output.substr(begin == std::string_view::npos ? 0 : begin + 1);
  const bool is_secret = std::any_of(values.begin(), values.end(), [&](const Secret& value) {
    return holds_part_of(line, value);
  });
  if (is_secret) return ": its last line is not shown, because it holds a part of a secret";
  std::string shown = base::escape_hidden(line, base::EscapeForm::kBraces);
  if (shown.size() > kLongestLastLine) {
    std::size_t cut = kLongestLastLine;
    while (cut > 0 && !base::is_valid_utf8(std::string_view(shown).substr(0, cut))) --cut;
    shown = shown.substr(0, cut) + "…";
  }
  return fmt::format(": its last line is \"{}\"", shown);
}

}  // namespace rekey::rotation
