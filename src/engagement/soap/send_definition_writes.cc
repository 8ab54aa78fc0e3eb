// TriggeredSendDefinition: the send definitions of REST.
//
// One that is made without a status is inactive: as with the original, it sends when it was
// started. What the definitions here have no place for (FromName, EmailSubject, send windows) is
// passed over.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engagement/assets/asset.h"
#include "engagement/contacts/list.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/sends/definition_change.h"
#include "engagement/soap/list_lookup.h"
#include "engagement/soap/send_lookup.h"
#include "engagement/soap/write_call.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;
using base::fail;
using base::Result;
using sends::DefinitionStatus;
using sends::SendDefinition;

constexpr std::size_t kLongestDescription = 500;

// Each of these gives what the element says, or what there is where it is absent.
std::string text_over(std::string present, const XmlElement& object, std::string_view name) {
  return object.child(name) == nullptr ? std::move(present) : object.child_text(name);
}

bool truth_over(bool present, const XmlElement& object, std::string_view name) {
  return object.child_text(name).empty() ? present : says_true(object, name);
}

// One address or several.
std::vector<std::string> addresses_over(std::vector<std::string> present, const XmlElement& object,
                                        std::string_view name) {
  if (object.child(name) == nullptr) return present;
  std::vector<std::string> addresses;
  std::string one;
  for (const char c : object.child_text(name) + ";") {
    if (c != ';' && c != ',' && c != ' ') {
      one += c;
    } else if (!one.empty()) {
      addresses.push_back(std::exchange(one, {}));
    }
  }
  return addresses;
}

// The key of the asset that Email names by its CustomerKey or its ID.
Result<std::string> read_email(const WriteCall& call, const XmlElement& email) {
  const std::int64_t unit = call.caller.business_unit;
  std::optional<assets::Asset> asset;
  if (const std::string key = email.child_text("CustomerKey"); !key.empty()) {
    REKEY_TRY(asset, assets::find_asset(call.tables, unit, key));
  } else {
    REKEY_TRY(const std::int64_t id, whole_number(email, "ID"));
    REKEY_TRY(asset, assets::find_asset(call.tables, unit, id));
  }
  if (asset) return asset->key;
  return fail(Code::kInvalidArgument,
              "Email names no asset of this business unit: give its CustomerKey, or its ID");
}

Result<std::string> read_list(const WriteCall& call, const XmlElement& named) {
  if (is_all_subscribers(named)) return std::string("All Subscribers");
  REKEY_TRY(const auto list, find_own_list(call.tables, call.caller.business_unit, named));
  if (list) return list->key;
  return fail(Code::kInvalidArgument, "List names no list of this business unit");
}

Result<std::string> read_data_extension(const WriteCall& call, const XmlElement& named) {
  const std::string key = named.child_text("CustomerKey");
  if (key.empty()) return key;
  const auto target =
      data_extensions::load_definition(call.tables, call.caller.business_unit, "key:" + key);
  if (target) return target->key;
  if (target.error().code != Code::kNotFound) return tl::unexpected<base::Error>(target.error());
  return fail(Code::kInvalidArgument,
              "SendSourceDataExtension names no data extension of this business unit");
}

Result<DefinitionStatus> read_status(const std::string& text) {
  if (text == "New" || text == "Canceled") return DefinitionStatus::kInactive;
  const auto status = sends::parse_definition_status(text);
  if (status && *status != DefinitionStatus::kDeleted) return *status;
  return fail(Code::kInvalidArgument, "TriggeredSendStatus is Active or Inactive");
}

Result<SendDefinition> named_over(SendDefinition definition, const WriteCall& call) {
  const XmlElement& object = call.object;
  if (const XmlElement* email = object.child("Email")) {
    REKEY_TRY(definition.content_key, read_email(call, *email));
  }
  if (const XmlElement* list = object.child("List")) {
    REKEY_TRY(definition.list, read_list(call, *list));
  }
  if (const XmlElement* target = object.child("SendSourceDataExtension")) {
    REKEY_TRY(definition.data_extension, read_data_extension(call, *target));
  }
  if (const XmlElement* named = object.child("SendClassification")) {
    const std::string key = named->child_text("CustomerKey");
    if (!key.empty()) definition.classification = key;
  }
  return definition;
}

// What is given, over what there is.
Result<SendDefinition> object_over(SendDefinition present, const WriteCall& call) {
  const XmlElement& object = call.object;
  SendDefinition made = present;
  made.name = text_over(present.name, object, "Name");
  REKEY_CHECK(check_name("Name", made.name, sends::kLongestDefinitionName));
  made.description = text_over(present.description, object, "Description");
  if (character_count(made.description) > kLongestDescription) {
    return fail(Code::kInvalidArgument, "Description has at most 500 characters");
  }
  if (const std::string text = object.child_text("TriggeredSendStatus"); !text.empty()) {
    REKEY_TRY(made.status, read_status(text));
  }
  made.adds_subscribers = truth_over(present.adds_subscribers, object, "AutoAddSubscribers");
  made.updates_subscribers =
      truth_over(present.updates_subscribers, object, "AutoUpdateSubscribers");
  made.tracks_links = !truth_over(!present.tracks_links, object, "SuppressTracking");
  made.copies_to = addresses_over(present.copies_to, object, "CCEmail");
  made.hidden_copies_to = addresses_over(present.hidden_copies_to, object, "BccEmail");
  return named_over(std::move(made), call);
}

base::Status check(const WriteCall& call, const SendDefinition& definition) {
  if (definition.content_key.empty()) {
    return fail(Code::kInvalidArgument, "Email is missing: the asset that says what is sent");
  }
  REKEY_CHECK(check_name("CustomerKey", definition.key, sends::kLongestDefinitionKey));
  REKEY_TRY(const auto fault, sends::check_definition(call.tables, definition));
  if (!fault) return {};
  return fail(Code::kInvalidArgument, fault->sentence);
}

// Where a key or name is taken.
WriteError said_of(const base::Error& error) {
  if (error.code != Code::kAlreadyExists) return WriteError(error);
  return WriteError(kUnexpectedError, Code::kAlreadyExists,
                    "this business unit has a TriggeredSendDefinition with that CustomerKey or "
                    "Name");
}

WriteAnswer create(const WriteCall& call) {
  SendDefinition definition;
  definition.business_unit = call.caller.business_unit;
  definition.guid = call.ids.guid();
  definition.key = call.object.child_text("CustomerKey");
  if (definition.key.empty()) definition.key = call.ids.guid();
  definition.list = "All Subscribers";
  definition.status = DefinitionStatus::kInactive;
  definition.created_at = call.now;
  definition.changed_at = call.now;
  REKEY_TRY(definition, object_over(std::move(definition), call));
  REKEY_CHECK(check(call, definition));
  if (const auto made = sends::insert_send_definition(call.tables, definition); !made) {
    return tl::unexpected<WriteError>(said_of(made.error()));
  }
  return Written{"TriggeredSendDefinition created", 0, definition.guid, {}, definition.key};
}

WriteAnswer change(const WriteCall& call) {
  auto definition = meant_send_definition(call, call.object);
  const bool is_new = !definition && definition.error().code == Code::kNotFound;
  if (is_new && call.upserts) return create(call);
  if (!definition) return tl::unexpected<WriteError>(WriteError(definition.error()));
  REKEY_TRY(*definition, object_over(*std::move(definition), call));
  REKEY_CHECK(check(call, *definition));
  definition->changed_at = call.now;
  if (const auto saved = sends::save_send_definition(call.tables, *definition); !saved) {
    return tl::unexpected<WriteError>(said_of(saved.error()));
  }
  return Written{"TriggeredSendDefinition updated", 0, definition->guid, {}, definition->key};
}

WriteAnswer remove(const WriteCall& call) {
  REKEY_TRY(const SendDefinition definition, meant_send_definition(call, call.object));
  REKEY_CHECK(sends::delete_send_definition(call.tables, definition, call.now));
  return Written{"TriggeredSendDefinition deleted", 0, definition.guid, {}, definition.key};
}

WriteAnswer write(const WriteCall& call) {
  if (call.verb == WriteVerb::kDelete) return remove(call);
  if (call.verb == WriteVerb::kUpdate) return change(call);
  const bool names_one =
      !call.object.child_text("CustomerKey").empty() || !call.object.child_text("ObjectID").empty();
  return call.upserts && names_one ? change(call) : create(call);
}

base::Status echo(XmlWriter& xml, const WriteCall& call, const Written* written) {
  xml.nil("PartnerKey");
  if (written != nullptr) {
    xml.element("ObjectID", written->new_object_id).element("CustomerKey", written->key);
  } else {
    xml.nil("ObjectID").element("CustomerKey", call.object.child_text("CustomerKey"));
  }
  const std::string name = call.object.child_text("Name");
  if (!name.empty()) xml.element("Name", name);
  return {};
}

}  // namespace

Result<SendDefinition> meant_send_definition(const WriteCall& call, const XmlElement& named) {
  const std::string key = named.child_text("CustomerKey");
  const std::string id = named.child_text("ObjectID");
  if (key.empty() && id.empty()) {
    return fail(Code::kInvalidArgument,
                "CustomerKey or ObjectID of the TriggeredSendDefinition is needed");
  }
  return sends::load_referred_definition(call.tables, call.caller.business_unit,
                                         key.empty() ? "id:" + id : "key:" + key);
}

const WritableType& writable_send_definition() {
  static constexpr WritableType kType{
      "TriggeredSendDefinition", "email_write", {}, "CUD", write, echo};
  return kType;
}

}  // namespace rekey::engagement::soap
