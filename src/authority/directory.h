// Every integration's record, found by client id without a lock.
//
// 64 shards, each an open-addressing table of keys and atomic pointers. A change replaces one
// record; a full shard is copied to a table of twice its size. Nothing is ever taken out: a deleted
// package's record stays and says so. Any number of reading threads, one writer thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "authority/epoch.h"
#include "authority/record.h"

namespace rekey::authority {

class Directory {
 public:
  explicit Directory(EpochDomain& epochs);
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  // No reader may be inside.
  ~Directory();

  // nullptr where there is none. Inside an EpochGuard, and valid as long as it; or on the writer
  // thread, valid until its next publish. Allocates nothing.
  [[nodiscard]] const Record* find(const ClientKey& key) const noexcept;
  [[nodiscard]] const Record* find(std::string_view client_id) const noexcept;
  // For a key that has no record: somebody else's, the same one for the same key. The caller does
  // with it what it would do with a client's own, memory and all, and throws the result away, so
  // that time does not tell who exists. nullptr where nobody is near.
  [[nodiscard]] const Record* stand_in(const ClientKey& key) const noexcept;

  // Adds the record, or replaces the one with its key. Writer thread.
  void publish(std::unique_ptr<const Record> record);

  // In no order. Writer thread.
  void for_each(const std::function<void(const Record&)>& visit) const;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }  // writer thread

 private:
  static constexpr std::size_t kShards = 64;
  struct Table;
  struct Shard {
    std::atomic<Table*> table{nullptr};
    std::size_t used = 0;  // writer thread
  };

  void grow(Shard& shard);

  EpochDomain& epochs_;
  std::array<Shard, kShards> shards_;
  std::size_t size_ = 0;
};

}  // namespace rekey::authority
