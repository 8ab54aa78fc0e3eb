// An index with its key, for many threads: searches keep state, so each is one thread's at a time.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "crypto/known_search_key.h"
#include "discovery/known/known_search.h"

namespace rekey::discovery {

class SharedSearch {
 public:
  // `entries` are of tags under `key`.
  SharedSearch(std::vector<KnownEntry> entries, crypto::KnownSearchKey key);

  // Any thread. As KnownSearch has it.
  [[nodiscard]] std::vector<KnownHit> search_run(std::string_view bytes, std::size_t begin,
                                                 std::size_t end) const;

 private:
  [[nodiscard]] std::unique_ptr<KnownSearch> borrow() const;
  void give_back(std::unique_ptr<KnownSearch> search) const;

  crypto::KnownSearchKey key_;
  KnownIndex index_;
  KnownSearch filter_;  // of all threads, so that few runs need one of idle_
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<KnownSearch>> idle_;
};

}  // namespace rekey::discovery
