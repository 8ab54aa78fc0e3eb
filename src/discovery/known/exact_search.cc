#include "discovery/known/exact_search.h"

#include <fmt/format.h>

namespace rekey::discovery {

void tell_not_looked_for(std::string_view secret, crypto::SecretForm form, Coverage& coverage) {
  coverage.problem(Unread::kLimit, fmt::format("{}, {}", secret, name_of(form)),
                   fmt::format("it cannot be looked for in this form: nowhere in it do {} letters "
                               "and digits follow each other",
                               crypto::kWindowSize));
}

}  // namespace rekey::discovery
