// The authority as a source of known secrets: tags, states and the key, over the admin API.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "cli/api.h"
#include "discovery/known/known_secrets.h"
#include "net/json.h"

namespace rekey::cli {

// Every secret that it ever issued or took over, but for those of deleted packages. Asking for the
// key is written down in its ledger.
[[nodiscard]] base::Result<discovery::KnownSet> known_to_authority(Api& api, base::Instant now);

// One row of GET /known-secrets; kCorrupt where its tags are damaged.
[[nodiscard]] base::Result<discovery::KnownSecret> known_secret_of(const net::JsonValue& row,
                                                                   base::Instant now);

}  // namespace rekey::cli
