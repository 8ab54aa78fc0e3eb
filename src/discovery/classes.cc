#include "discovery/classes.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "discovery/classes_kernels.h"

namespace rekey::discovery {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kBlocksAtOnce = 64;
constexpr std::size_t kAnchorBytes = 3;
constexpr std::size_t kGroups = 8;
// Alphanumerics of UTF-16 in one block that are looked at closer: 24 of them, 48 bytes, fill at
// least half of that in one of the two blocks that they may lie in.
constexpr int kAlternationSize = 10;

std::uint64_t shifted_and(std::uint64_t mask, unsigned shift) noexcept {
  return mask & (mask >> shift);
}

// Where in the block kRunSize ones in a row begin.
std::uint64_t run_starts(std::uint64_t mask) noexcept {
  std::uint64_t starts = shifted_and(mask, 1);    // 2
  starts = shifted_and(starts, 2);                // 4
  starts = shifted_and(starts, 4);                // 8
  return shifted_and(shifted_and(starts, 8), 8);  // 24
}

// Follows runs from block to block.
class RunFinder {
 public:
  explicit RunFinder(std::vector<Run>& runs) : runs_(runs) {}

  void add(std::size_t at, std::uint64_t mask) {
    if (mask == ~std::uint64_t{0}) {
      open_ += kBlock;
      return;
    }
    const auto prefix = static_cast<std::size_t>(std::countr_one(mask));
    if (open_ + prefix >= kRunSize) runs_.push_back({at - open_, at + prefix});
    const auto suffix = static_cast<std::size_t>(std::countl_one(mask));
    // What lies between, neither at the beginning nor at the end.
    std::uint64_t inner = prefix == 0 ? mask : mask & (~std::uint64_t{0} << prefix);
    if (suffix != 0) inner &= ~std::uint64_t{0} >> suffix;
    for (std::uint64_t starts = run_starts(inner); starts != 0;) {
      const auto begin = static_cast<unsigned>(std::countr_zero(starts));
      const auto size = static_cast<unsigned>(std::countr_one(inner >> begin));
      runs_.push_back({at + begin, at + begin + size});
      const unsigned end = begin + size;
      starts = end >= kBlock ? 0 : starts & (~std::uint64_t{0} << end);
    }
    open_ = suffix;
  }

  void finish(std::size_t end) {
    if (open_ >= kRunSize) runs_.push_back({end - open_, end});
  }

 private:
  std::vector<Run>& runs_;
  std::size_t open_ = 0;  // how many ones stand before the block
};

void classify(Kernel kernel, const char* at, std::size_t blocks, const Classes::Tables& tables,
              Classes::Masks* out) noexcept {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(at);
#if defined(__x86_64__)
  if (kernel == Kernel::kAvx512) return classify_avx512(bytes, blocks, tables, out);
  if (kernel == Kernel::kAvx2) return classify_avx2(bytes, blocks, tables, out);
#endif
  static_cast<void>(kernel);
  classify_scalar(bytes, blocks, tables, out);
}

bool is_same(std::string_view text, const Anchor& anchor) noexcept {
  return anchor.ignores_case ? base::equal_ignoring_case(text, anchor.literal)
                             : text == anchor.literal;
}

}  // namespace

Kernel best_kernel() noexcept {
  return kernels_here().back();
}

std::span<const Kernel> kernels_here() noexcept {
  static const std::vector<Kernel> kKernels = [] {
    std::vector<Kernel> kernels{Kernel::kScalar};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) kernels.push_back(Kernel::kAvx2);
    if (__builtin_cpu_supports("avx512bw")) kernels.push_back(Kernel::kAvx512);
#endif
    return kernels;
  }();
  return kKernels;
}

Classes::Classes(std::vector<Anchor> anchors, Kernel kernel)
    : anchors_(std::move(anchors)), kernel_(kernel) {
  REKEY_ASSERT(anchors_.size() <= 64);
  for (std::size_t i = 0; i < anchors_.size(); ++i) {
    const Anchor& anchor = anchors_[i];
    REKEY_ASSERT(anchor.group < kGroups && anchor.literal.size() >= anchor.offset + 2);
    const auto group = static_cast<std::uint8_t>(1U << anchor.group);
    for (std::size_t k = 0; k < kAnchorBytes; ++k) {
      for (unsigned c = 0; c < 256; ++c) {
        const std::size_t at = anchor.offset + k;
        const char byte = static_cast<char>(c);
        // A literal of two bytes: the third may be any.
        const bool fits =
            at >= anchor.literal.size() || anchor.literal[at] == byte ||
            (anchor.ignores_case && base::to_lower(anchor.literal[at]) == base::to_lower(byte));
        if (!fits) continue;
        exact_[k][c] |= std::uint64_t{1} << i;
        tables_.low[k][c & 15U] = static_cast<std::uint8_t>(tables_.low[k][c & 15U] | group);
        tables_.high[k][c >> 4U] = static_cast<std::uint8_t>(tables_.high[k][c >> 4U] | group);
      }
    }
  }
}

void Classes::add_anchors(std::string_view bytes, std::size_t at, Triggers& triggers) const {
  std::uint64_t here = ~std::uint64_t{0};
  for (std::size_t k = 0; k < kAnchorBytes; ++k) {
    const std::size_t place = at + k;
    here &= exact_[k][place < bytes.size() ? static_cast<unsigned char>(bytes[place]) : 0];
  }
  for (; here != 0; here &= here - 1) {
    const auto index = static_cast<std::size_t>(std::countr_zero(here));
    const Anchor& anchor = anchors_[index];
    if (at < anchor.offset || at >= bytes.size()) continue;
    const std::size_t begin = at - anchor.offset;
    if (is_same(bytes.substr(begin, anchor.literal.size()), anchor)) {
      triggers.anchors.push_back({begin, index});
    }
  }
}

Triggers Classes::find(std::string_view bytes) const {
  Triggers triggers;
  RunFinder finder(triggers.runs);
  std::array<Masks, kBlocksAtOnce> masks;
  std::array<char, kBlock + 2> last{};
  std::size_t at = 0;
  while (at < bytes.size()) {
    // The kernels read two bytes more: the last block is theirs in a copy with zeros behind it.
    const std::size_t left = bytes.size() - at;
    std::size_t blocks = left < kBlock + 2 ? 0 : std::min(kBlocksAtOnce, (left - 2) / kBlock);
    if (blocks == 0) {
      last.fill('\0');
      std::memcpy(last.data(), bytes.data() + at, std::min(left, last.size()));
      classify(kernel_, last.data(), 1, tables_, masks.data());
      blocks = 1;
    } else {
      classify(kernel_, bytes.data() + at, blocks, tables_, masks.data());
    }
    for (std::size_t block = 0; block < blocks; ++block, at += kBlock) {
      const Masks& mask = masks[block];
      finder.add(at, mask.alphanumeric);
      // Every second byte, and none between: UTF-16.
      std::uint64_t every_second = mask.alphanumeric & ~(mask.alphanumeric >> 1U);
      every_second &= every_second >> 2U;
      every_second &= every_second >> 4U;
      every_second &= every_second >> 8U;
      if (every_second != 0 && std::popcount(mask.alphanumeric) >= kAlternationSize) {
        triggers.alternations.push_back(at + static_cast<unsigned>(std::countr_zero(every_second)));
      }
      for (std::uint64_t left_bits = mask.candidate; left_bits != 0; left_bits &= left_bits - 1) {
        add_anchors(bytes, at + static_cast<unsigned>(std::countr_zero(left_bits)), triggers);
      }
    }
  }
  finder.finish(std::min(at, bytes.size()));
  return triggers;
}

}  // namespace rekey::discovery
