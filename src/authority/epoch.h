// Epoch-based reclamation: readers follow pointers without a lock; what a writer replaced is freed
// once no reader can hold it any more.
//
// A reader enters (EpochGuard), loads shared pointers with sequentially consistent loads, and
// leaves. The writer first replaces the pointer, then retires what it pointed to. Readers never
// block and never wait; one writer thread retires and collects.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace rekey::authority {

class EpochDomain {
 public:
  static constexpr std::size_t kMaxReaders = 64;

  // A reading thread's place: the epoch that it entered in, 0 while it is outside.
  class alignas(64) Reader {
   private:
    friend class EpochDomain;
    friend class EpochGuard;
    std::atomic<std::uint64_t> entered_{0};
  };

  EpochDomain() = default;
  EpochDomain(const EpochDomain&) = delete;
  EpochDomain& operator=(const EpochDomain&) = delete;
  // Frees everything that is still retired. No reader may be inside.
  ~EpochDomain();

  // A place for one thread, for the life of the domain; aborts beyond kMaxReaders. Any thread.
  [[nodiscard]] Reader& register_reader();

  // Frees `object` with `deleter` once every reader that is inside now has left. The object must no
  // longer be reachable. Writer thread.
  void retire(const void* object, void (*deleter)(const void*));
  template <typename T>
  void retire(std::unique_ptr<const T> object) {
    if (object == nullptr) return;
    retire(object.release(), [](const void* pointer) { delete static_cast<const T*>(pointer); });
  }

  // Frees what no reader can hold. Cheap; the publishing functions of this room call it. Writer
  // thread.
  void collect();

  // How many objects wait to be freed. Writer thread.
  [[nodiscard]] std::size_t waiting() const noexcept { return retired_.size(); }

 private:
  friend class EpochGuard;
  struct Retired {
    std::uint64_t epoch;
    const void* object;
    void (*deleter)(const void*);
  };

  std::atomic<std::uint64_t> epoch_{1};
  std::atomic<std::size_t> reader_count_{0};
  std::array<Reader, kMaxReaders> readers_;
  std::vector<Retired> retired_;
};

// Inside while it lives. Not to be nested on one Reader.
class EpochGuard {
 public:
  EpochGuard(const EpochDomain& domain, EpochDomain::Reader& reader) noexcept;
  ~EpochGuard() { reader_.entered_.store(0, std::memory_order_release); }
  EpochGuard(const EpochGuard&) = delete;
  EpochGuard& operator=(const EpochGuard&) = delete;

 private:
  EpochDomain::Reader& reader_;
};

// One immutable value that a writer replaces as a whole.
template <typename T>
class EpochPointer {
 public:
  EpochPointer(EpochDomain& domain, std::unique_ptr<const T> first)
      : domain_(domain), value_(first.release()) {}
  EpochPointer(const EpochPointer&) = delete;
  EpochPointer& operator=(const EpochPointer&) = delete;
  ~EpochPointer() { delete value_.load(std::memory_order_relaxed); }

  // Valid while the caller's EpochGuard lives; on the writer thread until the next publish.
  [[nodiscard]] const T& load() const noexcept { return *value_.load(); }
  // Writer thread.
  void publish(std::unique_ptr<const T> next) {
    domain_.retire(std::unique_ptr<const T>(value_.exchange(next.release())));
    domain_.collect();
  }

 private:
  EpochDomain& domain_;
  std::atomic<const T*> value_;
};

}  // namespace rekey::authority
