#include "crypto/root_key.h"

#include <utility>

#include "base/text.h"
#include "crypto/hkdf.h"
#include "crypto/key_line.h"

namespace rekey::crypto {
namespace {

constexpr KeyName kName{"rekey-root-key-1 ", "root key"};

}  // namespace

RootKey RootKey::generate() {
  return RootKey(random_key());
}

base::Result<RootKey> RootKey::parse(std::string_view file_text) {
  REKEY_TRY(base::Secret bytes, parse_key_line(kName, file_text));
  return RootKey(std::move(bytes));
}

base::Secret RootKey::format() const {
  return format_key_line(kName, bytes_);
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
