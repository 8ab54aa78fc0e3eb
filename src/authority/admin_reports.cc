#include "authority/admin_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "authority/json_fields.h"
#include "authority/tables/integrations.h"
#include "authority/tables/tenants.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;
using credential::Integration;

struct StatusRow {
  const Integration* integration;
  const credential::ClientSecret* secret;
  std::optional<base::Instant> last_used_at;
  base::Instant ends_at;
  bool is_live;

  // Ended ones by their end; live ones by what days_left counts to, then by dormancy.
  [[nodiscard]] auto rank() const {
    return std::make_tuple(is_live, is_live ? fixed_end_of(*secret) : ends_at, ends_at);
  }
};

// Those that have ended first, then the one whose end is nearest.
std::vector<StatusRow> status_rows(const AdminContext& context, const std::vector<Integration>& all,
                                   base::Instant now) {
  std::vector<StatusRow> rows;
  for (const Integration& it : all) {
    if (it.is_deleted) continue;
    const credential::Evidence evidence = evidence_of(context.usage, it);
    for (const credential::ClientSecret* secret : watched_secrets(it, evidence, now)) {
      const auto last_used_at = evidence.last_used_at(secret->id);
      const bool is_live = credential::is_live(status_at(*secret, last_used_at, now));
      rows.push_back({&it, secret, last_used_at, end_of(*secret, last_used_at), is_live});
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const StatusRow& a, const StatusRow& b) { return a.rank() < b.rank(); });
  return rows;
}

void write_usage_row(net::JsonWriter& json, const UsageRow& row) {
  json.begin_object().member("secret_id", to_text(row.secret_id)).key("caller").begin_object();
  if (row.caller.is_other) {
    json.member("other", true);
  } else {
    json.member("network", row.caller.network)
        .member("user_agent", row.caller.user_agent)
        .member("slot", row.caller.slot);
  }
  json.end_object();
  write_instant(json, "first_seen", row.first_seen);
  write_instant(json, "last_seen", row.last_seen);
  json.member("count", row.count).end_object();
}

std::string policy_text(const credential::Policy& policy) {
  net::JsonWriter json;
  json.begin_object().key("policy");
  write_policy(json, policy);
  write_texts(json, "warnings", warnings_about(policy));
  json.end_object();
  return json.release();
}

}  // namespace

Result<AdminReply> show_status(const AdminContext& context, const AdminCall& call) {
  REKEY_TRY(const std::vector<Integration> all, tables::load_all_integrations(context.reads));
  net::JsonWriter json;
  json.begin_object();
  write_instant(json, "as_of", call.now);
  json.member("tenant", context.settings.tenant_name).key("secrets").begin_array();
  for (const StatusRow& row : status_rows(context, all, call.now)) {
    write_status_row(json, *row.integration, {*row.secret, row.last_used_at, call.now});
  }
  json.end_array();
  const auto ahead = context.clock_watch.ahead_of_callers();
  json.key("clock").begin_object().key("ahead_of_callers_seconds");
  if (ahead) {
    json.value(std::chrono::duration_cast<std::chrono::seconds>(*ahead).count());
  } else {
    json.null();
  }
  json.end_object().end_object();
  return reply_with(200, json.release());
}

Result<AdminReply> show_usage(const AdminContext& context, const AdminCall& call) {
  REKEY_TRY(const Integration it, load_undeleted(context.reads, call.ids.at(0)));
  net::JsonWriter json;
  json.begin_object().key("usage").begin_array();
  for (const credential::ClientSecret& secret : it.secrets) {
    for (const UsageRow& row : context.usage.rows(secret.id)) write_usage_row(json, row);
  }
  json.end_array();
  write_instant(json, "complete_since", context.usage.complete_since());
  write_instant(json, "as_of", call.now);
  json.end_object();
  return reply_with(200, json.release());
}

Result<AdminReply> show_refusals(const AdminContext& context, const AdminCall& call) {
  REKEY_TRY(const std::optional<std::string> client_id, query_parameter(call.query, "client_id"));
  const std::vector<RefusalRow> rows =
      client_id ? context.refusals.rows(*client_id) : context.refusals.rows();
  net::JsonWriter json;
  json.begin_object().key("refusals").begin_array();
  for (const RefusalRow& row : rows) {
    json.begin_object()
        .member("client_id", row.client_id)
        .member("reason", name_of(row.reason))
        .member("network", row.network);
    write_instant(json, "first_seen", row.first_seen);
    write_instant(json, "last_seen", row.last_seen);
    json.member("count", row.count).end_object();
  }
  json.end_array();
  write_instant(json, "complete_since", context.refusals.complete_since());
  write_instant(json, "as_of", call.now);
  json.end_object();
  return reply_with(200, json.release());
}

Result<AdminReply> show_events(const AdminContext& context, const AdminCall& call) {
  constexpr std::int64_t kDefaultLimit = 100;
  constexpr std::int64_t kGreatestLimit = 1000;
  constexpr std::int64_t kGreatestPosition = std::int64_t{1} << 53;
  REKEY_TRY(const std::int64_t after, number_parameter(call.query, "after", 0, kGreatestPosition));
  REKEY_TRY(const std::int64_t limit,
            number_parameter(call.query, "limit", kDefaultLimit, kGreatestLimit));
  REKEY_TRY(const std::vector<ledger::StoredEvent> events,
            ledger::read_all(context.reads, after, static_cast<int>(limit)));
  net::JsonWriter json;
  json.begin_object().key("events").begin_array();
  for (const ledger::StoredEvent& event : events) write_event(json, event);
  json.end_array().member("next", events.empty() ? after : events.back().position).end_object();
  return reply_with(200, json.release());
}

Result<AdminReply> show_policy(const AdminContext& context, const AdminCall&) {
  REKEY_TRY(const std::optional<Tenant> tenant, tables::load_tenant(context.reads));
  REKEY_TRY(const credential::Policy policy, policy_of(tenant.value_or(Tenant{})));
  return reply_with(200, policy_text(policy));
}

Result<PlannedChange> change_policy(const AdminContext&, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {"settings"}));
  REKEY_TRY(const std::vector<credential::PolicySetting> settings,
            settings_member(call.body, "settings"));
  PlannedChange change;
  change.work = [settings](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const Tenant before, scope.tenant());
    REKEY_TRY(const credential::Policy old_policy, policy_of(before));
    REKEY_TRY(const credential::Policy policy, credential::with_settings(old_policy, settings));
    if (policy != old_policy) {
      REKEY_CHECK(scope.execute(PolicyChanged{settings_of(policy)}));
    }
    return reply_with(200, policy_text(policy));
  };
  return change;
}

}  // namespace rekey::authority
