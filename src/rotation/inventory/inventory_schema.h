// The JSON Schema of rekey.yaml (draft 2020-12), for editors: made of the tables that the reader
// itself uses and of what the kinds of issuers, sinks and probes declare. docs/rekey.schema.json is
// its text for the built-in kinds.
#pragma once

#include <string>
#include <string_view>

#include "rotation/drivers/registry.h"

namespace rekey::rotation {

// Indented, with a line end. It never refuses what the reader takes, save a number or a `true` in
// quotes. What no schema can tell (names that stand twice, callers that overlap, the path of a
// value) stays with `rekey inventory check`.
[[nodiscard]] std::string inventory_schema(const DriverRegistry& registry);

}  // namespace rekey::rotation
