// DataExtension: the same rules as over REST, reached through the same JSON.
#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "engagement/data_extensions/definition_change.h"
#include "engagement/data_extensions/definition_json.h"
#include "engagement/soap/write_call.h"
#include "net/json.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;
using base::fail;
using base::Result;
using data_extensions::Definition;
using data_extensions::Field;
using net::JsonValue;
using net::JsonWriter;

using Names = std::pair<std::string_view, std::string_view>;  // in XML, in JSON

base::Status put_number(JsonWriter& json, const XmlElement& from, Names names) {
  const std::string text = from.child_text(names.first);
  if (text.empty()) return {};
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) {
    return fail(Code::kInvalidArgument, fmt::format("{} takes a whole number", names.first));
  }
  json.member(names.second, number);
  return {};
}

void put_text(JsonWriter& json, const XmlElement& from, Names names) {
  const XmlElement* found = from.child(names.first);
  if (found != nullptr && !found->is_nil) {
    json.member(names.second, std::string_view(without_blanks(found->text)));
  }
}

void put_truth(JsonWriter& json, const XmlElement& from, Names names) {
  if (!from.child_text(names.first).empty()) {
    json.member(names.second, says_true(from, names.first));
  }
}

base::Status write_field(JsonWriter& json, const XmlElement& field) {
  json.begin_object();
  if (!field.child_text("ObjectID").empty()) put_text(json, field, {"ObjectID", "id"});
  put_text(json, field, {"Name", "name"});
  if (!field.child_text("FieldType").empty()) put_text(json, field, {"FieldType", "type"});
  REKEY_CHECK(put_number(json, field, {"MaxLength", "length"}));
  REKEY_CHECK(put_number(json, field, {"Scale", "scale"}));
  REKEY_CHECK(put_number(json, field, {"Ordinal", "ordinal"}));
  put_truth(json, field, {"IsPrimaryKey", "isPrimaryKey"});
  if (!field.child_text("IsRequired").empty()) {
    json.member("isNullable", !says_true(field, "IsRequired"));
  }
  put_text(json, field, {"DefaultValue", "defaultValue"});
  put_text(json, field, {"Description", "description"});
  json.end_object();
  return {};
}

base::Status write_fields(JsonWriter& json, const XmlElement& object) {
  json.key("fields").begin_array();
  if (const XmlElement* fields = object.child("Fields")) {
    for (const XmlElement* field : fields->all("Field")) REKEY_CHECK(write_field(json, *field));
  }
  json.end_array();
  return {};
}

// The object as the REST call has it.
Result<JsonValue> as_json(const XmlElement& object) {
  JsonWriter json;
  json.begin_object();
  put_text(json, object, {"CustomerKey", "key"});
  put_text(json, object, {"Name", "name"});
  put_text(json, object, {"Description", "description"});
  REKEY_CHECK(put_number(json, object, {"CategoryID", "categoryId"}));
  put_truth(json, object, {"IsSendable", "isSendable"});
  if (const XmlElement* by = object.child("SendableDataExtensionField")) {
    put_text(json, *by, {"Name", "sendableCustomObjectField"});
  }
  if (const XmlElement* by = object.child("SendableSubscriberField")) {
    put_text(json, *by, {"Name", "sendableSubscriberField"});
  }
  REKEY_CHECK(write_fields(json, object));
  json.end_object();
  return net::parse_json(json.text());
}

Result<Definition> meant_definition(const WriteCall& call) {
  const std::string object_id = call.object.child_text("ObjectID");
  const std::string key = call.object.child_text("CustomerKey");
  if (object_id.empty() && key.empty()) {
    return fail(Code::kInvalidArgument, "CustomerKey or ObjectID is needed");
  }
  return data_extensions::load_definition(call.tables, call.caller.business_unit,
                                          object_id.empty() ? "key:" + key : object_id);
}

WriteAnswer create(const WriteCall& call) {
  REKEY_TRY(const JsonValue json, as_json(call.object));
  REKEY_TRY(Definition definition, data_extensions::read_new_definition(json, call.ids));
  definition.business_unit = call.caller.business_unit;
  definition.created_at = call.now;
  definition.changed_at = call.now;
  REKEY_TRY(definition, data_extensions::insert_definition(call.tables, std::move(definition)));
  return Written{"Data Extension created.", 0, definition.guid};
}

WriteAnswer update(const WriteCall& call) {
  REKEY_TRY(const JsonValue json, as_json(call.object));
  REKEY_TRY(Definition definition, meant_definition(call));
  REKEY_CHECK(data_extensions::read_facts(json, definition));
  REKEY_CHECK(data_extensions::change_fields(*json.find("fields"), call.ids, definition));
  definition.changed_at = call.now;
  REKEY_CHECK(data_extensions::save_with_fields(call.tables, definition));
  return Written{"Data Extension updated.", 0, definition.guid};
}

WriteAnswer remove(const WriteCall& call) {
  // That would mean these columns and not the whole.
  if (call.object.child("Fields") != nullptr) {
    return fail(Code::kUnsupported, "the columns of a data extension cannot be deleted here");
  }
  REKEY_TRY(const Definition definition, meant_definition(call));
  REKEY_CHECK(data_extensions::delete_definition(call.tables, definition));
  return Written{"Data Extension deleted.", 0, definition.guid};
}

WriteAnswer write(const WriteCall& call) {
  if (call.verb == WriteVerb::kDelete) return remove(call);
  if (call.verb == WriteVerb::kCreate && !call.upserts) return create(call);
  if (!call.upserts) return update(call);
  const auto existing = meant_definition(call);
  if (!existing && existing.error().code == Code::kNotFound) return create(call);
  return update(call);
}

void write_field_object(XmlWriter& xml, const Field& field) {
  xml.open("Field").nil("PartnerKey").element("ObjectID", field.guid).element("Name", field.name);
  xml.element("Scale", field.scale)
      .element("DefaultValue", std::string_view(field.default_value.value_or("")));
  if (field.type == data_extensions::FieldType::kText) xml.element("MaxLength", field.length);
  xml.truth("IsRequired", !field.is_nullable)
      .element("Ordinal", field.ordinal)
      .truth("IsPrimaryKey", field.is_primary_key)
      .element("FieldType", data_extensions::name_of(field.type))
      .close();
}

base::Status echo(XmlWriter& xml, const WriteCall& call, const Written* written) {
  const bool is_there = written != nullptr && call.verb != WriteVerb::kDelete;
  xml.nil("PartnerKey");
  if (!is_there) {
    if (written != nullptr) {
      xml.element("ObjectID", written->new_object_id);
    } else {
      xml.nil("ObjectID");
    }
    xml.element("CustomerKey", call.object.child_text("CustomerKey"));
    return {};
  }
  REKEY_TRY(const Definition definition,
            data_extensions::load_definition(call.tables, call.caller.business_unit,
                                             written->new_object_id));
  xml.element("ObjectID", definition.guid)
      .element("CustomerKey", definition.key)
      .element("Name", definition.name)
      .element("Description", definition.description)
      .truth("IsSendable", definition.is_sendable)
      .truth("IsTestable", false)
      .open("Fields");
  for (const Field& field : definition.fields) write_field_object(xml, field);
  xml.close().element("CategoryID", definition.category_id);
  return {};
}

}  // namespace

const WritableType& writable_data_extension() {
  static constexpr WritableType kType{
      "DataExtension", "data_extensions_write", {}, "CUD", write, echo};
  return kType;
}

}  // namespace rekey::engagement::soap
