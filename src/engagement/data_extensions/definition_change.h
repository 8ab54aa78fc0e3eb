// Columns of a data extension that are added or changed later.
#pragma once

#include "base/result.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/ids.h"
#include "net/json.h"
#include "storage/sqlite.h"

namespace rekey::engagement::data_extensions {

// Each item of the list changes the column that its "id", or else its "name", means; one that means
// none is added (read_new_field, read_changes). kInvalidArgument for what the rows that are there
// do not allow, kNotFound for an unknown id. Nothing is saved.
[[nodiscard]] base::Status change_fields(const net::JsonValue& list, const Ids& ids,
                                         Definition& definition);
// The data extension and all of its columns.
[[nodiscard]] base::Status save_with_fields(storage::Connection& tables,
                                            const Definition& definition);

}  // namespace rekey::engagement::data_extensions
