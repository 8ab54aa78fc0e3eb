// The admin API's calls about packages and their integrations (docs/admin-api.md).
#pragma once

#include "authority/admin_call.h"

namespace rekey::authority {

[[nodiscard]] base::Result<AdminReply> list_packages(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<AdminReply> show_package(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<AdminReply> show_integration(const AdminContext&, const AdminCall&);

[[nodiscard]] base::Result<PlannedChange> create_package(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> edit_package(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> enable_package(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> disable_package(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> delete_package(const AdminContext&, const AdminCall&);

}  // namespace rekey::authority
