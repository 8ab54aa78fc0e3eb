#include "discovery/known/exact_search.h"

#include <fmt/format.h>

#include "discovery/known/literal_search.h"

namespace rekey::discovery {

void tell_not_looked_for(std::string_view secret, crypto::SecretForm form, NotSought why,
                         Coverage& coverage) {
  const std::string reason =
      why == NotSought::kTooShort
          ? fmt::format(
                "it is shorter than {} bytes, and so short a text stands in many files by "
                "chance",
                LiteralSearch::kShortestBytes)
          : fmt::format("nowhere in it do {} letters and digits follow each other",
                        crypto::kWindowSize);
  coverage.problem(Unread::kLimit, fmt::format("{}, {}", secret, name_of(form)),
                   fmt::format("it cannot be looked for in this form: {}", reason));
}

}  // namespace rekey::discovery
