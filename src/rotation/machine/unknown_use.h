// A caller of the old secret that no consumer claims: what it is called, and how it is let pass.
#pragma once

#include <string>
#include <string_view>

#include "rotation/machine/evidence.h"

namespace rekey::rotation {

// How the user agent of `rekey scan --verify` begins. Anybody may send it: it names a caller, and
// excuses nothing.
inline constexpr std::string_view kScanAgent = "rekey-scan/";

// What lets it pass, as the inventory's waivers have it: "{seen_as: {…}, by: NAME, reason: TEXT}".
[[nodiscard]] std::string waiver_for(const UnknownUse& use);

}  // namespace rekey::rotation
