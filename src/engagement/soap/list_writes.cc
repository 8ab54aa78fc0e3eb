// Lists: made, changed and deleted. Who is on one is said with the subscriber.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "engagement/contacts/list.h"
#include "engagement/sends/send_definition.h"
#include "engagement/soap/list_lookup.h"
#include "engagement/soap/write_call.h"
#include "engagement/text_rules.h"
#include "storage/select.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;
using base::Result;
using contacts::List;

constexpr std::size_t kLongestKey = 100;
constexpr std::size_t kLongestName = 50;
constexpr std::size_t kLongestDescription = 500;
constexpr std::array<std::string_view, 2> kTypes{"Public", "Private"};
constexpr std::array<std::string_view, 3> kClassifications{"ExactTargetList", "PublicationList",
                                                           "SuppressionList"};

// The element's text, where it is given and one of those words; what there is where it is not.
Result<std::string> word_over(std::string present, const XmlElement& object, std::string_view name,
                              std::span<const std::string_view> words) {
  std::string given = object.child_text(name);
  if (given.empty()) return present;
  if (std::find(words.begin(), words.end(), given) == words.end()) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{} takes {}", name, fmt::join(words, " or ")));
  }
  return given;
}

// What is given, over what there is.
Result<List> facts_over(List list, const XmlElement& object) {
  if (object.child("ListName") != nullptr) list.name = object.child_text("ListName");
  REKEY_CHECK(check_name("ListName", list.name, kLongestName));
  if (object.child("Description") != nullptr) list.description = object.child_text("Description");
  if (character_count(list.description) > kLongestDescription) {
    return base::fail(Code::kInvalidArgument, "Description has at most 500 characters");
  }
  REKEY_TRY(list.type, word_over(std::move(list.type), object, "Type", kTypes));
  REKEY_TRY(list.classification, word_over(std::move(list.classification), object,
                                           "ListClassification", kClassifications));
  if (!object.child_text("Category").empty()) {
    REKEY_TRY(list.category, whole_number(object, "Category"));
  }
  return list;
}

constexpr std::string_view kTaken =
    "this business unit has a list with that CustomerKey or ListName";

WriteAnswer create(const WriteCall& call) {
  List list;
  list.business_unit = call.caller.business_unit;
  list.guid = call.ids.guid();
  list.key = call.object.child_text("CustomerKey");
  if (list.key.empty()) list.key = call.ids.guid();
  REKEY_CHECK(check_name("CustomerKey", list.key, kLongestKey));
  if (is_all_subscribers(call.object)) {
    return base::fail(Code::kAlreadyExists, no_such_list(call.object));
  }
  list.created_at = call.now;
  list.changed_at = call.now;
  REKEY_TRY(list, facts_over(std::move(list), call.object));
  REKEY_TRY(list.id, storage::say_taken(contacts::insert_list(call.tables, list), kTaken));
  return Written{"Created List.", list.id, list.guid, {}, list.key};
}

WriteAnswer change(const WriteCall& call) {
  REKEY_TRY(auto list, find_own_list(call.tables, call.caller.business_unit, call.object));
  if (!list && call.upserts) return create(call);
  if (!list) return base::fail(Code::kNotFound, no_such_list(call.object));
  REKEY_TRY(*list, facts_over(*std::move(list), call.object));
  list->changed_at = call.now;
  REKEY_CHECK(storage::say_taken(contacts::save_list(call.tables, *list), kTaken));
  return Written{"Updated List.", list->id, list->guid, {}, list->key};
}

WriteAnswer remove(const WriteCall& call) {
  REKEY_TRY(const auto list, find_own_list(call.tables, call.caller.business_unit, call.object));
  if (!list) return base::fail(Code::kNotFound, no_such_list(call.object));
  REKEY_TRY(const auto definition,
            sends::find_definition_of_list(call.tables, call.caller.business_unit, list->key));
  if (definition) {
    return base::fail(Code::kConflict,
                      fmt::format("the send definition {} sends to this list: it would send to "
                                  "everybody then; give it another list, or delete it, first",
                                  *definition));
  }
  REKEY_CHECK(contacts::delete_list(call.tables, *list));
  return Written{"List deleted", list->id, list->guid, {}, list->key};
}

WriteAnswer write(const WriteCall& call) {
  switch (call.verb) {
    case WriteVerb::kUpdate:
      return change(call);
    case WriteVerb::kDelete:
      return remove(call);
    case WriteVerb::kCreate:
      break;
  }
  const bool names_one = !call.object.child_text("CustomerKey").empty() ||
                         !call.object.child_text("ID").empty() ||
                         !call.object.child_text("ObjectID").empty();
  return call.upserts && names_one ? change(call) : create(call);
}

base::Status echo(XmlWriter& xml, const WriteCall& call, const Written* written) {
  xml.nil("PartnerKey");
  if (written != nullptr) {
    xml.element("ID", written->new_id)
        .element("ObjectID", written->new_object_id)
        .element("CustomerKey", written->key);
  } else {
    xml.nil("ObjectID");
  }
  const std::string name = call.object.child_text("ListName");
  if (!name.empty()) xml.element("ListName", name);
  return {};
}

}  // namespace

const WritableType& writable_list() {
  static constexpr WritableType kType{"List", "list_and_subscribers_write", {}, "CUD", write, echo};
  return kType;
}

}  // namespace rekey::engagement::soap
