// When the rotation of a secret should begin, so that it is over long before the secret ends. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace rekey::rotation {

// Before its end: what a person needs who is on holiday, and what a slow owner needs.
inline constexpr base::Duration kUsualLead = base::Days{45};
// Secrets that end on one day are begun over this many days before the lead, each on its own.
inline constexpr base::Duration kUsualSpread = base::Days{14};

// expires_at - lead - (a part of the spread that follows from the client id alone). The whole days
// of it differ from one client to the next, so that many packages of one person do not come due at
// once, and next time do not end at once.
[[nodiscard]] base::Instant due_at(std::string_view client_id, base::Instant expires_at,
                                   base::Duration lead = kUsualLead,
                                   base::Duration spread = kUsualSpread) noexcept;

}  // namespace rekey::rotation
