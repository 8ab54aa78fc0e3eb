// Sends what is due: the work behind every accepted message.
//
// A message is composed and kept in one transaction, handed over after it, and settled in another.
// So a crash at any place loses none: what was composed is handed over again and says the same. A
// Maildir sees that it has the mail already; a mail server may get it twice, under one Message-ID.
#pragma once

#include "engagement/due_work.h"
#include "engagement/sends/transport.h"

namespace rekey::engagement::sends {

[[nodiscard]] NextDue deliver_due(DueWork& work, const Mailer& mailer);

}  // namespace rekey::engagement::sends
