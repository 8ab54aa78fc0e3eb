#include "engagement/soap/object_types.h"

namespace rekey::engagement::soap {

namespace {

Property plain(std::string name, ValueKind kind, std::string sql, bool is_settable = false) {
  return {std::move(name), kind, std::move(sql), Presence::kAsked, {}, is_settable};
}
Property nested_nil(std::string name) {
  return {std::move(name), ValueKind::kText, {}, Presence::kWithGroup, {}, false};
}

ObjectType definition() {
  ObjectType type;
  type.name = "TriggeredSendDefinition";
  type.read_scope = "email_read";
  type.write_scope = "email_write";
  type.source = "send_definition d";
  type.condition = "d.business_unit = ?1";
  type.cursor = "d.id";
  type.properties =
      base_properties({"d.business_unit", "d.created_at", "d.changed_at", {}, "d.guid", "d.key"});
  const std::vector<Property> own = {
      plain("Name", ValueKind::kText, "d.name", true),
      plain("Description", ValueKind::kText, "d.description", true),
      plain("Keyword", ValueKind::kText, {}),
      plain("InteractionObjectID", ValueKind::kText, {}),
      plain("CategoryID", ValueKind::kInteger, {}),
      nested_nil("SendClassification.PartnerKey"),
      nested_nil("SendClassification.ObjectID"),
      plain("SendClassification.CustomerKey", ValueKind::kText, "d.classification"),
      plain("SenderProfile.CustomerKey", ValueKind::kText, {}),
      plain("FromName", ValueKind::kText, {}),
      plain("FromAddress", ValueKind::kText, {}),
      plain("DeliveryProfile.CustomerKey", ValueKind::kText, {}),
      plain("SuppressTracking", ValueKind::kBoolean, "1 - d.tracks_links"),
      plain("IsSendLogging", ValueKind::kBoolean, "d.data_extension <> ''"),
      plain("TriggeredSendType", ValueKind::kText, "'Continuous'"),
      plain("TriggeredSendStatus", ValueKind::kText, "d.status", true),
      nested_nil("Email.PartnerKey"),
      plain("Email.ID", ValueKind::kInteger, "d.id"),
      nested_nil("Email.ObjectID"),
      plain("Email.CustomerKey", ValueKind::kText, "d.content_key"),
      nested_nil("List.PartnerKey"),
      plain("List.ID", ValueKind::kInteger, "1"),
      nested_nil("List.ObjectID"),
      plain("AutoAddSubscribers", ValueKind::kBoolean, "d.adds_subscribers"),
      plain("AutoUpdateSubscribers", ValueKind::kBoolean, "d.updates_subscribers"),
      plain("BatchInterval", ValueKind::kInteger, "0"),
      plain("BccEmail", ValueKind::kText, {}),
      plain("EmailSubject", ValueKind::kText, {}),
      plain("DynamicEmailSubject", ValueKind::kText, {}),
      plain("IsMultipart", ValueKind::kBoolean, "1"),
      plain("IsWrapped", ValueKind::kBoolean, "1"),
      plain("AllowedSlots", ValueKind::kInteger, {}),
      plain("NewSlotTrigger", ValueKind::kInteger, {}),
      plain("SendLimit", ValueKind::kInteger, {}),
      plain("SendWindowOpen", ValueKind::kText, {}),
      plain("SendWindowClose", ValueKind::kText, {}),
      plain("SendWindowDelete", ValueKind::kBoolean, {}),
      plain("RefreshContent", ValueKind::kBoolean, {}),
      plain("ExclusionFilter", ValueKind::kText, {}),
      plain("Priority", ValueKind::kText, "'4'"),
      plain("SendSourceCustomerKey", ValueKind::kText, {}),
      plain("CCEmail", ValueKind::kText, {}),
      plain("SendSourceDataExtension.CustomerKey", ValueKind::kText,
            "nullif(d.data_extension, '')"),
      plain("IsAlwaysOn", ValueKind::kBoolean, {}),
      plain("DisableOnEmailBuildError", ValueKind::kBoolean, {}),
      plain("PreHeader", ValueKind::kText, {}),
      plain("ReplyToAddress", ValueKind::kText, {}),
      plain("ReplyToDisplayName", ValueKind::kText, {}),
  };
  type.properties.insert(type.properties.end(), own.begin(), own.end());
  return type;
}

}  // namespace

const std::vector<ObjectType>& send_types() {
  static const std::vector<ObjectType> kTypes = {definition()};
  return kTypes;
}

}  // namespace rekey::engagement::soap
