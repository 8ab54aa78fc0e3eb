#include <fmt/format.h>

#include "engagement/soap/object_types.h"

namespace rekey::engagement::soap {

namespace {

Property plain(std::string name, ValueKind kind, std::string sql, bool is_settable = false) {
  return {std::move(name), kind, std::move(sql), Presence::kAsked, {}, is_settable};
}
Property nested_nil(std::string name) {
  return {std::move(name), ValueKind::kText, {}, Presence::kWithGroup, {}, false};
}

// The asset that says what is sent.
constexpr std::string_view kEmailId =
    "SELECT a.id FROM asset a WHERE a.business_unit = d.business_unit AND a.key = d.content_key";
// All Subscribers where it names none that was made.
constexpr std::string_view kListId =
    "coalesce((SELECT l.id FROM subscriber_list l WHERE l.business_unit = d.business_unit "
    "AND l.key = d.list), 1)";

// As they are given: one behind the other.
std::string addresses(std::string_view column) {
  return fmt::format("nullif(replace({}, ' ', ';'), '')", column);
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
      plain("SendClassification.CustomerKey", ValueKind::kText, "d.classification", true),
      plain("SenderProfile.CustomerKey", ValueKind::kText, {}),
      plain("FromName", ValueKind::kText, {}),
      plain("FromAddress", ValueKind::kText, {}),
      plain("DeliveryProfile.CustomerKey", ValueKind::kText, {}),
      plain("SuppressTracking", ValueKind::kBoolean, "1 - d.tracks_links", true),
      plain("IsSendLogging", ValueKind::kBoolean, "d.data_extension <> ''"),
      plain("TriggeredSendType", ValueKind::kText, "'Continuous'"),
      plain("TriggeredSendStatus", ValueKind::kText, "d.status", true),
      nested_nil("Email.PartnerKey"),
      plain("Email.ID", ValueKind::kInteger, std::string(kEmailId), true),
      nested_nil("Email.ObjectID"),
      plain("Email.CustomerKey", ValueKind::kText, "d.content_key", true),
      nested_nil("List.PartnerKey"),
      plain("List.ID", ValueKind::kInteger, std::string(kListId), true),
      nested_nil("List.ObjectID"),
      plain("AutoAddSubscribers", ValueKind::kBoolean, "d.adds_subscribers", true),
      plain("AutoUpdateSubscribers", ValueKind::kBoolean, "d.updates_subscribers", true),
      plain("BatchInterval", ValueKind::kInteger, "0"),
      plain("BccEmail", ValueKind::kText, addresses("d.hidden_copies_to"), true),
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
      plain("CCEmail", ValueKind::kText, addresses("d.copies_to"), true),
      plain("SendSourceDataExtension.CustomerKey", ValueKind::kText, "nullif(d.data_extension, '')",
            true),
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
