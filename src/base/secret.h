// Secret bytes: the one type that holds a secret value.
//
// It cannot be copied by accident, printed, logged or written as JSON (no formatter exists and
// operator<< is deleted), compares in constant time, and is wiped when it dies. reveal() is the
// only way in: search for it to see every place where a value is used.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

namespace rekey::base {

// Overwrites memory in a way that the optimiser may not drop.
void wipe(void* data, std::size_t size_bytes) noexcept;

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view value);
  // Takes the bytes and wipes the source, its spare capacity included.
  [[nodiscard]] static Secret take(std::string&& value);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] Secret clone() const { return Secret(reveal()); }
  [[nodiscard]] std::string_view reveal() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

// Constant time in the content; the lengths may show.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] inline bool operator==(const Secret& a, const Secret& b) noexcept {
  return equal_in_constant_time(a.reveal(), b.reveal());
}

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

}  // namespace rekey::base
