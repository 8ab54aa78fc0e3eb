#include "base/secret.h"

#include <string.h>

#include <cstring>
#include <utility>

namespace rekey::base {

void wipe(void* data, std::size_t size_bytes) noexcept {
  if (size_bytes != 0) ::explicit_bzero(data, size_bytes);
}

Secret::Secret(std::string_view value)
    : bytes_(value.empty() ? nullptr : new char[value.size()]), size_(value.size()) {
  if (!value.empty()) std::memcpy(bytes_.get(), value.data(), value.size());
}

Secret Secret::take(std::string&& value) {
  Secret secret{std::string_view(value)};
  value.resize(value.capacity());
  wipe(value.data(), value.size());
  value.clear();
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(bytes_.get(), size_);
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Secret::~Secret() {
  wipe(bytes_.get(), size_);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  }
  return difference == 0;
}

}  // namespace rekey::base
