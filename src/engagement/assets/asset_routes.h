// /asset/v1/content/assets: contents for mails (contract section 2.6).
#pragma once

#include <span>

#include "engagement/route.h"

namespace rekey::engagement::assets {

[[nodiscard]] std::span<const Route> routes();

}  // namespace rekey::engagement::assets
