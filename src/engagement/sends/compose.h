// Makes a message's mail: who gets it, what it says to them, and where its links lead.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "engagement/sends/composed_mail.h"
#include "engagement/sends/message.h"
#include "engagement/sends/outcome.h"
#include "engagement/sends/send_definition.h"
#include "engagement/sends/transport.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sends {

struct Composition {
  ComposedMail mail;
  std::vector<std::string> links;  // by their numbers, from 0
};

// For writing: makes or updates the contact as the definition says, and writes the row of its data
// extension. Where it is a NotSent, nothing of what was written before may stay.
[[nodiscard]] base::Result<std::variant<Composition, NotSent>> compose(
    storage::Connection& tables, const Message& message, const SendDefinition& definition,
    const MailSettings& settings, base::Instant now);

}  // namespace rekey::engagement::sends
