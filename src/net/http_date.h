// The instant in a Date header (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace rekey::net {

// To the second; what is below is dropped.
[[nodiscard]] std::string format_http_date(base::Instant at);
// nullopt for anything else, the two obsolete forms among it.
[[nodiscard]] std::optional<base::Instant> parse_http_date(std::string_view text);

}  // namespace rekey::net
