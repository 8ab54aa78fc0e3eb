#include "crypto/known_tags.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "crypto/hmac.h"

namespace rekey::crypto {
namespace {

constexpr std::size_t kPhases = 3;

bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The characters of base64 (RFC 4648 section 4) that depend on these bytes alone, where `phase`
// other bytes stand before them in their group of three.
base::Secret base64_core(std::string_view bytes, std::size_t phase) {
  const std::size_t first = (8 * phase + 5) / 6;
  const std::size_t end = 8 * (phase + bytes.size()) / 6;
  if (end <= first) return {};
  // Whole groups, so that nothing grows and leaves a copy in freed memory.
  std::string groups((phase + bytes.size() + 2) / 3 * 3, '\0');
  std::copy(bytes.begin(), bytes.end(), groups.begin() + static_cast<std::ptrdiff_t>(phase));
  const base::Secret padded = base::Secret::take(std::move(groups));
  const base::Secret text =
      base::Secret::take(base::base64_encode(base::bytes_of(padded.reveal())));
  return base::Secret(text.reveal().substr(first, end - first));
}

base::Secret hex(std::string_view bytes, std::string_view digits) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return base::Secret::take(std::move(text));
}

base::Secret utf16(std::string_view bytes, bool is_little_endian) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    if (!is_little_endian) text += '\0';
    text += c;
    if (is_little_endian) text += '\0';
  }
  return base::Secret::take(std::move(text));
}

// The same in the URL alphabet (RFC 4648 section 5).
base::Secret in_url_alphabet(const base::Secret& core) {
  std::string text(core.reveal());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return base::Secret::take(std::move(text));
}

// In every phase; in both alphabets where they differ, as they may of a value with '~', '>' or '?'.
std::vector<base::Secret> base64_cores(std::string_view bytes) {
  std::vector<base::Secret> cores;
  for (std::size_t phase = 0; phase < kPhases; ++phase) {
    base::Secret core = base64_core(bytes, phase);
    base::Secret other = in_url_alphabet(core);
    const bool is_same = other == core;
    cores.push_back(std::move(core));
    if (!is_same) cores.push_back(std::move(other));
  }
  return cores;
}

void add_base64_of(std::string_view bytes, SecretForm form, std::vector<FormText>& forms) {
  for (base::Secret& core : base64_cores(bytes)) forms.push_back({form, std::move(core)});
}

// Little-endian everywhere, since hashes are kept and may be looked for on another machine.
std::uint64_t word_at(const char* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

// Both halves of the product of 64 by 64 bits, folded.
std::uint64_t fold_product(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace

std::string_view name_of(SecretForm form) noexcept {
  switch (form) {
    case SecretForm::kRaw:
      return "as it is";
    case SecretForm::kHexLower:
    case SecretForm::kHexUpper:
      return "hex";
    case SecretForm::kBase64:
      return "base64";
    case SecretForm::kBase64OfBase64:
      return "base64 of base64";
    case SecretForm::kBase64OfUtf16Le:
      return "base64 of UTF-16LE";
    case SecretForm::kBase64OfUtf16Be:
      return "base64 of UTF-16BE";
  }
  return "unknown";
}

std::vector<FormText> forms_of(const base::Secret& value) {
  REKEY_ASSERT(!value.is_empty());
  std::vector<FormText> forms;
  forms.push_back({SecretForm::kRaw, value.clone()});
  forms.push_back({SecretForm::kHexLower, hex(value.reveal(), "0123456789abcdef")});
  forms.push_back({SecretForm::kHexUpper, hex(value.reveal(), "0123456789ABCDEF")});
  for (base::Secret& core : base64_cores(value.reveal())) {
    add_base64_of(core.reveal(), SecretForm::kBase64OfBase64, forms);
    forms.push_back({SecretForm::kBase64, std::move(core)});
  }
  add_base64_of(utf16(value.reveal(), true).reveal(), SecretForm::kBase64OfUtf16Le, forms);
  add_base64_of(utf16(value.reveal(), false).reveal(), SecretForm::kBase64OfUtf16Be, forms);
  std::erase_if(forms, [](const FormText& form) { return form.text.is_empty(); });
  return forms;
}

std::size_t find_window(std::string_view text) noexcept {
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    run = is_alphanumeric(text[i]) ? run + 1 : 0;
    if (run == kWindowSize) return i + 1 - kWindowSize;
  }
  return std::string_view::npos;
}

struct KnownTagger::State {
  HmacSha256 hmac;
  std::array<std::uint64_t, 5> mix;
};

KnownTagger::KnownTagger(const KnownSearchKey& key)
    : state_(new State{HmacSha256(key.for_tags().reveal()), {}}) {
  const base::Secret words = key.for_windows(sizeof state_->mix);
  auto& mix = state_->mix;
  for (std::size_t i = 0; i < mix.size(); ++i) mix[i] = word_at(words.reveal().data() + 8 * i);
  // An even factor would lose bits of what it is multiplied by.
  mix.back() |= 1U;
}

KnownTagger::KnownTagger(KnownTagger&&) noexcept = default;
KnownTagger& KnownTagger::operator=(KnownTagger&&) noexcept = default;
KnownTagger::~KnownTagger() {
  if (state_) base::wipe(state_->mix.data(), sizeof state_->mix);
}

TaggedSecret KnownTagger::tags_of(const base::Secret& value) {
  TaggedSecret tagged;
  for (const FormText& form : forms_of(value)) {
    const std::string_view text = form.text.reveal();
    const std::size_t window = find_window(text);
    if (window == std::string_view::npos) {
      tagged.without_window.push_back(form.form);
      continue;
    }
    tagged.tags.push_back({form.form, static_cast<std::uint32_t>(text.size()),
                           static_cast<std::uint32_t>(window), window_hash(text.data() + window),
                           tag(text)});
  }
  return tagged;
}

TagBits KnownTagger::tag(std::string_view text) noexcept {
  const Digest whole = state_->hmac(text);
  TagBits bits;
  std::copy_n(whole.begin(), bits.size(), bits.begin());
  return bits;
}

std::uint64_t KnownTagger::window_hash(const char* window) const noexcept {
  const auto& mix = state_->mix;
  const std::uint64_t first = fold_product(word_at(window) ^ mix[0], word_at(window + 8) ^ mix[1]);
  const std::uint64_t last = fold_product(word_at(window + 16) ^ mix[2], mix[3] ^ first);
  return fold_product(first ^ last, mix[4]);
}

}  // namespace rekey::crypto
