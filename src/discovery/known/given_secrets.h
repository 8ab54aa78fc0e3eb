// Secrets that somebody holds and asks about: where else do they stand?
//
// Found exactly, in every form, by tags under a key that nobody keeps.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/known_tags.h"
#include "discovery/detector.h"
#include "discovery/known/known_search.h"

namespace rekey::discovery {

// Of whatever is found by its value.
[[nodiscard]] const Detector& given_secret_detector();

class GivenSecrets {
 public:
  // None of them empty.
  explicit GivenSecrets(std::vector<base::Secret> values);

  // Any thread. KnownHit::secret is the index of the value.
  [[nodiscard]] std::vector<KnownHit> search_run(std::string_view bytes, std::size_t begin,
                                                 std::size_t end) const;
  [[nodiscard]] const base::Secret& value(std::size_t index) const { return values_[index]; }
  // Of that value: the forms in which it cannot be looked for, since nowhere in them
  // crypto::kWindowSize letters and digits follow each other.
  [[nodiscard]] const std::vector<crypto::SecretForm>& not_looked_for(std::size_t index) const {
    return not_looked_for_[index];
  }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

 private:
  // Searches keep state, so each is one thread's at a time.
  [[nodiscard]] std::unique_ptr<KnownSearch> borrow() const;
  void give_back(std::unique_ptr<KnownSearch> search) const;

  std::vector<base::Secret> values_;
  std::vector<std::vector<crypto::SecretForm>> not_looked_for_;
  crypto::KnownSearchKey key_;
  std::unique_ptr<KnownIndex> index_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<KnownSearch>> idle_;
};

}  // namespace rekey::discovery
