// What people may write into a package or beside a secret: bounds on texts and lists. Private to
// this room. Every error is kInvalidArgument, names the member, and repeats nothing of a refused
// text.
//
// A text that holds a well-formed secret value is refused: it would stay in the ledger for ever.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "credential/lifecycle.h"

namespace rekey::credential {

// May be empty; at most `most_bytes` of valid UTF-8 without hidden characters
// (base/printable.h): people read these texts in a terminal.
[[nodiscard]] base::Status check_text(std::string_view member, std::string_view text,
                                      std::size_t most_bytes);
[[nodiscard]] base::Status check_label(std::string_view label);
// A reason is needed: not empty.
[[nodiscard]] base::Status check_reason(std::string_view reason);

[[nodiscard]] base::Status check_package(const PackageFacts& package);
// Scope names, each once; rekey_admin exactly where `is_admin`.
[[nodiscard]] base::Status check_scopes(const std::vector<std::string>& scopes, bool is_admin);
// At most 50 settings that check_overrides accepts.
[[nodiscard]] base::Status check_package_policy(const Policy& tenant,
                                                const std::vector<PolicySetting>& overrides);
// At most 50 MIDs, each once, `home` among them.
[[nodiscard]] base::Status check_business_units(const std::vector<BusinessUnitId>& units,
                                                BusinessUnitId home);

}  // namespace rekey::credential
