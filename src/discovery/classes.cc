#include "discovery/classes.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "discovery/classes_kernels.h"
#include "discovery/detector.h"

namespace rekey::discovery {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kAnchorBytes = 3;
constexpr std::size_t kGroups = 8;
// Alphanumerics of UTF-16 in one block that are looked at closer: 24 of them, 48 bytes, fill at
// least half of that in one of the two blocks that they may lie in.
constexpr int kAlternationSize = 10;

bool is_alphanumeric(char c) noexcept {
  return holds(Alphabet::kAlphanumeric, c);
}

// Finds runs from the blocks that have a half of one.
class RunFinder {
 public:
  RunFinder(std::string_view bytes, std::vector<Run>& runs) : bytes_(bytes), runs_(runs) {}

  // The mask of the block at `at`; blocks come in order.
  void look_at(std::size_t at, std::uint64_t mask) {
    for (std::uint64_t starts = half_runs(mask); starts != 0;) {
      const auto begin = static_cast<unsigned>(std::countr_zero(starts));
      const unsigned end = begin + static_cast<unsigned>(std::countr_one(mask >> begin));
      if (at + begin >= end_) add({at + begin, at + end});
      starts = end >= kBlock ? 0 : starts & (~std::uint64_t{0} << end);
    }
  }

 private:
  // Goes on where the run reaches over a border of its block.
  void add(Run run) {
    while (run.begin > end_ && is_alphanumeric(bytes_[run.begin - 1])) --run.begin;
    while (run.end < bytes_.size() && is_alphanumeric(bytes_[run.end])) ++run.end;
    if (run.end - run.begin >= kRunSize) runs_.push_back(run);
    end_ = run.end;
  }

  std::string_view bytes_;
  std::vector<Run>& runs_;
  std::size_t end_ = 0;  // of the last run that was looked at
};

// A byte of a stretch of UTF-16 in the block; nullopt where there is none.
std::optional<unsigned> alternation_in(std::uint64_t alphanumeric) noexcept {
  if (std::popcount(alphanumeric) < kAlternationSize) return std::nullopt;
  std::uint64_t every_second = alphanumeric & ~(alphanumeric >> 1U);
  every_second &= every_second >> 2U;
  every_second &= every_second >> 4U;
  every_second &= every_second >> 8U;
  if (every_second == 0) return std::nullopt;
  return static_cast<unsigned>(std::countr_zero(every_second));
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

std::uint64_t Classes::classify(const char* at, std::size_t blocks, Masks& masks) const noexcept {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(at);
#if defined(__x86_64__)
  if (kernel_ == Kernel::kAvx512) return classify_avx512(bytes, blocks, tables_, masks);
  if (kernel_ == Kernel::kAvx2) return classify_avx2(bytes, blocks, tables_, masks);
#endif
  return classify_scalar(bytes, blocks, tables_, masks);
}

Triggers Classes::find(std::string_view bytes) const {
  Triggers triggers;
  RunFinder runs(bytes, triggers.runs);
  Masks masks{};
  std::array<char, kBlock + 2> last{};
  std::size_t blocks = 0;
  for (std::size_t at = 0; at < bytes.size(); at += blocks * kBlock) {
    // The kernels read two bytes more: the last block is theirs in a copy with zeros behind it.
    const std::size_t left = bytes.size() - at;
    const bool is_last = left < kBlock + 2;
    if (is_last) {
      last.fill('\0');
      std::memcpy(last.data(), bytes.data() + at, left);
    }
    blocks = is_last ? 1 : std::min(kBlocksAtOnce, (left - 2) / kBlock);
    std::uint64_t notable = classify(is_last ? last.data() : bytes.data() + at, blocks, masks);
    for (; notable != 0; notable &= notable - 1) {
      const auto block = static_cast<unsigned>(std::countr_zero(notable));
      const std::size_t begin = at + block * kBlock;
      runs.look_at(begin, masks.alphanumeric[block]);
      const auto second =
          masks.zero[block] == 0 ? std::nullopt : alternation_in(masks.alphanumeric[block]);
      if (second) triggers.alternations.push_back(begin + *second);
      for (std::uint64_t some = masks.candidate[block]; some != 0; some &= some - 1) {
        add_anchors(bytes, begin + static_cast<unsigned>(std::countr_zero(some)), triggers);
      }
    }
  }
  return triggers;
}

}  // namespace rekey::discovery
