// The admin API's calls that show what is (status, usage, refusals, events) and the policy.
#pragma once

#include "authority/admin_call.h"

namespace rekey::authority {

[[nodiscard]] base::Result<AdminReply> show_status(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<AdminReply> show_usage(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<AdminReply> show_refusals(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<AdminReply> show_events(const AdminContext&, const AdminCall&);

[[nodiscard]] base::Result<AdminReply> show_policy(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> change_policy(const AdminContext&, const AdminCall&);

}  // namespace rekey::authority
