// A 64-bit hash of plain data, for telling states apart, and random numbers from a seed. Neither is
// for secrets.
#pragma once

#include <cstdint>
#include <string_view>

namespace rekey::simulation {

[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

class Hasher {
 public:
  template <typename T>
  void add(T value) noexcept {
    value_ = mix(value_ * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(value) + 1);
  }
  void add(std::string_view text) noexcept {
    add(text.size());
    for (const char c : text) add(static_cast<unsigned char>(c));
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0x2545f4914f6cdd1dULL;
};

// Equal seeds give equal numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(mix(seed + 0x9e3779b97f4a7c15ULL)) {}
  // From 0 to `bound` - 1.
  [[nodiscard]] int below(int bound) noexcept {
    state_ += 0x9e3779b97f4a7c15ULL;
    return static_cast<int>(mix(state_) % static_cast<std::uint64_t>(bound));
  }
  // True in `percent` of 100 cases.
  [[nodiscard]] bool chance(int percent) noexcept { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

}  // namespace rekey::simulation
