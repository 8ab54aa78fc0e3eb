// Whose token a request carries, and what it may do: the one question that this room asks, answered
// outside it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace rekey::engagement {

struct Caller {
  std::int64_t business_unit = 0;  // MID: whose data the call sees
  std::int64_t enterprise = 0;
  std::int64_t integration = 0;
  std::string scopes;  // names, separated by one space
  bool is_administrator = false;
};

// Who holds a token that did not come in the request's header, as SOAP's does not.
struct Identified {
  std::optional<Caller> caller;  // nullopt: it is no living token
  bool has_expired = false;      // but it was one of ours
};
// Any thread.
using Identify = std::function<Identified(std::string_view token, base::Instant now)>;

// The name that stands in the table of routes for what only an administrator may do.
inline constexpr std::string_view kAdministratorOnly = "rekey_admin";
// The same for what nobody needs a token for: who opens a mail has none. Such a call gets a caller
// without a business unit, and its body is not read.
inline constexpr std::string_view kAnyone = "anyone";

// Whether the caller holds every one of `needed`, names separated by one space.
[[nodiscard]] bool holds_all(const Caller& caller, std::string_view needed) noexcept;

}  // namespace rekey::engagement
