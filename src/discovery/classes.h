// The one pass over all bytes: where are letters and digits, and where might an anchor begin.
//
// For every 64 bytes three masks: bit i of `alphanumeric` says that byte i is one of [A-Za-z0-9],
// bit i of `candidate` that the three bytes from i on might begin one of the anchors, bit i of
// `zero` that byte i is 0. Blocks in which nothing can be are passed over 64 at a time. Kernels for
// AVX-512, AVX2 and plain C++ give the same masks (classes_test.cc); the processor decides.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rekey::discovery {

// Every form of a secret, base64 and hexadecimal ones too, holds so many letters and digits in a
// row.
inline constexpr std::size_t kRunSize = 24;

struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// A literal that is looked for, known by three of its bytes.
struct Anchor {
  std::string literal;
  bool ignores_case = false;
  std::size_t offset = 0;  // of the three bytes in the literal: choose rare ones
  std::size_t group = 0;   // below 8: those that look alike belong together
};

struct AnchorHit {
  std::size_t begin = 0;   // of the literal
  std::size_t anchor = 0;  // its index
};

struct Triggers {
  std::vector<Run> runs;           // of kRunSize and more, maximal, in order
  std::vector<AnchorHit> anchors;  // in the order of their three bytes
  // A byte of each stretch of UTF-16: every second is alphanumeric, none between, and some are 0.
  std::vector<std::size_t> alternations;
};

enum class Kernel { kScalar, kAvx2, kAvx512 };
// The fastest that this processor has.
[[nodiscard]] Kernel best_kernel() noexcept;
[[nodiscard]] std::span<const Kernel> kernels_here() noexcept;

class Classes {
 public:
  // Literals of at least two bytes from their offset on; at most 64 of them.
  explicit Classes(std::vector<Anchor> anchors, Kernel kernel = best_kernel());

  [[nodiscard]] Triggers find(std::string_view bytes) const;

  static constexpr std::size_t kBlocksAtOnce = 64;
  // Of as many blocks.
  struct Masks {
    std::array<std::uint64_t, kBlocksAtOnce> alphanumeric;
    std::array<std::uint64_t, kBlocksAtOnce> candidate;
    std::array<std::uint64_t, kBlocksAtOnce> zero;
  };
  // By nibbles, one bit for each of eight groups of anchors.
  struct Tables {
    alignas(16) std::array<std::array<std::uint8_t, 16>, 3> low{};
    alignas(16) std::array<std::array<std::uint8_t, 16>, 3> high{};
  };

 private:
  [[nodiscard]] std::uint64_t classify(const char* at, std::size_t blocks,
                                       Masks& masks) const noexcept;
  void add_anchors(std::string_view bytes, std::size_t at, Triggers& triggers) const;

  std::vector<Anchor> anchors_;
  Kernel kernel_;
  Tables tables_;
  std::array<std::array<std::uint64_t, 256>, 3> exact_{};  // which anchors have this byte there
};

}  // namespace rekey::discovery
