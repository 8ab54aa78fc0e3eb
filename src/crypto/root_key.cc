#include "crypto/root_key.h"

#include <array>
#include <string>

#include "base/assert.h"
#include "base/text.h"
#include "crypto/hkdf.h"
#include "crypto/random.h"

namespace rekey::crypto {
namespace {

constexpr std::string_view kFileLabel = "rekey-root-key-1 ";

// Moves key bytes out of a buffer on the stack, which is wiped.
base::Secret take_key(std::array<std::uint8_t, kKeySize>& bytes) {
  base::Secret key(base::text_of(bytes));
  base::wipe(bytes.data(), bytes.size());
  return key;
}

std::string_view without_line_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

RootKey RootKey::generate() {
  std::array<std::uint8_t, kKeySize> bytes;
  fill_random(bytes);
  return RootKey(take_key(bytes));
}

base::Result<RootKey> RootKey::parse(std::string_view file_text) {
  auto text = without_line_end(file_text);
  if (!text.starts_with(kFileLabel)) {
    return base::fail(base::Code::kInvalidArgument,
                      "this is not a root key: its line must begin with \"rekey-root-key-1 \"");
  }
  text.remove_prefix(kFileLabel.size());
  std::array<std::uint8_t, kKeySize> bytes;
  const auto size = base::base64url_decode_to(text, bytes);
  if (!size || *size != kKeySize) {
    base::wipe(bytes.data(), bytes.size());
    return base::fail(base::Code::kInvalidArgument,
                      "this root key is damaged: 43 characters of base64url must follow its label");
  }
  return RootKey(take_key(bytes));
}

base::Secret RootKey::format() const {
  const auto key = base::bytes_of(bytes_.reveal());
  std::string line(kFileLabel);
  // Grown once, so that no shorter copy of the key stays behind in freed memory.
  line.resize(kFileLabel.size() + base::base64url_size(key.size()) + 1);
  *base::base64url_encode_to(key, line.data() + kFileLabel.size()) = '\n';
  return base::Secret::take(std::move(line));
}

base::Secret RootKey::derive(std::string_view label) const {
  return hkdf_sha256({.key = bytes_.reveal(), .salt = {}, .info = label}, kKeySize);
}

std::uint32_t RootKey::id() const {
  const auto derived = derive("key-id");
  std::uint32_t id = 0;
  for (const auto byte : base::bytes_of(derived.reveal()).first(4)) id = (id << 8) | byte;
  return id;
}

}  // namespace rekey::crypto
