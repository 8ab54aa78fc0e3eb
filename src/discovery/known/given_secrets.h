// Secrets that somebody holds and asks about: where else do they stand?
//
// Found exactly, in every form: by tags under a key that nobody keeps, and a form in which no
// window is by its text, which is at hand.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/known_tags.h"
#include "discovery/known/exact_search.h"
#include "discovery/known/literal_search.h"
#include "discovery/known/shared_search.h"

namespace rekey::discovery {

// Of every hit of GivenSecrets.
[[nodiscard]] const Detector& given_secret_detector();

class GivenSecrets final : public ExactSearch {
 public:
  // None of them empty.
  explicit GivenSecrets(std::vector<base::Secret> values);

  [[nodiscard]] std::vector<ExactHit> search_run(std::string_view bytes, std::size_t begin,
                                                 std::size_t end) const override;
  [[nodiscard]] std::vector<ExactHit> search_text(std::string_view bytes) const override;
  [[nodiscard]] std::span<const Detector> detectors() const override;
  // Of that value: the forms in which it cannot be looked for, since they are shorter than
  // LiteralSearch::kShortestBytes.
  [[nodiscard]] const std::vector<crypto::SecretForm>& not_looked_for(std::size_t index) const {
    return not_looked_for_[index];
  }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

 private:
  std::vector<base::Secret> values_;
  std::vector<std::vector<crypto::SecretForm>> not_looked_for_;
  std::unique_ptr<const SharedSearch> search_;
  std::unique_ptr<const LiteralSearch> literals_;
};

// Tells which forms of them cannot be looked for. `secret`: what each is called, for people.
void tell_not_looked_for(const GivenSecrets& given, std::string_view secret, Coverage& coverage);

}  // namespace rekey::discovery
