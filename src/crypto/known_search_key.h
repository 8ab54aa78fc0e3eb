// The key of a known-secret search: whoever holds it and the tags that were made under it can find
// those secrets again wherever they stand, and can confirm a guess of one; he cannot read them.
//
// One secret of 32 bytes. What a search filters by and what it compares are keyed apart, by
// HKDF-SHA-256 (RFC 5869). docs/known-secret-search.md says who may hold it.
//
// Text form, one line: "rekey-search-key-1 " and 43 characters of base64url, and a line feed.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/root_key.h"

namespace rekey::crypto {

class KnownSearchKey {
 public:
  [[nodiscard]] static KnownSearchKey generate();
  // The same for the same root key, about which it says nothing.
  [[nodiscard]] static KnownSearchKey derive(const RootKey& root);
  // kInvalidArgument where the text is no such key; never echoes it.
  [[nodiscard]] static base::Result<KnownSearchKey> parse(std::string_view text);
  [[nodiscard]] base::Secret format() const;

  // Of KnownTagger::tag(): kKeySize bytes.
  [[nodiscard]] base::Secret for_tags() const;
  // Of KnownTagger::window_hash().
  [[nodiscard]] base::Secret for_windows(std::size_t size_bytes) const;
  // Names this key beside tags; says nothing about it.
  [[nodiscard]] std::uint32_t id() const;
  [[nodiscard]] KnownSearchKey clone() const { return KnownSearchKey(bytes_.clone()); }

 private:
  explicit KnownSearchKey(base::Secret bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] base::Secret expand(std::string_view label, std::size_t size_bytes) const;

  base::Secret bytes_;
};

}  // namespace rekey::crypto
