#include "credential/secret_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/text.h"

namespace rekey::credential {
namespace {

constexpr char kVersion = '1';
constexpr std::string_view kDefaultSlotField = "000000";
constexpr std::size_t kVersionAt = kSecretPrefixSize;
constexpr std::size_t kKindAt = kVersionAt + 1;
constexpr std::size_t kSlotAt = kKindAt + 1;
constexpr std::size_t kCheckAt = kSecretShownSize + kSecretRandomSize;
constexpr std::size_t kCheckSize = kSecretSize - kCheckAt;
constexpr std::size_t kEntropySize = 90;
static_assert(kSlotAt + kSlotTagSize == kSecretShownSize);
static_assert(kCheckSize == 6);

constexpr std::uint8_t kNotBase62 = 0xff;
constexpr auto kBase62Values = [] {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNotBase62;
  for (std::size_t i = 0; i < base::kBase62Alphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(base::kBase62Alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

bool is_base62(char c) noexcept {
  return kBase62Values[static_cast<std::uint8_t>(c)] != kNotBase62;
}

bool is_base62(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_base62(c); });
}

bool is_prefix(std::string_view text) noexcept {
  return text.size() == kSecretPrefixSize && text.ends_with('_') &&
         is_base62(text.substr(0, kSecretPrefixSize - 1));
}

bool is_kind(char c) noexcept {
  return c == static_cast<char>(SecretKind::kProduction) ||
         c == static_cast<char>(SecretKind::kSandbox) || c == static_cast<char>(SecretKind::kTest);
}

bool check_matches(std::string_view value) noexcept {
  std::uint64_t written = 0;  // 62^6 needs 36 bits
  for (const char c : value.substr(kCheckAt)) {
    written = written * 62 + kBase62Values[static_cast<std::uint8_t>(c)];
  }
  return written == base::crc32(value.substr(0, kCheckAt));
}

// What is wrong with a value, in the order in which it is looked for.
enum class Flaw { kNone, kSize, kPrefix, kAlphabet, kUnknownVersion, kKind, kCheck };

Flaw flaw_of(std::string_view value) noexcept {
  if (value.size() != kSecretSize) return Flaw::kSize;
  if (!is_prefix(value.substr(0, kSecretPrefixSize))) return Flaw::kPrefix;
  if (!is_base62(value.substr(kSecretPrefixSize))) return Flaw::kAlphabet;
  if (value[kVersionAt] != kVersion) return Flaw::kUnknownVersion;
  if (!is_kind(value[kKindAt])) return Flaw::kKind;
  return check_matches(value) ? Flaw::kNone : Flaw::kCheck;
}

std::string describe(Flaw flaw) {
  switch (flaw) {
    case Flaw::kSize:
      return "a client secret has 64 characters";
    case Flaw::kPrefix:
      return "a client secret begins with a prefix of 4 letters or digits and \"_\"";
    case Flaw::kAlphabet:
      return "a client secret holds only letters and digits after its prefix";
    case Flaw::kUnknownVersion:
      return "this version of the secret format is not known";
    case Flaw::kKind:
      return "the kind of a client secret is p, s or t";
    case Flaw::kCheck:
      return "the check characters do not match: a typing or copying mistake";
    case Flaw::kNone:
      break;
  }
  REKEY_ASSERT(flaw != Flaw::kNone);
  return {};
}

// Appends random base62 characters: `entropy` is read as groups of 6 bits, the most significant bit
// of each byte first; a group is an index into the alphabet, or is skipped when it is 62 or 63.
// Returns how many characters were written, at most kSecretRandomSize.
std::size_t append_random(std::string& value, std::span<const std::uint8_t> entropy) {
  std::size_t written = 0;
  for (std::size_t bit = 0; bit + 6 <= entropy.size() * 8 && written < kSecretRandomSize;
       bit += 6) {
    // A group begins at bit 0, 6, 4 or 2 of its byte and may end in the next one.
    const std::size_t at = bit / 8;
    const unsigned next = at + 1 < entropy.size() ? entropy[at + 1] : 0u;
    const unsigned two_bytes = (unsigned{entropy[at]} << 8) | next;
    const unsigned group = (two_bytes >> (10 - bit % 8)) & 63u;
    if (group >= base::kBase62Alphabet.size()) continue;
    value += base::kBase62Alphabet[group];
    ++written;
  }
  return written;
}

bool has_shape(std::string_view value, const ForeignShape& shape) noexcept {
  if (value.size() != shape.size || !value.starts_with(shape.prefix)) return false;
  const auto rest = value.substr(shape.prefix.size());
  return std::all_of(rest.begin(), rest.end(),
                     [&](char c) { return is_base62(c) || (shape.allows_underscore && c == '_'); });
}

}  // namespace

base::Result<base::Secret> make_secret(const SecretShape& shape,
                                       std::span<const std::uint8_t> entropy) {
  REKEY_ASSERT(entropy.size() >= kEntropySize);
  if (!is_prefix(shape.prefix)) {
    return base::fail(base::Code::kInvalidArgument,
                      "a secret's prefix is 4 letters or digits and \"_\"");
  }
  REKEY_TRY(const auto slot, parse_slot_tag(shape.slot.value));

  std::string value;
  value.reserve(kSecretSize);  // so that no shorter copy stays behind in freed memory
  value.append(shape.prefix);
  value += kVersion;
  value += static_cast<char>(shape.kind);
  value.append(slot == default_slot() ? kDefaultSlotField : std::string_view(slot.value));
  const auto written = append_random(value, entropy);
  if (written == kSecretRandomSize) {
    value.append(base::base62_encode(base::crc32(value), kCheckSize));
  }
  auto secret = base::Secret::take(std::move(value));
  if (written < kSecretRandomSize) {
    return base::fail(base::Code::kLimitReached, "the entropy gave too few characters; draw again");
  }
  return secret;
}

base::Result<ParsedSecret> parse_secret(std::string_view value) {
  if (const Flaw flaw = flaw_of(value); flaw != Flaw::kNone) {
    return base::fail(base::Code::kInvalidArgument, describe(flaw));
  }
  return ParsedSecret{.prefix = value.substr(0, kSecretPrefixSize),
                      .kind = static_cast<SecretKind>(value[kKindAt]),
                      .slot_tag = value.substr(kSlotAt, kSlotTagSize)};
}

bool is_well_formed_secret(std::string_view value) noexcept {
  return flaw_of(value) == Flaw::kNone;
}

std::string shown_prefix(std::string_view value) {
  if (is_well_formed_secret(value)) return std::string(value.substr(0, kSecretShownSize));
  if (value.starts_with(kDefaultSecretPrefix)) return std::string(kDefaultSecretPrefix);
  return {};
}

std::span<const ForeignShape> default_foreign_shapes() {
  static const std::array<ForeignShape, 2> shapes{{
      {.prefix = "", .size = 24},
      {.prefix = std::string(kDefaultSecretPrefix), .size = 64},
  }};
  return shapes;
}

namespace {

// "24 letters and digits; SFMC_ and 59 letters and digits".
std::string describe(std::span<const ForeignShape> shapes) {
  std::string text;
  for (const ForeignShape& shape : shapes) {
    text += fmt::format("{}{}{}{} letters{} and digits", text.empty() ? "" : "; ", shape.prefix,
                        shape.prefix.empty() ? "" : " and ", shape.size - shape.prefix.size(),
                        shape.allows_underscore ? ", underscores" : "");
  }
  return text;
}

}  // namespace

base::Status check_importable(std::string_view value, std::span<const ForeignShape> shapes) {
  const bool is_known = is_well_formed_secret(value) ||
                        std::any_of(shapes.begin(), shapes.end(), [&](const ForeignShape& shape) {
                          return has_shape(value, shape);
                        });
  if (is_known) return {};
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("the value has none of the accepted shapes of a client secret: {}; "
                                "or one that Rekey made, {} with check characters. It has {}: look "
                                "for a missing or an extra character, a space or a line end",
                                describe(shapes), kSecretSize, value.size()));
}

}  // namespace rekey::credential
