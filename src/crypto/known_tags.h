// Tags by which a secret is found again wherever it was written, when its value is long gone.
//
// A text that carries a secret holds it in one of a few forms: as it is, in hex, or inside base64,
// where it stands at one of three byte phases and the characters that depend on it alone are the
// same whatever stands around it. For each form there is one tag: a keyed hash of that text, and a
// keyed hash of a short window in it, by which a search passes over nearly everything else. Tags
// are made while the value is at hand; neither hash says anything without the search key.
// docs/known-secret-search.md says what is found with them, and what is not.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/known_search_key.h"

namespace rekey::crypto {

enum class SecretForm : std::uint8_t {
  kRaw,
  kHexLower,
  kHexUpper,
  kBase64,          // of any text that holds the secret; where they differ, in both alphabets
  kBase64OfBase64,  // a Kubernetes Secret of a value that was encoded already
  kBase64OfUtf16Le,
  kBase64OfUtf16Be,
};

// "base64 of UTF-16LE", for people.
[[nodiscard]] std::string_view name_of(SecretForm form) noexcept;

// One text by which a secret is recognised. Equal for whoever holds the same value.
struct FormText {
  SecretForm form;
  base::Secret text;
};

// Every form of the value, 21 to 57. Empty forms are left out. `value` is not empty.
[[nodiscard]] std::vector<FormText> forms_of(const base::Secret& value);

// Letters and digits that follow each other, at the least: what a search looks at.
inline constexpr std::size_t kWindowSize = 24;

// Where the first window of a text begins; npos where no kWindowSize letters and digits follow each
// other in it.
[[nodiscard]] std::size_t find_window(std::string_view text) noexcept;

using TagBits = std::array<std::uint8_t, 16>;

struct KnownTag {
  SecretForm form = SecretForm::kRaw;
  std::uint32_t size_bytes = 0;   // of the form's text
  std::uint32_t window_at = 0;    // bytes before the window in it
  std::uint64_t window_hash = 0;  // of kWindowSize bytes
  TagBits bits{};                 // of the whole text
  friend bool operator==(const KnownTag&, const KnownTag&) = default;
};

// What a value gives; a form without a window cannot be looked for, and is told.
struct TaggedSecret {
  std::vector<KnownTag> tags;
  std::vector<SecretForm> without_window;
  friend bool operator==(const TaggedSecret&, const TaggedSecret&) = default;
};

// One a thread: it keeps OpenSSL contexts.
class KnownTagger {
 public:
  explicit KnownTagger(const KnownSearchKey& key);
  KnownTagger(KnownTagger&&) noexcept;
  KnownTagger& operator=(KnownTagger&&) noexcept;
  ~KnownTagger();

  [[nodiscard]] TaggedSecret tags_of(const base::Secret& value);
  // HMAC-SHA-256 of the text, its first 128 bits. Allocates nothing.
  [[nodiscard]] TagBits tag(std::string_view text) noexcept;
  // Of exactly kWindowSize bytes; some 2 ns. A filter and no proof: whoever knows its key can make
  // windows that pass, and gains no more than a tag() that is then compared.
  [[nodiscard]] std::uint64_t window_hash(const char* window) const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::crypto
