// The admin API's calls about the secrets of an integration (docs/admin-api.md).
#pragma once

#include "authority/admin_call.h"

namespace rekey::authority {

[[nodiscard]] base::Result<AdminReply> list_secrets(const AdminContext&, const AdminCall&);

[[nodiscard]] base::Result<PlannedChange> stage_secret(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> import_secret(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> activate_secret(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> undo_activation(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> revoke_secret(const AdminContext&, const AdminCall&);
// The tokens issued until now: of all the integration's secrets, and of one.
[[nodiscard]] base::Result<PlannedChange> revoke_tokens(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<PlannedChange> revoke_tokens_of_secret(const AdminContext&,
                                                                  const AdminCall&);

// kRefused where `revoked` is the only accepted secret of the admin package: whoever ends that one
// could only recover from the authority's machine.
[[nodiscard]] base::Status check_another_admin_secret(const UsageMeter& usage,
                                                      const credential::Integration& integration,
                                                      credential::SecretId revoked,
                                                      base::Instant now);

// Through the local socket only, for the folder's owner.
[[nodiscard]] base::Result<PlannedChange> recover_admin_secret(const AdminContext&,
                                                               const AdminCall&);

}  // namespace rekey::authority
