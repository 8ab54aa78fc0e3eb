// What is found by its value, whatever stands around it: a matcher asks this about each run of
// letters and digits, and about each text as a whole, instead of the detectors.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/known_tags.h"
#include "discovery/coverage.h"
#include "discovery/detector.h"

namespace rekey::discovery {

struct KnownSecret;

struct ExactHit {
  std::size_t begin = 0;  // of the form's text, in bytes of what was searched
  std::size_t size_bytes = 0;
  crypto::SecretForm form = crypto::SecretForm::kRaw;
  const Detector* detector = nullptr;
  const base::Secret* value = nullptr;  // nullptr: nobody keeps it
  const KnownSecret* known = nullptr;   // nullptr: nothing is known of it but the value
};

// What its hits point to is its own.
class ExactSearch {
 public:
  virtual ~ExactSearch() = default;
  // Of a run of letters and digits [begin, end) in `bytes`. Any thread.
  [[nodiscard]] virtual std::vector<ExactHit> search_run(std::string_view bytes, std::size_t begin,
                                                         std::size_t end) const = 0;
  // Of a text as a whole: what no run leads to. Any thread.
  [[nodiscard]] virtual std::vector<ExactHit> search_text(std::string_view /*bytes*/) const {
    return {};
  }
  // Those by whose ids its hits are told.
  [[nodiscard]] virtual std::span<const Detector> detectors() const = 0;
};

// Why a form cannot be looked for.
enum class NotSought {
  kNoWindow,  // by its tag: nowhere in it do crypto::kWindowSize letters and digits follow each
              // other
  kTooShort,  // by its text: shorter than LiteralSearch::kShortestBytes
};
// Tells that a secret (its name, for people) cannot be looked for in that form. What cannot be
// looked for is no more proven to be absent than what cannot be read.
void tell_not_looked_for(std::string_view secret, crypto::SecretForm form, NotSought why,
                         Coverage& coverage);

}  // namespace rekey::discovery
