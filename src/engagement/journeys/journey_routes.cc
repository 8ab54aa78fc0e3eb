// Journeys as documents: made, read, changed, deleted.
#include "engagement/journeys/journey_routes.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "engagement/filter_text.h"
#include "engagement/journeys/documents.h"
#include "engagement/journeys/journey.h"
#include "engagement/journeys/plan.h"
#include "engagement/journeys/publication.h"
#include "engagement/json_parts.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::size_t kLongestKey = 200;
constexpr std::size_t kLongestName = 200;
constexpr std::int64_t kLargestVersion = 100'000;
constexpr std::string_view kNeverPublished = "0001-01-01T00:00:00";
// What the server says itself, whatever a client gives.
const std::initializer_list<std::string_view> kOurs{
    "id",     "key",          "name",      "version", "createdDate", "modifiedDate",
    "status", "definitionId", "entryMode", "stats",   "links",       "lastPublishedDate"};

base::Status write_version(net::JsonWriter& body, storage::Connection& tables,
                           const JourneyVersion& version, bool with_activities) {
  REKEY_TRY(const JsonValue document, net::parse_json(version.document));
  REKEY_TRY(const JourneyStats stats, stats_of(tables, version));
  body.begin_object()
      .member("id", version.journey_guid)
      .member("key", version.key)
      .member("name", version.name)
      .member("lastPublishedDate",
              version.published_at ? stamp(*version.published_at) : std::string(kNeverPublished))
      .member("version", version.number)
      .member("createdDate", stamp(version.created_at))
      .member("modifiedDate", stamp(version.changed_at));
  if (find_member(document, "description") == nullptr) body.member("description", "");
  if (find_member(document, "workflowApiVersion") == nullptr) body.member("workflowApiVersion", 1);
  for (const std::string_view list : {"triggers", "goals", "activities"}) {
    if (list == "activities" && !with_activities) continue;
    if (find_member(document, list) == nullptr) body.key(list).begin_array().end_array();
  }
  if (with_activities) {
    write_members(body, document, {});
  } else {
    write_members(body, document, {"activities"});
  }
  body.key("stats")
      .begin_object()
      .member("currentPopulation", stats.current)
      .member("cumulativePopulation", stats.cumulative)
      .member("metGoal", stats.met_goal)
      .member("metExitCriteria", stats.met_exit);
  const double share = stats.cumulative == 0 ? 0
                                             : 100.0 * static_cast<double>(stats.met_goal) /
                                                   static_cast<double>(stats.cumulative);
  body.key("goalPerformance").raw(fmt::format("{:.2f}", share)).end_object();
  body.member("entryMode", version.entry_mode)
      .member("status", name_of(version.status))
      .member("definitionId", version.guid)
      .end_object();
  return {};
}

Answer reply_with_version(Call& call, const JourneyVersion& version) {
  net::JsonWriter body;
  REKEY_CHECK(write_version(body, call.tables, version, true));
  return reply_with(200, body);
}

base::Status read_entry_mode(const JsonValue& body, JourneyVersion& version) {
  REKEY_TRY(const auto mode, text_member(body, "entryMode"));
  if (version.entry_mode.empty()) version.entry_mode = kSingleEntry;
  if (!mode || mode->empty() || base::equal_ignoring_case(*mode, "NotSet")) return {};
  for (const std::string_view known : {kMultipleEntries, kSingleEntry, kOnceAndDone}) {
    if (!base::equal_ignoring_case(*mode, known)) continue;
    version.entry_mode = known;
    return {};
  }
  return fail(Code::kInvalidArgument,
              "entryMode takes MultipleEntries, SingleEntryAcrossAllVersions or OnceAndDone");
}

// What is given, over what there is.
base::Status read_version(Call& call, JourneyVersion& version) {
  REKEY_TRY(auto name, text_member(call.body, "name"));
  if (name) version.name = *std::move(name);
  REKEY_CHECK(check_name("name", version.name, kLongestName));
  for (const std::string_view list : {"activities", "triggers", "goals", "exits"}) {
    const JsonValue* given = find_member(call.body, list);
    if (given != nullptr && !given->is_null() && given->kind() != JsonValue::Kind::kArray) {
      return fail(Code::kInvalidArgument, fmt::format("{} takes a list", list));
    }
  }
  REKEY_CHECK(read_entry_mode(call.body, version));
  REKEY_TRY(const JsonValue before,
            net::parse_json(version.document.empty() ? "{}" : version.document));
  version.document = document_of(call.body, before, kOurs, call.tools.ids);
  REKEY_CHECK(check_document(version.document));
  REKEY_TRY(const JsonValue document, net::parse_json(version.document));
  version.event_key = event_key_of(document);
  version.changed_at = call.now;
  return {};
}

tl::unexpected<Refusal> refuse_shape() {
  return refuse_journey(400, 400, "Please validate that your request is properly formed.");
}

tl::unexpected<Refusal> refuse_running() {
  return refuse_journey(409, 409,
                        "Conflict, this change would cause a current operation on the specified "
                        "interaction or a running interaction to be changed, which is not "
                        "permitted");
}

// A journey with a new key, or the next version of one whose newest is no draft.
Answer create(Call& call) {
  if (call.body.kind() != JsonValue::Kind::kObject) return refuse_shape();
  JourneyVersion version;
  version.business_unit = call.caller.business_unit;
  version.guid = call.tools.ids.guid();
  version.created_at = call.now;
  REKEY_TRY(const auto key, text_member(call.body, "key"));
  version.key = key.value_or(call.tools.ids.guid());
  REKEY_CHECK(check_name("key", version.key, kLongestKey));
  REKEY_TRY(const auto newest,
            find_newest_version(call.tables, version.business_unit, version.key));
  if (newest && newest->status == JourneyStatus::kDraft) {
    return fail(Code::kAlreadyExists,
                "a journey with that key exists, and its newest version is a draft: change it");
  }
  if (newest) {
    version.journey_id = newest->journey_id;
    version.journey_guid = newest->journey_guid;
    version.number = newest->number + 1;
    version.name = newest->name;
  } else {
    version.journey_guid = call.tools.ids.guid();
  }
  REKEY_CHECK(read_version(call, version));
  REKEY_TRY(version, insert_version(call.tables, std::move(version)));
  return reply_with_version(call, version);
}

Result<std::optional<std::int64_t>> number_asked(const Call& call) {
  REKEY_TRY(const std::int64_t number,
            call.query.number_or("versionNumber", 0, 0, kLargestVersion));
  return number == 0 ? std::nullopt : std::optional<std::int64_t>(number);
}

// The path's, else the one whose id or key the body names.
Result<JourneyVersion> version_meant(Call& call) {
  REKEY_TRY(auto number, number_asked(call));
  REKEY_TRY(const auto in_body, number_member(call.body, "version"));
  if (!number && in_body && *in_body > 0) number = in_body;
  std::string reference;
  REKEY_TRY(const auto key, text_member(call.body, "key"));
  REKEY_TRY(const auto id, text_member(call.body, "id"));
  if (id) reference = *id;
  if (key) reference = "key:" + *key;
  if (!call.parts.empty()) reference = call.parts[0];
  return load_version(call.tables, call.caller.business_unit, reference, number);
}

Answer update(Call& call) {
  if (call.body.kind() != JsonValue::Kind::kObject) return refuse_shape();
  REKEY_TRY(auto version, version_meant(call));
  REKEY_TRY(const bool is_in_hand, is_being_published(call.tables, version.id));
  if (version.status != JourneyStatus::kDraft || is_in_hand) return refuse_running();
  // Whoever changed it meanwhile is not overwritten.
  REKEY_TRY(const auto known, text_member(call.body, "modifiedDate"));
  const std::string current = stamp(version.changed_at);
  if (known && known->substr(0, current.size()) != current) return refuse_running();
  REKEY_CHECK(read_version(call, version));
  REKEY_CHECK(save_version(call.tables, version));
  return reply_with_version(call, version);
}

Answer show(Call& call) {
  REKEY_TRY(const auto number, number_asked(call));
  REKEY_TRY(const auto version,
            load_version(call.tables, call.caller.business_unit, call.parts[0], number));
  return reply_with_version(call, version);
}

Result<JourneysAsked> journeys_asked(const Call& call) {
  constexpr std::int64_t kLargestPage = 500;
  JourneysAsked asked;
  asked.business_unit = call.caller.business_unit;
  REKEY_TRY(const PageAsked page, page_asked(call.query, 50, kLargestPage));
  asked.page = page.page;
  asked.size = page.size;
  REKEY_TRY(asked.number, number_asked(call));
  const auto newest_only = call.query.find("mostRecentVersionOnly");
  asked.newest_only =
      !asked.number && !(newest_only && base::equal_ignoring_case(*newest_only, "false"));
  asked.text = call.query.find("nameOrDescription").value_or("");
  asked.key = call.query.find("key").value_or("");
  asked.name = call.query.find("name").value_or("");
  if (const auto status = call.query.find("status"); status && !status->empty()) {
    asked.status = parse_journey_status(*status);
    if (!asked.status) {
      return fail(Code::kInvalidArgument,
                  "status takes Draft, Published, Paused, Unpublished or Stopped");
    }
  }
  REKEY_TRY(asked.order, order_asked(call.query, journey_orders(), "v.changed_at DESC, v.id"));
  return asked;
}

Answer list(Call& call) {
  REKEY_TRY(const JourneysAsked asked, journeys_asked(call));
  REKEY_TRY(const JourneyPage page, list_journeys(call.tables, asked));
  const std::string extras = call.query.find("extras").value_or("");
  const bool with_activities =
      base::equal_ignoring_case(extras, "all") || base::equal_ignoring_case(extras, "activities") ||
      base::equal_ignoring_case(extras, "outcome") || base::equal_ignoring_case(extras, "outcomes");
  net::JsonWriter body;
  body.begin_object()
      .member("count", page.count)
      .member("page", asked.page)
      .member("pageSize", asked.size);
  body.key("links").begin_object().end_object().key("items").begin_array();
  for (const JourneyVersion& version : page.rows) {
    REKEY_CHECK(write_version(body, call.tables, version, with_activities));
  }
  body.end_array().end_object();
  return reply_with(200, body);
}

// One version, or all of them where none is named.
Answer remove(Call& call) {
  REKEY_TRY(const auto number, number_asked(call));
  REKEY_TRY(const auto meant,
            load_version(call.tables, call.caller.business_unit, call.parts[0], number));
  std::vector<JourneyVersion> versions{meant};
  if (!number && !base::equal_ignoring_case(call.parts[0], meant.guid)) {
    REKEY_TRY(versions, versions_of(call.tables, meant.journey_id));
  }
  for (const JourneyVersion& version : versions) {
    const bool is_running =
        version.status == JourneyStatus::kPublished || version.status == JourneyStatus::kPaused;
    REKEY_TRY(const bool is_in_hand, is_being_published(call.tables, version.id));
    if (is_running || is_in_hand) return refuse_running();
    REKEY_CHECK(delete_version(call.tables, version));
  }
  net::JsonWriter body;
  body.value(meant.journey_guid);
  return reply_with(200, body);
}

constexpr std::string_view kAll = "/interaction/v1/interactions";
constexpr std::string_view kOne = "/interaction/v1/interactions/{}";

constexpr std::array<Route, 6> kRoutes{{
    {net::Method::kGet, kAll, kJourneysScope, Access::kReads, list},
    {net::Method::kPost, kAll, kJourneysScope, Access::kWrites, create},
    {net::Method::kPut, kAll, kJourneysScope, Access::kWrites, update},
    {net::Method::kGet, kOne, kJourneysScope, Access::kReads, show},
    {net::Method::kPut, kOne, kJourneysScope, Access::kWrites, update},
    {net::Method::kDelete, kOne, kJourneysScope, Access::kWrites, remove},
}};

}  // namespace

tl::unexpected<Refusal> refuse_journey(int status, int errorcode, std::string_view message) {
  net::JsonWriter body;
  body.begin_object()
      .member("message", message)
      .member("errorcode", errorcode)
      .member("documentation", "")
      .end_object();
  return refuse_with(reply_with(status, body));
}

std::span<const Route> journey_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::journeys
