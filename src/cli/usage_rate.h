// How often callers ask for tokens, against what Marketing Cloud advises: a token lives for twenty
// minutes, and whoever asks more often may be throttled there (contract sections 1.5 and 8).
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "net/json.h"

namespace rekey::cli {

inline constexpr base::Duration kAdvisedBetweenTokens = std::chrono::minutes{20};

// A sentence about the callers in a reply to GET /integrations/ID/usage that have asked three times
// or more, and on average more often than that; nullopt where none has.
[[nodiscard]] std::optional<std::string> token_rate_warning(const net::JsonValue& usage);

}  // namespace rekey::cli
