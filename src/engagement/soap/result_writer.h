// Writes what was retrieved: objects with their properties in the order of the schema, nested
// objects as elements of their own, and what the schema or clients want beside what was asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engagement/soap/object_type.h"
#include "engagement/soap/xml_writer.h"

namespace rekey::engagement::soap {

// Of each property of the type, in its order; nullopt where it was not asked for or has no value.
using ObjectValues = std::vector<std::optional<std::string>>;

// A value as the database gives it, in the form of the schema: dates "2026-09-01T10:00:00.123"
// without a zone, truths "true" and "false".
[[nodiscard]] std::string shown_value(ValueKind kind, std::string stored);

// The content of an element of that type.
void write_object(XmlWriter& xml, const ObjectType& type, const ObjectValues& values);
// The content of a DataExtensionObject: Properties/Property of `asked`, in that order.
void write_row_object(XmlWriter& xml, const ObjectType& type, const std::vector<std::size_t>& asked,
                      const ObjectValues& values);

}  // namespace rekey::engagement::soap
