#include "crypto/known_search_key.h"

#include "base/text.h"
#include "crypto/hkdf.h"
#include "crypto/key_line.h"

namespace rekey::crypto {
namespace {

constexpr KeyName kName{"rekey-search-key-1 ", "search key"};

}  // namespace

KnownSearchKey KnownSearchKey::generate() {
  return KnownSearchKey(random_key());
}

KnownSearchKey KnownSearchKey::derive(const RootKey& root) {
  return KnownSearchKey(root.derive("known secret search"));
}

base::Result<KnownSearchKey> KnownSearchKey::parse(std::string_view text) {
  REKEY_TRY(base::Secret bytes, parse_key_line(kName, text));
  return KnownSearchKey(std::move(bytes));
}

base::Secret KnownSearchKey::format() const {
  return format_key_line(kName, bytes_);
}

base::Secret KnownSearchKey::for_tags() const {
  return expand("known secret tag", kKeySize);
}

base::Secret KnownSearchKey::for_windows(std::size_t size_bytes) const {
  return expand("known secret window", size_bytes);
}

std::uint32_t KnownSearchKey::id() const {
  const base::Secret derived = expand("key-id", sizeof(std::uint32_t));
  std::uint32_t id = 0;
  for (const auto byte : base::bytes_of(derived.reveal())) id = (id << 8) | byte;
  return id;
}

base::Secret KnownSearchKey::expand(std::string_view label, std::size_t size_bytes) const {
  return hkdf_sha256({.key = bytes_.reveal(), .salt = {}, .info = label}, size_bytes);
}

}  // namespace rekey::crypto
