// Retrieve (contract sections 4.8 and 4.9): the objects of a type, by properties and filter, page
// by page.
//
// At most 2500 objects a page, fewer where they are large; then OverallStatus is MoreDataAvailable
// and the answer's RequestID, sent as ContinueRequest, gives the next page. Objects that come or go
// meanwhile make no other be seen twice or missed. Errors are told in OverallStatus, after "Error:
// ".
#pragma once

#include "engagement/soap/verb_call.h"

namespace rekey::engagement::soap {

inline constexpr std::int64_t kLargestRetrievePage = 2500;
inline constexpr std::size_t kLargestRetrieveBytes = 4 * 1024 * 1024;

[[nodiscard]] VerbAnswer retrieve(const VerbCall& call);

}  // namespace rekey::engagement::soap
