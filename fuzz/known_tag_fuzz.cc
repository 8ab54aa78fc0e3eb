// The tags of a secret, as a table or a peer hands them out: what is read gives the same bytes.
#include <algorithm>

#include "base/assert.h"
#include "crypto/known_tag_codec.h"

namespace {

bool is_equal(const std::vector<std::uint8_t>& a, std::span<const std::uint8_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::span<const std::uint8_t> bytes(data, size_bytes);
  const auto tagged = rekey::crypto::decode_tags(bytes);
  if (tagged) REKEY_ASSERT(is_equal(rekey::crypto::encode_tags(*tagged), bytes));
  return 0;
}
