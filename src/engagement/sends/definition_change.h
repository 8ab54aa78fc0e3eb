// What a send definition has to be before it is kept, and its end: over REST and over SOAP.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "engagement/sends/send_definition.h"
#include "engagement/sends/utm_error.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sends {

inline constexpr std::size_t kLongestDefinitionKey = 100;
inline constexpr std::size_t kLongestDefinitionName = 100;

// What is wrong with it, in the words of REST; nullopt where nothing is. What it names (an asset, a
// data extension) has to be there in its business unit.
[[nodiscard]] base::Result<std::optional<Fault>> check_definition(storage::Connection& tables,
                                                                  const SendDefinition& definition);

// What waits for the definition is not sent any more; `reason` stands in its tracking.
[[nodiscard]] base::Status purge_queue(storage::Connection& tables,
                                       const SendDefinition& definition, const std::string& reason,
                                       base::Instant now);
// Its key and name are free again; it stays for the messages that were sent by it.
[[nodiscard]] base::Status delete_send_definition(storage::Connection& tables,
                                                  SendDefinition definition, base::Instant now);

}  // namespace rekey::engagement::sends
