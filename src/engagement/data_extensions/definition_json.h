// Data extensions and their columns in JSON, both ways (contract section 4.4).
#pragma once

#include <vector>

#include "base/result.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/ids.h"
#include "net/json.h"

namespace rekey::engagement::data_extensions {

void write_definition(net::JsonWriter& json, const Definition& definition);
void write_fields(net::JsonWriter& json, const Definition& definition);

// A new column from {"name","type","length","scale","isPrimaryKey","isNullable","defaultValue",
// "description"}; kInvalidArgument naming the column and what is wrong.
[[nodiscard]] base::Result<Field> read_new_field(const net::JsonValue& json, const Ids& ids);
// Changes an existing column to what is given. kInvalidArgument for what may not change: the type,
// the primary key, a text made shorter, and null forbidden where there are rows.
[[nodiscard]] base::Status read_changes(const net::JsonValue& json, bool has_rows, Field& field);

// A new data extension with its columns, less what the tables give it.
[[nodiscard]] base::Result<Definition> read_new_definition(const net::JsonValue& json,
                                                           const Ids& ids);
// The facts that may change later: name, description, category, and to whom it is sent.
[[nodiscard]] base::Status read_facts(const net::JsonValue& json, Definition& definition);

// Names are unique, there is at least one column, the column to send by exists.
[[nodiscard]] base::Status check_definition(const Definition& definition);

}  // namespace rekey::engagement::data_extensions
