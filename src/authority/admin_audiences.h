// The admin API's calls about the audiences of tokens (docs/admin-api.md).
#pragma once

#include "authority/admin_call.h"

namespace rekey::authority {

[[nodiscard]] base::Result<AdminReply> list_audiences(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> declare_audience(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> remove_audience(const AdminContext&, const AdminCall&);

}  // namespace rekey::authority
