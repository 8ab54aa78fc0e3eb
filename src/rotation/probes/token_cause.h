// What the error body of a token endpoint tells beyond "this client id and secret do not fit": the
// one table of the texts that are known. Pure.
//
// Nothing of a body is passed on: whatever a server writes there could be what it was sent.
#pragma once

#include <string_view>

#include "rotation/drivers/probe.h"

namespace rekey::rotation {

// `error` and `description` are the members of the body (RFC 6749 section 5.2).
[[nodiscard]] ToldCause cause_told_by(std::string_view error,
                                      std::string_view description) noexcept;

// In a few words for people; empty for kNone.
[[nodiscard]] std::string_view name_of(ToldCause cause) noexcept;

}  // namespace rekey::rotation
