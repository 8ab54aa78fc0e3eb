// The history of journeys, searched.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "engagement/data_extensions/date_text.h"
#include "engagement/filter_text.h"
#include "engagement/journeys/journey_routes.h"
#include "engagement/journeys/member.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

Result<std::optional<base::Instant>> instant_member(const JsonValue& body, std::string_view name) {
  REKEY_TRY(const auto text, text_member(body, name));
  if (!text || text->empty()) return std::optional<base::Instant>{};
  const auto date = data_extensions::canonical_date(*text);
  if (!date) return fail(Code::kInvalidArgument, fmt::format("{} takes a date", name));
  REKEY_TRY(const base::Instant at, base::parse_instant(*date + "Z"));
  return std::optional<base::Instant>(at);
}

Result<std::vector<std::string>> texts_member(const JsonValue& body, std::string_view name) {
  constexpr std::size_t kMost = 1000;
  std::vector<std::string> texts;
  const JsonValue* list = find_member(body, name);
  if (list == nullptr || list->is_null()) return texts;
  if (list->kind() != JsonValue::Kind::kArray || list->items().size() > kMost) {
    return fail(Code::kInvalidArgument,
                fmt::format("{} takes a list of at most {} texts", name, kMost));
  }
  for (const JsonValue& item : list->items()) {
    REKEY_TRY(auto text, scalar_text(item));
    texts.push_back(text.value_or(""));
  }
  return texts;
}

Result<HistoryAsked> history_asked(Call& call) {
  constexpr std::int64_t kLargestPage = 1000;
  HistoryAsked asked;
  asked.business_unit = call.caller.business_unit;
  REKEY_TRY(const PageAsked page, page_asked(call.query, 50, kLargestPage));
  asked.page = page.page;
  asked.size = page.size;
  REKEY_TRY(const auto orders, orders_asked(call.query, {{"TransactionTime", "h.at"}}));
  asked.is_descending = !orders.empty() && orders.front().is_descending;
  if (call.body.is_null()) return asked;
  REKEY_TRY(asked.from, instant_member(call.body, "start"));
  REKEY_TRY(asked.until, instant_member(call.body, "end"));
  REKEY_TRY(asked.definitions, texts_member(call.body, "definitionIds"));
  REKEY_TRY(asked.activities, texts_member(call.body, "activityIds"));
  REKEY_TRY(asked.types, texts_member(call.body, "activityTypes"));
  REKEY_TRY(asked.contacts, texts_member(call.body, "contactKeys"));
  REKEY_TRY(asked.statuses, texts_member(call.body, "statuses"));
  return asked;
}

void write_entry(net::JsonWriter& body, const HistoryEntry& entry) {
  std::string at = base::format_instant(entry.at);
  at.pop_back();  // the Z: Journey Builder's dates have none
  body.begin_object()
      .member("id", entry.id)
      .member("definitionId", entry.definition_guid)
      .member("definitionKey", entry.definition_key)
      .member("definitionName", entry.definition_name)
      .member("definitionVersion", entry.definition_number)
      .member("definitionInstanceId", entry.member_guid)
      .member("eventId", entry.event_guid)
      .member("eventName", entry.event_key)
      .member("contactKey", entry.contact_key)
      .member("activityId", entry.activity_guid)
      .member("activityKey", entry.activity_key)
      .member("activityName", entry.activity_name)
      .member("activityType", entry.activity_type)
      .member("status", entry.status)
      .member("clientStatus", entry.status)
      .member("message", entry.message)
      .member("transactionTime", at)
      .end_object();
}

Answer search(Call& call) {
  REKEY_TRY(const HistoryAsked asked, history_asked(call));
  REKEY_TRY(const HistoryPage page, search_history(call.tables, asked));
  net::JsonWriter body;
  body.begin_object()
      .member("count", page.count)
      .member("page", asked.page)
      .member("pageSize", asked.size);
  body.key("links").begin_object().end_object().key("items").begin_array();
  for (const HistoryEntry& entry : page.rows) write_entry(body, entry);
  body.end_array().end_object();
  return reply_with(200, body);
}

constexpr std::array<Route, 1> kRoutes{{
    {net::Method::kPost, "/interaction/v1/interactions/journeyhistory/search", kJourneysScope,
     Access::kReads, search},
}};

}  // namespace

std::span<const Route> history_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::journeys
