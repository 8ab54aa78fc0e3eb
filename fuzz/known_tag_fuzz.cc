// The tags of a secret, as a table or a peer hands them out: what is read gives the same bytes.
#include <algorithm>

#include "base/assert.h"
#include "crypto/known_tag_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::span<const std::uint8_t> bytes(data, size_bytes);
  const auto tagged = rekey::crypto::decode_tags(bytes);
  if (tagged) REKEY_ASSERT(std::ranges::equal(rekey::crypto::encode_tags(*tagged), bytes));
  return 0;
}
