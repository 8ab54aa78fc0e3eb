// The calls on contacts (contract section 4.1).
#pragma once

#include <span>

#include "engagement/route.h"
#include "net/json.h"

namespace rekey::engagement::contacts {

[[nodiscard]] std::span<const Route> routes();
[[nodiscard]] std::span<const Route> attribute_routes();

// What every answer of the family ends with.
void write_trailer(net::JsonWriter& body, const Call& call);

}  // namespace rekey::engagement::contacts
