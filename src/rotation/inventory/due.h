// When the rotation of a secret should begin, so that it is over long before the secret ends. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "rotation/inventory/inventory.h"

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

// Of an integration whose secret ends at `expires_at`, with its own lead and jitter, or the usual
// ones. Of a secret that lives short, the first half is left alone: its lead is at most half of its
// life, and the jitter an eighth. Where a freeze lies over its end, what counts is the beginning of
// the freeze.
[[nodiscard]] base::Instant due_of(const Inventory& one, base::Instant expires_at,
                                   base::Duration usual_lead = kUsualLead);

// The instant by which a rotation has to be over: the end, or the beginning of a freeze that does
// not leave two days before the end.
[[nodiscard]] base::Instant end_beside_freezes(base::Instant expires_at,
                                               const std::vector<Freeze>& freezes);

// Where that is sooner than the end: a sentence with the freeze, by when the rotation has to be
// over, and what to do once the freeze has begun. Empty where no freeze is in the way, where the
// end is unknown, or is over at `now`.
[[nodiscard]] std::string warn_of_freeze(const Inventory& one, base::Instant now);

}  // namespace rekey::rotation
