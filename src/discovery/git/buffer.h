// Bytes of one object: uninitialised memory with an owner, and a small store of spare ones.
//
// A history is hundreds of thousands of short-lived buffers; a thread that takes them from its own
// spares does not meet the allocator, nor the kernel for every large one. One thread a store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace rekey::discovery::git {

class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  // Of `size` bytes, their content undefined; is_valid() is false where there is no memory.
  [[nodiscard]] static Buffer of_size(std::size_t size) {
    Buffer buffer;
    buffer.capacity_ = rounded(size);
    buffer.data_.reset(new (std::nothrow) std::uint8_t[buffer.capacity_]);
    buffer.size_ = size;
    return buffer;
  }

  [[nodiscard]] bool is_valid() const noexcept { return data_ != nullptr; }
  [[nodiscard]] std::uint8_t* data() noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::span<const std::uint8_t> view() const noexcept { return {data_.get(), size_}; }
  // `size` is at most the capacity.
  void resize_within(std::size_t size) noexcept { size_ = size; }

 private:
  static constexpr std::size_t rounded(std::size_t size) noexcept {
    constexpr std::size_t kStep = 4096;
    return (size / kStep + 1) * kStep;
  }
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

class SpareBuffers {
 public:
  [[nodiscard]] Buffer take(std::size_t size) {
    // The newest first: it is the one that the cache still holds.
    for (auto spare = spares_.rbegin(); spare != spares_.rend(); ++spare) {
      if (spare->capacity() < size || spare->capacity() / 4 > size + kAlwaysFits) continue;
      Buffer found = std::move(*spare);
      held_bytes_ -= found.capacity();
      spares_.erase(std::next(spare).base());
      found.resize_within(size);
      return found;
    }
    return Buffer::of_size(size);
  }

  void give_back(Buffer buffer) {
    if (!buffer.is_valid() || buffer.capacity() > kLargestKept) return;
    held_bytes_ += buffer.capacity();
    spares_.push_back(std::move(buffer));
    while (spares_.size() > kMostKept || held_bytes_ > kLargestKept) {
      held_bytes_ -= spares_.front().capacity();
      spares_.erase(spares_.begin());
    }
  }

 private:
  static constexpr std::size_t kMostKept = 16;
  static constexpr std::size_t kAlwaysFits = 64U << 10;
  static constexpr std::size_t kLargestKept = 4U << 20;
  std::vector<Buffer> spares_;
  std::size_t held_bytes_ = 0;
};

}  // namespace rekey::discovery::git
