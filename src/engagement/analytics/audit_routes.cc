// Audit events (contract section 3.7).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engagement/analytics/analytics_routes.h"
#include "engagement/data_extensions/date_text.h"
#include "engagement/filter_text.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::analytics {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view kRead = "tracking_events_read";
constexpr base::Duration kUsualSpan = base::Days{30};

// Numbers that Marketing Cloud gives to types and operations are not published; these are ours.
constexpr std::array<std::string_view, 3> kObjectTypes{"Account", "Installed Package",
                                                       "Client Secret"};
constexpr std::array<std::string_view, 19> kOperations{
    "tenant_created",   "policy_changed",     "scopes_registered", "token_key_made",
    "admin_recovered",  "refusal_episode",    "package_created",   "package_edited",
    "package_enabled",  "package_disabled",   "package_deleted",   "slot_opened",
    "secret_issued",    "secret_activated",   "secret_ended",      "activation_undone",
    "search_key_given", "authority_restored", "leak_reported"};

// From 1; 0 where it is none of them.
template <std::size_t Count>
std::int64_t number_of(const std::array<std::string_view, Count>& names, std::string_view name) {
  const auto* const found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? 0 : found - names.begin() + 1;
}

Result<std::optional<base::Instant>> date_asked(const Query& query, std::string_view name) {
  const auto text = query.find(name);
  if (!text || text->empty()) return std::optional<base::Instant>{};
  const auto date = data_extensions::canonical_date(*text);
  if (!date) return fail(Code::kInvalidArgument, fmt::format("{} takes a date", name));
  REKEY_TRY(const base::Instant at, base::parse_instant(*date + "Z"));
  // A bare day means all of it.
  constexpr std::size_t kDay = 10;
  const bool is_end_of_day = name == "enddate" && text->size() <= kDay;
  return std::optional<base::Instant>(is_end_of_day ? at + base::Days{1} - base::Duration{1} : at);
}

// "2026-09-01T10:00:00.00".
std::string audit_stamp(base::Instant at) {
  return fmt::format("{}.{:02}", stamp(at), base::to_millis(at) % 1000 / 10);
}

void write_named(net::JsonWriter& body, std::string_view key, std::int64_t id,
                 std::string_view name) {
  body.key(key).begin_object().member("id", id).member("name", name).end_object();
}

void begin_fact(net::JsonWriter& body, const Call& call, const AuditFact& fact) {
  body.begin_object()
      .member("id", fact.id)
      .member("createdDate", audit_stamp(fact.at))
      .member("memberId", call.caller.business_unit)
      .member("enterpriseId", call.caller.enterprise);
  body.key("employee")
      .begin_object()
      .member("id", 0)
      .member("employeeName", fact.actor)
      .member("userName", fact.actor)
      .end_object();
}

void write_change(net::JsonWriter& body, const Call& call, const AuditFact& fact) {
  begin_fact(body, call, fact);
  write_named(body, "objectType", number_of(kObjectTypes, fact.object_type), fact.object_type);
  write_named(body, "operation", number_of(kOperations, fact.operation), fact.operation);
  body.key("object")
      .begin_object()
      .member("id", fact.object_id)
      .member("name", fact.object_name)
      .end_object();
  body.member("transactionId", fact.transaction).end_object();
}

void write_security(net::JsonWriter& body, const Call& call, const AuditFact& fact) {
  begin_fact(body, call, fact);
  write_named(body, "eventType", number_of(kOperations, fact.operation), fact.operation);
  const bool is_refusal = fact.operation == "refusal_episode";
  write_named(body, "loginStatus", is_refusal ? 1 : 0,
              is_refusal ? "Login Failed" : "Login Successful");
  write_named(body, "eventSource", 1, "API");
  body.key("object")
      .begin_object()
      .member("id", fact.object_id)
      .member("name", fact.object_name)
      .end_object();
  body.member("transactionId", fact.transaction).end_object();
}

Result<AuditAsked> audit_asked(const Call& call, const PageAsked& page) {
  AuditAsked asked;
  asked.business_unit = call.caller.business_unit;
  REKEY_TRY(const auto from, date_asked(call.query, "startdate"));
  REKEY_TRY(const auto until, date_asked(call.query, "enddate"));
  asked.from = from.value_or(std::chrono::floor<base::Days>(call.now) - kUsualSpan);
  asked.until = until.value_or(base::kFarFuture);
  REKEY_TRY(const auto orders, orders_asked(call.query, {{"createdDate", "at"}, {"id", "at"}}));
  asked.newest_first = !orders.empty() && orders.front().is_descending;
  asked.skip = (page.page - 1) * page.size;
  asked.limit = page.size;
  return asked;
}

Answer list(Call& call, bool is_security) {
  constexpr std::int64_t kLargestPage = 1000;
  REKEY_TRY(const PageAsked page, page_asked(call.query, 50, kLargestPage));
  REKEY_TRY(AuditAsked asked, audit_asked(call, page));
  asked.is_security = is_security;
  AuditPage found;
  if (call.tools.ask_audit) {
    REKEY_TRY(found, call.tools.ask_audit(asked));
  }
  net::JsonWriter body;
  // Whether the original wraps it in a list is not known (contract section 3.7).
  if (call.tools.settings.wraps_audit_events) body.begin_array();
  body.begin_object()
      .member("page", page.page)
      .member("pageSize", page.size)
      .member("count", found.count);
  body.key("items").begin_array();
  for (const AuditFact& fact : found.facts) {
    if (is_security) {
      write_security(body, call, fact);
    } else {
      write_change(body, call, fact);
    }
  }
  body.end_array().end_object();
  if (call.tools.settings.wraps_audit_events) body.end_array();
  return reply_with(200, body);
}

Answer list_changes(Call& call) {
  return list(call, false);
}

Answer list_security(Call& call) {
  return list(call, true);
}

constexpr std::array<Route, 2> kRoutes{{
    {net::Method::kGet, "/data/v1/audit/auditevents", kRead, Access::kReads, list_changes},
    {net::Method::kGet, "/data/v1/audit/securityevents", kRead, Access::kReads, list_security},
}};

}  // namespace

std::span<const Route> audit_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::analytics
