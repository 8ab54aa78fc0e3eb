// DataExtensionObject: a row, of the data extension that CustomerKey names.
#include <fmt/format.h>

#include "engagement/data_extensions/rows.h"
#include "engagement/soap/definition_lookup.h"
#include "engagement/soap/write_call.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;
using data_extensions::Columns;
using data_extensions::Definition;
using data_extensions::Faults;
using data_extensions::Mode;
using data_extensions::RowWriter;

// Keys/Key and Properties/Property, each with Name and Value; a Value that is nil or missing is
// null.
void add_columns(Columns& columns, const XmlElement& object, std::string_view list) {
  const XmlElement* found = object.child(list);
  if (found == nullptr) return;
  for (const XmlElement& one : found->children) {
    data_extensions::Column column{one.child_text("Name"), std::nullopt};
    const XmlElement* value = one.child("Value");
    if (value != nullptr && !value->is_nil) column.text = value->text;
    columns.push_back(std::move(column));
  }
}

base::Result<Definition> meant_definition(const WriteCall& call) {
  std::string key = call.object.child_text("CustomerKey");
  if (key.empty()) key = call.object.child_text("Name");
  if (key.empty()) {
    return base::fail(Code::kInvalidArgument,
                      "CustomerKey, the key of the data extension, is missing");
  }
  return find_definition(call.tables, call.caller.business_unit, key);
}

Mode mode_of(const WriteCall& call) {
  if (call.upserts) return Mode::kUpsert;
  return call.verb == WriteVerb::kCreate ? Mode::kInsert : Mode::kUpdate;
}

std::string_view word_of(WriteVerb verb) {
  if (verb == WriteVerb::kCreate) return "Created";
  return verb == WriteVerb::kUpdate ? "Updated" : "Deleted";
}

WriteAnswer write(const WriteCall& call) {
  REKEY_TRY(Definition definition, meant_definition(call));
  Columns columns;
  add_columns(columns, call.object, "Keys");
  if (call.verb != WriteVerb::kDelete || columns.empty()) {
    add_columns(columns, call.object, "Properties");
  }
  RowWriter writer(call.tables, definition);
  Faults faults;
  if (call.verb == WriteVerb::kDelete) {
    REKEY_TRY(faults, writer.remove(columns));
  } else {
    REKEY_TRY(faults, writer.put(columns, mode_of(call)));
  }
  if (!faults.empty()) {
    const std::string message = fmt::format("Unable to save the row of data extension {}: {}",
                                            definition.key, fmt::join(faults, "; "));
    XmlWriter tail;
    tail.element("ErrorMessage", message);
    return tl::unexpected<WriteError>(
        WriteError(kUnexpectedError, Code::kInvalidArgument, message).with_tail(tail.release()));
  }
  REKEY_CHECK(writer.finish());
  return Written{fmt::format("{} DataExtensionObject", word_of(call.verb)), 0, {}};
}

base::Status echo(XmlWriter& xml, const WriteCall& call, const Written*) {
  xml.nil("PartnerKey").nil("ObjectID");
  xml.element("CustomerKey", call.object.child_text("CustomerKey"));
  for (const auto& [list, item] : {std::pair{"Properties", "Property"}, std::pair{"Keys", "Key"}}) {
    Columns columns;
    add_columns(columns, call.object, list);
    if (columns.empty()) continue;
    xml.open(list);
    for (const auto& column : columns) {
      xml.open(item).element("Name", column.name);
      xml.element("Value", std::string_view(column.text.value_or(""))).close();
    }
    xml.close();
  }
  return {};
}

}  // namespace

const WritableType& writable_row() {
  static constexpr WritableType kType{
      "DataExtensionObject", "data_extensions_write", "DataExtension", "CUD", write, echo};
  return kType;
}

}  // namespace rekey::engagement::soap
