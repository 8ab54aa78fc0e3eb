#include "base/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/secret.h"
#include "base/text.h"

namespace rekey::base {

bool equal_in_constant_time(const Fingerprint& a, const Fingerprint& b) noexcept {
  const bool is_same_key = a.key_id == b.key_id;
  const bool is_same_digest = equal_in_constant_time(text_of(a.digest), text_of(b.digest));
  return is_same_key && is_same_digest;
}

std::string display(const Fingerprint& fingerprint) {
  return "fp:" + hex_encode(std::span(fingerprint.digest).first(6));
}

std::string to_text(const Fingerprint& fingerprint) {
  return fmt::format("{:08x}.{}", fingerprint.key_id, hex_encode(fingerprint.digest));
}

Result<Fingerprint> fingerprint_from_text(std::string_view text) {
  Fingerprint fingerprint;
  if (text.size() != 73 || text[8] != '.') {
    return fail(Code::kCorrupt, "a fingerprint must be 8 hex digits, a dot and 64 hex digits");
  }
  const auto [end, problem] = std::from_chars(text.data(), text.data() + 8, fingerprint.key_id, 16);
  if (problem != std::errc{} || end != text.data() + 8) {
    return fail(Code::kCorrupt, "the key id of a fingerprint is not hexadecimal");
  }
  const auto digest = hex_decode(text.substr(9));
  if (!digest) return fail(Code::kCorrupt, "the digest of a fingerprint is not hexadecimal");
  std::copy(digest->begin(), digest->end(), fingerprint.digest.begin());
  return fingerprint;
}

}  // namespace rekey::base
