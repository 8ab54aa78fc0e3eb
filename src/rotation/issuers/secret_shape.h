// What a foreign issuer's secrets look like: lengths and alphabet, as settings. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::rotation {

class SecretShape {
 public:
  // `lengths`: "64" or "24,64"; `alphabet`: characters and ranges, "A-Za-z0-9_-" (a "-" at the end
  // is itself). Empty texts: 64, and letters, digits, "_" and "-".
  [[nodiscard]] static base::Result<SecretShape> parse(std::string_view lengths,
                                                       std::string_view alphabet);
  // kInvalidArgument says what does not fit, without the value.
  [[nodiscard]] base::Status check(const base::Secret& value) const;
  [[nodiscard]] const std::vector<std::size_t>& lengths() const noexcept { return lengths_; }
  // Every one that may occur, in the order of ASCII.
  [[nodiscard]] std::string characters() const;

 private:
  std::vector<std::size_t> lengths_;
  std::array<bool, 128> is_allowed_{};
};

}  // namespace rekey::rotation
