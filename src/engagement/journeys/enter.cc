#include "engagement/journeys/enter.h"

#include "base/text.h"
#include "engagement/contacts/contact.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/journeys/member.h"
#include "engagement/journeys/plan.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::Result;
using data_extensions::Columns;
using data_extensions::Definition;
using data_extensions::Faults;
using storage::Connection;

bool is_contact_column(const Definition& target, std::string_view column) {
  for (const std::string_view name : {"ContactKey", "SubscriberKey", "_SubscriberKey"}) {
    if (base::equal_ignoring_case(name, column)) return true;
  }
  return target.is_sendable && base::equal_ignoring_case(target.sendable_field, column);
}

// What the data extension has columns for; the contact's key where the event does not give it.
Columns columns_of(const Definition& target, const Event& event) {
  Columns columns;
  for (const data_extensions::Field& field : target.fields) {
    bool is_given = false;
    for (const auto& [name, value] : event.data) {
      if (!base::equal_ignoring_case(name, field.name)) continue;
      columns.push_back({field.name, value});
      is_given = true;
    }
    if (!is_given && is_contact_column(target, field.name)) {
      columns.push_back({field.name, event.contact_key});
    }
  }
  return columns;
}

Result<Faults> keep_data(Connection& tables, const EventDefinition& definition,
                         const Event& event) {
  if (definition.data_extension.empty()) return Faults{};
  auto target =
      data_extensions::load_definition(tables, definition.business_unit, definition.data_extension);
  if (!target && target.error().code == Code::kNotFound) {
    return Faults{"the data extension of the event definition is gone"};
  }
  if (!target) return tl::unexpected<base::Error>(target.error());
  const auto mode = target->primary_key().empty() ? data_extensions::Mode::kInsert
                                                  : data_extensions::Mode::kUpsert;
  data_extensions::RowWriter writer(tables, *target);
  REKEY_TRY(Faults faults, writer.put(columns_of(*target, event), mode));
  if (faults.empty()) REKEY_CHECK(writer.finish());
  return faults;
}

// Why the contact is not let in; empty where it is.
Result<std::string_view> refusal_of(Connection& tables, const JourneyVersion& version,
                                    const Plan& plan, const Event& event, std::int64_t contact_id) {
  if (version.status == JourneyStatus::kPaused && version.pause && !version.pause->keeps_entries) {
    return kIsPaused;
  }
  if (plan.entry) {
    REKEY_TRY(const auto attributes, contacts::load_attributes(tables, contact_id));
    const Names names(event.contact_key, event.data, attributes);
    const auto find = [&](std::string_view name) { return names.find(name); };
    if (!holds(*plan.entry, find)) return kNotAdmitted;
  }
  if (version.entry_mode == kMultipleEntries) return std::string_view{};
  REKEY_TRY(const Membership before, membership_in(tables, version, event.contact_key));
  if (version.entry_mode == kOnceAndDone && before.was_in) return kWasIn;
  return before.is_in ? kAlreadyIn : std::string_view{};
}

base::Status let_in(Connection& tables, const Ids& ids, const JourneyVersion& version,
                    const Event& event, std::int64_t contact_id) {
  REKEY_TRY(const net::JsonValue document, net::parse_json(version.document));
  const PlanRead read = read_plan(document);
  Member member;
  member.guid = ids.guid();
  member.version_id = version.id;
  member.business_unit = version.business_unit;
  member.contact_key = event.contact_key;
  member.event_guid = event.guid;
  member.data = event.data;
  member.step = read.plan.first;
  member.due_at = event.at;
  member.entered_at = event.at;
  Step entry;
  entry.name = version.event_key;
  entry.type = "StartInteraction";
  REKEY_TRY(const std::string_view refusal,
            refusal_of(tables, version, read.plan, event, contact_id));
  if (!refusal.empty()) return record_history(tables, member, &entry, refusal, {}, event.at);
  REKEY_TRY(member.id, insert_member(tables, member));
  return record_history(tables, member, &entry, kComplete, {}, event.at);
}

}  // namespace

Result<Faults> enter(Connection& tables, const Ids& ids, const EventDefinition& definition,
                     const Event& event) {
  REKEY_TRY(auto contact,
            contacts::find_contact(tables, definition.business_unit, event.contact_key));
  if (!contact) {
    contact = contacts::Contact{0, definition.business_unit, event.contact_key, event.at};
    REKEY_TRY(contact->id, contacts::insert_contact(tables, *contact));
  }
  REKEY_TRY(Faults faults, keep_data(tables, definition, event));
  if (!faults.empty()) return faults;
  REKEY_TRY(const auto versions,
            versions_started_by(tables, definition.business_unit, definition.key));
  for (const JourneyVersion& version : versions) {
    REKEY_CHECK(let_in(tables, ids, version, event, contact->id));
  }
  return Faults{};
}

}  // namespace rekey::engagement::journeys
