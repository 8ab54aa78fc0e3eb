#include <fmt/format.h>

#include "engagement/data_extensions/row_list.h"
#include "engagement/soap/object_types.h"

namespace rekey::engagement::soap {

namespace {

using data_extensions::Definition;
using data_extensions::Field;

constexpr std::string_view kRead = "data_extensions_read";
constexpr std::string_view kWrite = "data_extensions_write";
// The folder of every data extension that names none: there is no other.
constexpr int kFolder = 2;

Property plain(std::string name, ValueKind kind, std::string sql, bool is_settable = false) {
  return {std::move(name), kind, std::move(sql), Presence::kAsked, {}, is_settable};
}
// What a nested object has without being asked.
Property nested_nil(std::string name) {
  return {std::move(name), ValueKind::kText, {}, Presence::kWithGroup, {}, false};
}

ObjectType data_extension() {
  ObjectType type;
  type.name = "DataExtension";
  type.read_scope = kRead;
  type.write_scope = kWrite;
  type.source = "data_extension d";
  type.condition = "d.business_unit = ?1";
  type.cursor = "d.id";
  type.properties =
      base_properties({"d.business_unit", "d.created_at", "d.changed_at", {}, "d.guid", "d.key"});
  const std::vector<Property> own = {
      plain("Name", ValueKind::kText, "d.name", true),
      plain("Description", ValueKind::kText, "d.description", true),
      plain("IsSendable", ValueKind::kBoolean, "d.is_sendable", true),
      plain("IsTestable", ValueKind::kBoolean, "0"),
      nested_nil("SendableDataExtensionField.PartnerKey"),
      nested_nil("SendableDataExtensionField.ObjectID"),
      plain("SendableDataExtensionField.Name", ValueKind::kText, "nullif(d.sendable_field, '')",
            true),
      plain("SendableSubscriberField.Name", ValueKind::kText, "nullif(d.subscriber_field, '')",
            true),
      plain("Template.PartnerKey", ValueKind::kText, {}),
      plain("Template.ObjectID", ValueKind::kText, {}),
      plain("Template.CustomerKey", ValueKind::kText, {}),
      plain("DataRetentionPeriodLength", ValueKind::kInteger, {}),
      plain("DataRetentionPeriodUnitOfMeasure", ValueKind::kInteger, {}),
      plain("RowBasedRetention", ValueKind::kBoolean, "0"),
      plain("ResetRetentionPeriodOnImport", ValueKind::kBoolean, "0"),
      plain("DeleteAtEndOfRetentionPeriod", ValueKind::kBoolean, "0"),
      plain("RetainUntil", ValueKind::kText, "''"),
      plain("DataRetentionPeriod", ValueKind::kText, {}),
      plain("CategoryID", ValueKind::kInteger,
            fmt::format("coalesce(nullif(d.category_id, 0), {})", kFolder), true),
      plain("Status", ValueKind::kText, {}),
  };
  type.properties.insert(type.properties.end(), own.begin(), own.end());
  return type;
}

ObjectType field() {
  ObjectType type;
  type.name = "DataExtensionField";
  type.read_scope = kRead;
  type.source = "data_extension_field f JOIN data_extension d ON d.id = f.data_extension_id";
  type.condition = "d.business_unit = ?1";
  type.cursor = "(f.data_extension_id * 1000000 + f.number)";
  type.properties = base_properties({"d.business_unit",
                                     "d.created_at",
                                     "d.changed_at",
                                     {},
                                     "f.guid",
                                     "'[' || d.key || '].[' || f.name || ']'"});
  const std::vector<Property> own = {
      plain("Name", ValueKind::kText, "f.name"),
      plain("Scale", ValueKind::kInteger, "f.scale"),
      plain("Description", ValueKind::kText, "f.description"),
      plain("DefaultValue", ValueKind::kText, "f.default_value"),
      plain("MaxLength", ValueKind::kInteger,
            "CASE f.type WHEN 'Text' THEN f.length WHEN 'Decimal' THEN f.length "
            "WHEN 'EmailAddress' THEN 254 WHEN 'Phone' THEN 50 WHEN 'Locale' THEN 8 END"),
      plain("IsRequired", ValueKind::kBoolean, "1 - f.is_nullable"),
      plain("Ordinal", ValueKind::kInteger, "f.ordinal"),
      plain("IsPrimaryKey", ValueKind::kBoolean, "f.is_primary_key"),
      plain("FieldType", ValueKind::kText, "f.type"),
      nested_nil("DataExtension.PartnerKey"),
      {"DataExtension.ObjectID", ValueKind::kText, "d.guid", Presence::kWithGroup, {}, false},
      plain("DataExtension.CustomerKey", ValueKind::kText, "d.key"),
      plain("DataExtension.Name", ValueKind::kText, "d.name"),
      plain("StorageType", ValueKind::kText, "'Plain'"),
  };
  type.properties.insert(type.properties.end(), own.begin(), own.end());
  return type;
}

ObjectType folder() {
  ObjectType type;
  type.name = "DataFolder";
  type.read_scope = kRead;
  type.source = fmt::format("(SELECT {} AS id) f", kFolder);
  type.condition = "?1 > 0";
  type.cursor = "f.id";
  type.properties = base_properties({"?1", {}, {}, "f.id", {}, "'dataextension_default'"});
  const std::vector<Property> own = {
      nested_nil("ParentFolder.PartnerKey"),
      plain("ParentFolder.ID", ValueKind::kInteger, "0"),
      nested_nil("ParentFolder.ObjectID"),
      plain("ParentFolder.CustomerKey", ValueKind::kText, {}),
      plain("ParentFolder.Name", ValueKind::kText, {}),
      plain("Name", ValueKind::kText, "'Data Extensions'"),
      plain("Description", ValueKind::kText, "''"),
      plain("ContentType", ValueKind::kText, "'dataextension'"),
      plain("IsActive", ValueKind::kBoolean, "1"),
      plain("IsEditable", ValueKind::kBoolean, "0"),
      plain("AllowChildren", ValueKind::kBoolean, "0"),
  };
  type.properties.insert(type.properties.end(), own.begin(), own.end());
  return type;
}

// There are none; mcdev asks.
ObjectType data_extension_template() {
  ObjectType type;
  type.name = "DataExtensionTemplate";
  type.read_scope = kRead;
  type.source = "(SELECT 1 AS id) t";
  type.condition = "?1 < 0";
  type.cursor = "t.id";
  type.properties = base_properties({});
  for (const char* name :
       {"Name", "Description", "IsSendable", "IsTestable", "SendableCustomObjectField",
        "SendableSubscriberField", "DataRetentionPeriodLength", "DataRetentionPeriodUnitOfMeasure",
        "RowBasedRetention", "ResetRetentionPeriodOnImport", "DeleteAtEndOfRetentionPeriod",
        "RetainUntil"}) {
    type.properties.push_back(plain(name, ValueKind::kText, {}));
  }
  return type;
}

}  // namespace

const std::vector<ObjectType>& data_extension_types() {
  static const std::vector<ObjectType> kTypes = {data_extension(), field(), folder(),
                                                 data_extension_template()};
  return kTypes;
}

ObjectType row_type(const Definition& definition) {
  ObjectType type;
  type.name = kRowType;
  type.read_scope = kRead;
  type.write_scope = kWrite;
  type.source = "data_extension_row r";
  type.condition = fmt::format("?1 > 0 AND r.store = {}", definition.store);
  type.cursor = "r.row_key";
  type.has_text_cursor = true;
  for (const ListColumn& one : data_extensions::row_columns(definition)) {
    type.properties.push_back(plain(one.name, one.kind, one.sql, true));
  }
  if (definition.primary_key().size() == 1) {
    type.key_property = definition.primary_key().front()->name;
    type.cursor_of = [definition](const std::string& value) -> std::optional<std::string> {
      const Field& key = *definition.primary_key().front();
      auto canonical = data_extensions::canonical(key, value);
      if (!canonical) return std::nullopt;
      return data_extensions::key_of(definition, {{key.number, *std::move(canonical)}});
    };
  }
  return type;
}

}  // namespace rekey::engagement::soap
