#include "rotation/drivers/program_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/printable.h"
#include "base/text.h"
#include "credential/secret_format.h"

namespace rekey::rotation {
namespace {

using base::Secret;

// As many characters in a row as chance does not bring together, and as a value gives nothing away
// with.
constexpr std::size_t kWindow = 8;
// Shorter ones occur in any text.
constexpr std::size_t kShortestTelling = 4;
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
Secret base64_form(std::string_view value, std::size_t shift) {
  constexpr std::size_t kBits = 6;
  Secret padded = Secret::take(std::string(shift, '\0') + std::string(value));
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

bool holds_any_form_of(std::string_view line, std::string_view value) {
  const Secret hex = Secret::take(base::hex_encode(as_bytes(value)));
  const Secret percent = Secret::take(base::percent_encode(value));
  bool is_there = holds_part_of(line, value) || holds_part_of(line, percent.reveal()) ||
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

bool is_alphanumeric(char c) {
  const char lower = base::to_lower(c);
  return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

std::size_t count_alphanumeric(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_alphanumeric) -
                                  text.begin());
}

// docs/secret-format.md: a prefix, "1", the kind, the slot, then what is random; SFMC_ alone begins
// Marketing Cloud's own.
bool looks_like_secret(std::string_view text) {
  constexpr std::string_view kVersion = "1";
  constexpr std::string_view kKinds = "pst";
  constexpr std::size_t kBehindPrefix =
      credential::kSecretShownSize - credential::kSecretPrefixSize + kWindow;
  constexpr std::size_t kBehindForeign = 24;
  constexpr std::size_t kLetters = credential::kSecretPrefixSize - 1;
  for (std::size_t at = text.find('_'); at != std::string_view::npos; at = text.find('_', at + 1)) {
    const std::string_view rest = text.substr(at + 1);
    const std::size_t run = count_alphanumeric(rest);
    const bool has_prefix =
        at >= kLetters && count_alphanumeric(text.substr(at - kLetters)) == kLetters;
    const bool is_ours = rest.starts_with(kVersion) && rest.size() > kVersion.size() &&
                         kKinds.find(rest[kVersion.size()]) != std::string_view::npos;
    if (has_prefix && is_ours && run >= kBehindPrefix) return true;
    const bool is_foreign = text.substr(0, at + 1).ends_with(credential::kDefaultSecretPrefix);
    if (is_foreign && run >= kBehindForeign) return true;
  }
  return false;
}

std::vector<std::string_view> views_of(const std::vector<Secret>& values) {
  std::vector<std::string_view> views;
  views.reserve(values.size());
  for (const Secret& value : values) views.push_back(value.reveal());
  return views;
}

}  // namespace

bool holds_secret(std::string_view text, const std::vector<std::string_view>& values) {
  return looks_like_secret(text) ||
         std::any_of(values.begin(), values.end(), [&](std::string_view value) {
           return value.size() >= kShortestTelling && holds_any_form_of(text, value);
         });
}

bool holds_secret(std::string_view text, const std::vector<Secret>& values) {
  return holds_secret(text, views_of(values));
}

std::string without_values(std::string text, const std::vector<std::string_view>& values) {
  if (!holds_secret(text, values)) return text;
  return "why is not shown, because what was said of it holds a part of a secret; see at that "
         "place itself, or run its program by hand";
}

std::string without_values(std::string text, const std::vector<Secret>& values) {
  return without_values(std::move(text), views_of(values));
}

std::string last_line_of(std::string_view output, bool is_cut, const std::vector<Secret>& values) {
  const std::size_t end = output.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  output = output.substr(0, end + 1);
  const std::size_t begin = output.find_last_of(kLineEnds);
  if (begin == std::string_view::npos && is_cut) return ": its last line is too long to be shown";
  const std::string_view line = output.substr(begin == std::string_view::npos ? 0 : begin + 1);
  if (holds_secret(line, values))
    return ": its last line is not shown, because it holds a part of a secret";
  std::string shown = base::escape_hidden(line, base::EscapeForm::kBraces);
  if (shown.size() > kLongestLastLine) {
    std::size_t cut = kLongestLastLine;
    while (cut > 0 && !base::is_valid_utf8(std::string_view(shown).substr(0, cut))) --cut;
    shown = shown.substr(0, cut) + "…";
  }
  return fmt::format(": its last line is \"{}\"", shown);
}

}  // namespace rekey::rotation
