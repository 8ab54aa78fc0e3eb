// Deltas of packs: nothing is read or written out of bounds, a result is what was declared, and
// what touches no change of it stands in the base.
//
// The first byte is the length of the base, which follows; the rest is the inflated delta.
#include <algorithm>
#include <vector>

#include "base/assert.h"
#include "discovery/git/delta.h"

namespace {

namespace git = rekey::discovery::git;
using Bytes = std::vector<std::uint8_t>;

// Between two changes and beside them everything is copied.
void check_changes(const git::Delta& delta, const Bytes& base, const Bytes& out) {
  auto begin = out.begin();
  auto changes = git::changes_of(delta);
  changes.push_back({out.size(), out.size()});
  for (const git::Extent& change : changes) {
    REKEY_ASSERT(change.begin <= change.end && change.end <= out.size());
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(change.begin);
    REKEY_ASSERT(begin <= end);
    REKEY_ASSERT(std::search(base.begin(), base.end(), begin, end) != base.end() || begin == end);
    begin = out.begin() + static_cast<std::ptrdiff_t>(change.end);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  constexpr std::size_t kLargest = 1U << 20;
  if (size_bytes == 0) return 0;
  std::span<const std::uint8_t> input(data + 1, size_bytes - 1);
  const Bytes base(input.data(), input.data() + std::min<std::size_t>(data[0], input.size()));
  const auto delta = git::parse_delta(input.subspan(base.size()));
  if (!delta || delta->result_bytes > kLargest) return 0;
  Bytes out(delta->result_bytes);
  if (!git::apply_delta(*delta, base, out)) return 0;
  REKEY_ASSERT(delta->base_bytes == base.size());
  check_changes(*delta, base, out);
  return 0;
}
