// The data extension that SOAP calls mean: by its key or, where none has that key, by its name, as
// the Node SDK names it.
#pragma once

#include <string>

#include "base/result.h"
#include "engagement/data_extensions/definition.h"
#include "storage/sqlite.h"

namespace rekey::engagement::soap {

// kNotFound where the business unit has none.
[[nodiscard]] base::Result<data_extensions::Definition> find_definition(
    storage::Connection& tables, std::int64_t business_unit, const std::string& key_or_name);

}  // namespace rekey::engagement::soap
