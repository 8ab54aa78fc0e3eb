#include "engagement/sandbox/seed_journey.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engagement/analytics/campaign.h"
#include "engagement/journeys/documents.h"
#include "engagement/journeys/event_definition.h"
#include "engagement/journeys/member.h"
#include "engagement/journeys/plan.h"
#include "storage/select.h"

namespace rekey::engagement::sandbox {

namespace {

using base::Result;
using journeys::Member;
using storage::Connection;

constexpr std::string_view kEventKey = "customer-registered";
constexpr std::string_view kJourneyKey = "welcome-journey";
constexpr base::Duration kWait = base::Days{3};

constexpr std::string_view kEventDocument = R"({"type":"APIEvent","mode":"Production",
"description":"Somebody has just registered","category":"Event","isVisibleInPicker":true})";
constexpr std::string_view kDocument =
    R"({"description":"Greets who has just registered",
"workflowApiVersion":1.0,
"triggers":[{"key":"TRIGGER","name":"TRIGGER","type":"APIEvent",
  "eventDefinitionKey":"customer-registered","outcomes":[],"arguments":{},
  "configurationArguments":{},"metaData":{"eventDefinitionKey":"customer-registered"}}],
"goals":[],
"activities":[
 {"key":"EMAILV2-1","name":"Welcome","type":"EMAILV2","arguments":{},
  "configurationArguments":{"triggeredSend":{"key":"welcome"}},
  "outcomes":[{"key":"email-1","next":"WAITBYDURATION-1"}]},
 {"key":"WAITBYDURATION-1","name":"Three days","type":"WAIT","arguments":{},
  "configurationArguments":{"waitDuration":3,"waitUnit":"DAYS"},
  "outcomes":[{"key":"wait-1","next":"MULTICRITERIADECISION-1"}]},
 {"key":"MULTICRITERIADECISION-1","name":"In the shop or online","type":"MULTICRITERIADECISION",
  "arguments":{},"configurationArguments":{"criteria":{"in-the-shop":
  "<FilterDefinition><ConditionSet Operator=\"AND\">)"
    R"(<Condition Key=\"Event.customer-registered.Source\" Operator=\"Equal\">)"
    R"(<Value><![CDATA[shop]]></Value></Condition></ConditionSet></FilterDefinition>"}},
  "outcomes":[{"key":"in-the-shop","next":"UPDATECONTACTDATA-1"},
              {"key":"remainder_path","next":""}]},
 {"key":"UPDATECONTACTDATA-1","name":"Known in the shop","type":"UPDATECONTACTDATA",
  "configurationArguments":{},"arguments":{"activityData":{"updateContactFields":[
  {"attributeSet":"Email Demographics","field":"Source","value":"shop"}]}},
  "outcomes":[{"key":"update-1","next":""}]}],
"defaults":{"email":["{{Contact.Default.Email}}"]}})";

base::Status seed_event(Connection& tables, std::int64_t business_unit, const Ids& ids,
                        base::Instant now) {
  REKEY_TRY(auto found, journeys::find_event_definition(tables, business_unit, kEventKey));
  journeys::EventDefinition definition = found.value_or(journeys::EventDefinition{});
  definition.business_unit = business_unit;
  definition.key = kEventKey;
  definition.name = "Customer registered";
  definition.document = kEventDocument;
  definition.changed_at = now;
  if (found) return journeys::save_event_definition(tables, definition);
  definition.guid = ids.guid();
  definition.created_at = now;
  REKEY_CHECK(journeys::insert_event_definition(tables, definition));
  return {};
}

base::Status remove_journey(Connection& tables, std::int64_t business_unit) {
  REKEY_TRY(const auto newest, journeys::find_newest_version(tables, business_unit, kJourneyKey));
  if (!newest) return {};
  REKEY_TRY(const auto versions, journeys::versions_of(tables, newest->journey_id));
  for (const auto& version : versions) REKEY_CHECK(journeys::delete_version(tables, version));
  return {};
}

Result<journeys::JourneyVersion> make_journey(Connection& tables, std::int64_t business_unit,
                                              const Ids& ids, base::Instant now) {
  REKEY_CHECK(remove_journey(tables, business_unit));
  REKEY_TRY(const net::JsonValue document, net::parse_json(kDocument));
  journeys::JourneyVersion version;
  version.business_unit = business_unit;
  version.journey_guid = ids.guid();
  version.guid = ids.guid();
  version.key = kJourneyKey;
  version.name = "Welcome journey";
  version.document = journeys::document_of(document, {}, {}, ids);
  version.entry_mode = journeys::kSingleEntry;
  version.event_key = kEventKey;
  version.created_at = now - base::Days{31};
  version.changed_at = version.created_at;
  version.status = journeys::JourneyStatus::kPublished;
  version.published_at = now - base::Days{30};
  return journeys::insert_version(tables, std::move(version));
}

// One contact's way, from `at` on, as far as it went by now.
class Story {
 public:
  Story(Connection& tables, const journeys::Plan& plan, Member member, base::Instant now)
      : tables_(tables), plan_(plan), member_(std::move(member)), now_(now) {}

  base::Status tell(bool is_in_the_shop) {
    const base::Instant at = member_.entered_at;
    REKEY_TRY(member_.id, journeys::insert_member(tables_, member_));
    journeys::Step entry;
    entry.name = kEventKey;
    entry.type = "StartInteraction";
    REKEY_CHECK(journeys::record_history(tables_, member_, &entry, journeys::kComplete, {}, at));
    REKEY_CHECK(done("EMAILV2-1", at));
    const base::Instant end = at + kWait;
    if (end > now_) {
      member_.step = "WAITBYDURATION-1";
      member_.waits = true;
      member_.due_at = end;
      REKEY_CHECK(write("WAITBYDURATION-1", journeys::kWaiting, at));
      return journeys::save_member(tables_, member_);
    }
    REKEY_CHECK(write("WAITBYDURATION-1", journeys::kWaiting, at));
    REKEY_CHECK(done("WAITBYDURATION-1", end));
    REKEY_CHECK(done("MULTICRITERIADECISION-1", end));
    if (is_in_the_shop) REKEY_CHECK(done("UPDATECONTACTDATA-1", end));
    member_.step.clear();
    member_.state = journeys::MemberState::kCompleted;
    member_.left_at = end;
    REKEY_CHECK(journeys::record_history(tables_, member_, nullptr, journeys::kComplete, {}, end));
    return journeys::save_member(tables_, member_);
  }

 private:
  base::Status write(std::string_view step, std::string_view status, base::Instant at) {
    return journeys::record_history(tables_, member_, plan_.find(step), status, {}, at);
  }
  base::Status done(std::string_view step, base::Instant at) {
    ++member_.steps_done;
    return write(step, journeys::kComplete, at);
  }

  Connection& tables_;
  const journeys::Plan& plan_;
  Member member_;
  base::Instant now_;
};

Result<std::vector<std::string>> customers_of(Connection& tables, std::int64_t business_unit) {
  return storage::all_rows(
      storage::select(tables,
                      "SELECT key FROM contact WHERE business_unit = ?1 AND key "
                      "LIKE 'C-1___' ORDER BY key",
                      {business_unit}),
      storage::read_text);
}

base::Status seed_campaign(Connection& tables, std::int64_t business_unit, base::Instant now) {
  ListAsked asked;
  asked.business_unit = business_unit;
  REKEY_TRY(const auto page, analytics::list_campaigns(tables, asked));
  for (const auto& campaign : page.rows) {
    if (campaign.name == "Tea season") return {};
  }
  analytics::Campaign campaign;
  campaign.business_unit = business_unit;
  campaign.name = "Tea season";
  campaign.description = "Newsletters and the welcome journey of this season";
  campaign.code = "tea-season";
  campaign.created_at = now - base::Days{31};
  campaign.changed_at = campaign.created_at;
  REKEY_CHECK(analytics::insert_campaign(tables, campaign));
  return {};
}

}  // namespace

Result<SeededJourney> seed_journey(Connection& tables, std::int64_t business_unit, const Ids& ids,
                                   base::Instant now) {
  REKEY_CHECK(seed_campaign(tables, business_unit, now));
  REKEY_CHECK(seed_event(tables, business_unit, ids, now));
  REKEY_TRY(const auto version, make_journey(tables, business_unit, ids, now));
  REKEY_TRY(const net::JsonValue document, net::parse_json(version.document));
  const journeys::PlanRead read = journeys::read_plan(document);
  if (!read.problems.empty()) return base::fail(base::Code::kInternal, read.problems.front());
  REKEY_TRY(const auto customers, customers_of(tables, business_unit));
  SeededJourney seeded;
  int number = 0;
  for (const std::string& key : customers) {
    const bool is_in_the_shop = number % 2 == 0;
    Member member;
    member.guid = ids.guid();
    member.version_id = version.id;
    member.business_unit = business_unit;
    member.contact_key = key;
    member.event_guid = ids.guid();
    member.data = {{"Source", is_in_the_shop ? "shop" : "online"}};
    // When the tracking that is seeded beside has their welcome mail.
    member.entered_at = now - std::chrono::hours{18 * number + 5};
    member.due_at = member.entered_at;
    ++seeded.members;
    if (member.entered_at + kWait > now) ++seeded.waiting;
    REKEY_CHECK(Story(tables, read.plan, std::move(member), now).tell(is_in_the_shop));
    ++number;
  }
  return seeded;
}

}  // namespace rekey::engagement::sandbox
