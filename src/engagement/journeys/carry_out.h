// Carries journeys out: publishes, ends pauses, and takes each member as far as it can go by now.
//
// What a step does, that it is done, and where its member stands now are one transaction: after a
// crash a step was either done or not begun. A mail goes into the sends' queue in that transaction,
// under a key of its own, and is sent from there. Waits are reckoned from the instant at which the
// step before was due, so that a server that was away catches up and the steps' order stays.
#pragma once

#include "engagement/due_work.h"

namespace rekey::engagement::journeys {

// So long history is kept.
inline constexpr base::Duration kHistoryKeptFor = base::Days{60};

[[nodiscard]] NextDue carry_out_journeys(DueWork& work);

}  // namespace rekey::engagement::journeys
