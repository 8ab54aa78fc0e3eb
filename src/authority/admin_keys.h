// The admin API's calls about the keys that sign tokens (docs/admin-api.md).
#pragma once

#include "authority/admin_call.h"

namespace rekey::authority {

[[nodiscard]] base::Result<AdminReply> list_keys(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> rotate_key(const AdminContext&, const AdminCall&);

}  // namespace rekey::authority
