// The admin API's calls for a known-secret search: by what every secret is found again, and the key
// without which that says nothing (docs/known-secret-search.md).
#pragma once

#include "authority/admin_call.h"

namespace rekey::authority {

// Tags and states, by pages.
[[nodiscard]] base::Result<AdminReply> list_known_secrets(const AdminContext&, const AdminCall&);
// The key; the ledger gets who asked.
[[nodiscard]] base::Result<PlannedChange> give_search_key(const AdminContext&, const AdminCall&);

}  // namespace rekey::authority
