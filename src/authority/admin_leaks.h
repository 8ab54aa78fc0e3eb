// The admin API's calls about values that were found where they should not be (docs/leaks.md).
#pragma once

#include "authority/admin_call.h"

namespace rekey::authority {

// Of calls that a partner signed: they carry no token, may say less and are told less.
inline constexpr std::string_view kPartnerActor = "partner";
inline constexpr std::string_view kLeaksPath = "/api/v1/leaks";

// Which of the reported values are secrets of ours, by their fingerprints, and what follows by
// policy. The values are dropped before the change is planned.
[[nodiscard]] base::Result<PlannedChange> report_leaks(const AdminContext&, const AdminCall&);
[[nodiscard]] base::Result<AdminReply> list_leaks(const AdminContext&, const AdminCall&);

}  // namespace rekey::authority
