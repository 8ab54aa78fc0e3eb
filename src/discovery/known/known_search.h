// Looks for known secrets in bytes: a keyed hash of each window, and a tag where one is known.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "crypto/known_tags.h"
#include "discovery/known/known_index.h"

namespace rekey::discovery {

struct KnownHit {
  std::size_t begin = 0;  // of the form's text, in bytes of what was searched
  std::size_t size_bytes = 0;
  crypto::SecretForm form = crypto::SecretForm::kRaw;
  std::uint32_t secret = 0;  // KnownEntry::secret
  friend bool operator==(const KnownHit&, const KnownHit&) = default;
};

// One a thread. The index outlives it.
class KnownSearch {
 public:
  KnownSearch(const KnownIndex& index, const crypto::KnownSearchKey& key)
      : index_(index), tagger_(key) {}

  // Of a run of letters and digits [begin, end) in `bytes`, everything that is known. Forms may
  // begin before the run and end after it (a prefix, an underscore).
  [[nodiscard]] std::vector<KnownHit> search_run(std::string_view bytes, std::size_t begin,
                                                 std::size_t end);
  // False for nearly every run that holds nothing. Any thread, several at once.
  [[nodiscard]] bool may_find(std::string_view bytes, std::size_t begin,
                              std::size_t end) const noexcept;

 private:
  const KnownIndex& index_;
  crypto::KnownTagger tagger_;
};

}  // namespace rekey::discovery
