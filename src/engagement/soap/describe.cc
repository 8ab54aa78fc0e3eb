#include "engagement/soap/describe.h"

#include <fmt/format.h>

#include "engagement/soap/envelope.h"
#include "engagement/soap/object_types.h"
#include "engagement/soap/xml_writer.h"

namespace rekey::engagement::soap {

namespace {

std::string_view data_type_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::kInteger:
    case ValueKind::kIntegerText:
      return "Int32";
    case ValueKind::kDecimalText:
      return "Decimal";
    case ValueKind::kInstant:
    case ValueKind::kDateText:
      return "DateTime";
    case ValueKind::kBoolean:
    case ValueKind::kBooleanText:
      return "Boolean";
    case ValueKind::kPairs:
      return "Attribute[]";
    case ValueKind::kText:
      break;
  }
  return "String";
}

void write_property(XmlWriter& xml, const Property& property) {
  const bool has_value = !property.sql.empty();
  xml.open("Properties")
      .nil("PartnerKey")
      .nil("ObjectID")
      .element("Name", property.name)
      .element("DataType", data_type_of(property.kind))
      .truth("IsCreatable", property.is_settable)
      .truth("IsUpdatable", property.is_settable)
      .truth("IsRetrievable", has_value)
      .truth("IsFilterable", has_value && property.kind != ValueKind::kPairs)
      .truth("IsRequired", false)
      .close();
}

void write_type(XmlWriter& xml, const ObjectType& type) {
  const bool can_be_written = !type.write_scope.empty();
  xml.open("ObjectDefinition")
      .element("ObjectType", type.name)
      .truth("IsCreatable", can_be_written)
      .truth("IsUpdatable", can_be_written)
      .truth("IsRetrievable", true);
  for (const Property& property : type.properties) write_property(xml, property);
  xml.close();
}

}  // namespace

VerbAnswer describe(const VerbCall& call) {
  XmlWriter xml;
  xml.open("DefinitionResponseMsg", fmt::format(" xmlns=\"{}\"", kPartnerSpace));
  if (const XmlElement* list = call.request.child("DescribeRequests")) {
    for (const XmlElement* one : list->all("ObjectDefinitionRequest")) {
      const ObjectType* type = find_type(one->child_text("ObjectType"));
      if (type != nullptr) write_type(xml, *type);
    }
  }
  return xml.element("RequestID", call.tools.ids.guid()).close().release();
}

}  // namespace rekey::engagement::soap
