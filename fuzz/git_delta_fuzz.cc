// Deltas of packs: nothing is read or written out of bounds, and a result is what was declared.
//
// The first byte is the length of the base, which follows; the rest is the inflated delta.
#include <algorithm>
#include <vector>

#include "base/assert.h"
#include "discovery/git/delta.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  namespace git = rekey::discovery::git;
  constexpr std::size_t kLargest = 1U << 20;
  if (size_bytes == 0) return 0;
  std::span<const std::uint8_t> input(data + 1, size_bytes - 1);
  const std::vector<std::uint8_t> base(input.data(),
                                       input.data() + std::min<std::size_t>(data[0], input.size()));
  const auto delta = git::parse_delta(input.subspan(base.size()));
  if (!delta || delta->result_bytes > kLargest) return 0;
  std::vector<std::uint8_t> out(delta->result_bytes);
  if (git::apply_delta(*delta, base, out)) REKEY_ASSERT(delta->base_bytes == base.size());
  return 0;
}
