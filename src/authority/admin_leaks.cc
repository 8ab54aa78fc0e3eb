#include "authority/admin_leaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "authority/admin_secrets.h"
#include "authority/json_fields.h"
#include "authority/tables/integrations.h"
#include "authority/tables/leaks.h"
#include "authority/tables/tenants.h"
#include "base/printable.h"
#include "base/text.h"
#include "credential/secret_format.h"
#include "crypto/digest.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;
using credential::Integration;
using credential::SecretId;

constexpr std::size_t kMostReports = 1000;
constexpr std::size_t kLongestValue = 4096;
constexpr std::size_t kLongestPlace = 500;
constexpr std::size_t kLongestSource = 40;
constexpr std::int64_t kMostListed = 1000;

// One reported value, without it.
struct Report {
  base::Fingerprint fingerprint;
  std::string place;
  std::string value_hash;  // base64 of SHA-256, for a partner's reply
  std::string type;        // as the partner calls it
};
struct Reports {
  std::string source;
  bool is_of_partner = false;
  std::vector<Report> all;
};

// ---- reading ------------------------------------------------------------------------------------

bool holds_a_secret(std::string_view text, std::string_view value) {
  if (text.find(value) != std::string_view::npos) return true;
  for (std::size_t at = 0; at + credential::kSecretSize <= text.size(); ++at) {
    if (credential::is_well_formed_secret(text.substr(at, credential::kSecretSize))) return true;
  }
  return false;
}

// A place is kept and shown: nothing hidden, no value, not endless.
std::string clean_place(std::string_view place, std::string_view value) {
  if (!base::is_valid_utf8(place) || holds_a_secret(place, value)) {
    return "(left out: it holds what it should not)";
  }
  std::string clean = base::escape_hidden(place, base::EscapeForm::kBraces);
  if (clean.size() <= kLongestPlace) return clean;
  std::size_t size = kLongestPlace;
  while (size > 0 && (static_cast<unsigned char>(clean[size]) & 0xc0) == 0x80) --size;
  return clean.substr(0, size) + "…";
}

Result<Report> read_report(const AdminContext& context, const base::Secret& value,
                           std::string_view place) {
  if (value.is_empty() || value.size_bytes() > kLongestValue) {
    return base::fail(Code::kInvalidArgument, "a value has 1 to 4096 bytes");
  }
  Report report;
  report.fingerprint = context.keys.fingerprinter(value.reveal());
  report.place = clean_place(place, value.reveal());
  return report;
}

base::Status add_values(const AdminContext& context, const net::JsonValue& list,
                        std::vector<Report>& reports) {
  for (const net::JsonValue& item : list.items()) {
    REKEY_TRY(const std::string_view text, item.as_string());
    REKEY_TRY(Report report, read_report(context, base::Secret(text), ""));
    reports.push_back(std::move(report));
  }
  return {};
}

base::Status add_leaks(const AdminContext& context, const net::JsonValue& list,
                       std::vector<Report>& reports) {
  for (const net::JsonValue& item : list.items()) {
    REKEY_CHECK(check_members(item, {"value", "place"}));
    REKEY_TRY(std::string text, item.string_member("value"));
    REKEY_TRY(const std::string place, item.string_member_or("place", ""));
    REKEY_TRY(Report report, read_report(context, base::Secret::take(std::move(text)), place));
    reports.push_back(std::move(report));
  }
  return {};
}

// GitHub's form (docs/leaks.md); members that it may gain later are passed over.
base::Status add_partner_matches(const AdminContext& context, const net::JsonValue& list,
                                 std::vector<Report>& reports) {
  for (const net::JsonValue& item : list.items()) {
    REKEY_TRY(std::string text, item.string_member("token"));
    const base::Secret value = base::Secret::take(std::move(text));
    REKEY_TRY(const std::string place, item.string_member_or("url", ""));
    REKEY_TRY(Report report, read_report(context, value, place));
    REKEY_TRY(report.type, item.string_member_or("type", ""));
    report.value_hash = base::base64_encode(crypto::sha256(value.reveal()));
    reports.push_back(std::move(report));
  }
  return {};
}

Result<std::string> read_source(const net::JsonValue& body) {
  REKEY_TRY(std::string source, body.string_member_or("source", "api"));
  const auto may_stand_there = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  if (!source.empty() && source.size() <= kLongestSource && source != kPartnerActor &&
      std::all_of(source.begin(), source.end(), may_stand_there)) {
    return source;
  }
  return base::fail(Code::kInvalidArgument,
                    "source: 1 to 40 characters of [a-z0-9._-] that say who found it, such as "
                    "\"nightly-scan\"; \"partner\" is for those who sign");
}

// nullptr where it is absent.
Result<const net::JsonValue*> list_member(const net::JsonValue& body, std::string_view name) {
  const net::JsonValue* const list = body.find(name);
  if (list == nullptr || list->kind() == net::JsonValue::Kind::kArray) return list;
  return base::fail(Code::kInvalidArgument, fmt::format("{}: a list was expected", name));
}

base::Status check_count(std::size_t count) {
  if (count >= 1 && count <= kMostReports) return {};
  return base::fail(
      Code::kInvalidArgument,
      count == 0 ? "nothing is reported: give value, values or leaks"
                 : fmt::format("{} values are reported at once; at most {}", count, kMostReports));
}

Result<Reports> read_reports(const AdminContext& context, const AdminCall& call) {
  Reports reports;
  if (call.actor == kPartnerActor) {
    reports.is_of_partner = true;
    reports.source = kPartnerActor;
    REKEY_TRY(const net::JsonValue* const matches, list_member(call.body, "partner"));
    if (matches != nullptr) {
      REKEY_CHECK(check_count(matches->items().size()));
      REKEY_CHECK(add_partner_matches(context, *matches, reports.all));
    }
    REKEY_CHECK(check_count(reports.all.size()));
    return reports;
  }
  REKEY_CHECK(check_members(call.body, {"value", "values", "leaks", "source"}));
  REKEY_TRY(reports.source, read_source(call.body));
  REKEY_TRY(std::string value, call.body.string_member_or("value", ""));
  if (!value.empty()) {
    REKEY_TRY(Report report, read_report(context, base::Secret::take(std::move(value)), ""));
    reports.all.push_back(std::move(report));
  }
  REKEY_TRY(const net::JsonValue* const values, list_member(call.body, "values"));
  if (values != nullptr) REKEY_CHECK(add_values(context, *values, reports.all));
  REKEY_TRY(const net::JsonValue* const leaks, list_member(call.body, "leaks"));
  if (leaks != nullptr) REKEY_CHECK(add_leaks(context, *leaks, reports.all));
  REKEY_CHECK(check_count(reports.all.size()));
  return reports;
}

// ---- what follows -------------------------------------------------------------------------------

// Values that may be staged, made before the change is planned: keys belong to the admin thread.
using Replacements = std::map<std::int64_t, NewSecret>;

Result<Replacements> make_replacements(const AdminContext& context, const Reports& reports,
                                       base::Instant now) {
  Replacements made;
  if (reports.is_of_partner) return made;
  REKEY_TRY(const std::optional<Tenant> tenant, tables::load_tenant(context.reads));
  REKEY_TRY(const credential::Policy tenant_policy, policy_of(tenant.value_or(Tenant{})));
  for (const Report& report : reports.all) {
    REKEY_TRY(const auto holders, tables::find_holders(context.reads, report.fingerprint));
    for (const tables::Holder& holder : holders) {
      REKEY_TRY(const Integration it,
                tables::load_integration(context.reads, holder.integration_id));
      REKEY_TRY(const auto policy, credential::effective_policy(tenant_policy, it));
      const auto* const secret = credential::find_secret(it, holder.secret_id);
      if (policy.on_leak != credential::OnLeak::kStage || secret == nullptr) continue;
      const auto status = view_of(context.usage, *secret, now);
      if (!credential::is_live(status_at(*secret, status.last_used_at, now))) continue;
      REKEY_TRY(NewSecret fresh, make_new_secret(context.keys, secret->slot));
      made.emplace(holder.secret_id.value, std::move(fresh));
    }
  }
  return made;
}

struct Staged {
  SecretId id;
  std::shared_ptr<const base::Secret> value;
};

// What was done about one secret.
struct Done {
  Integration state;  // afterwards
  SecretId id;
  credential::SecretStatus found = credential::SecretStatus::kEnded;  // when it was reported
  std::string action = "none";
  std::string why;  // less was done than the policy says
  std::optional<Staged> staged;
};

// What the rules of the lifecycle may answer. Anything else must undo all of the change.
bool is_of_rules(const base::Error& error) noexcept {
  return error.code == Code::kRefused || error.code == Code::kConflict ||
         error.code == Code::kLimitReached || error.code == Code::kInvalidArgument;
}

class Reaction {
 public:
  Reaction(const AdminContext& context, ChangeScope& scope, const Reports& reports,
           const Replacements& replacements)
      : context_(context), scope_(scope), reports_(reports), replacements_(replacements) {}

  Result<Done> to(const Report& report, const tables::Holder& holder) {
    Done done;
    done.id = holder.secret_id;
    REKEY_TRY(done.state, scope_.load(holder.integration_id));
    const credential::ClientSecret& secret = *credential::find_secret(done.state, done.id);
    done.found = status_at(secret, context_.usage.last_used_at(done.id), scope_.now());
    if (credential::is_live(done.found)) REKEY_CHECK(act(done, secret.slot));
    REKEY_CHECK(write_down(report, done));
    return done;
  }

 private:
  base::Status act(Done& done, const credential::SlotTag& slot) {
    REKEY_TRY(const Tenant tenant, scope_.tenant());
    REKEY_TRY(const credential::Policy tenant_policy, policy_of(tenant));
    REKEY_TRY(const credential::Policy policy,
              credential::effective_policy(tenant_policy, done.state));
    done.action = "notified";
    switch (policy.on_leak) {
      case credential::OnLeak::kNotify:
        return {};
      case credential::OnLeak::kStage:
        return stage(done, slot);
      case credential::OnLeak::kRevoke:
        return revoke(done);
    }
    return {};
  }

  // A rule may forbid it: then it stays at the notice, and the reply says why.
  base::Status stage(Done& done, const credential::SlotTag& slot) {
    const auto found = replacements_.find(done.id.value);
    if (found == replacements_.end()) {
      done.why = "a new value is given to administrators alone; stage one, or start a rotation";
      return {};
    }
    Result<credential::SecretMaterial> material = admit(scope_, found->second);
    if (!material) return leave(done, material.error());
    credential::StageSecret command;
    command.slot = slot;
    command.material = *material;
    command.label = "leak of " + to_text(done.id);
    command.if_vacant = true;
    Result<Applied> applied = scope_.execute(done.state.id, command);
    if (!applied) return leave(done, applied.error());
    done.state = std::move(applied->state);
    done.action = "staged";
    done.staged = Staged{command.material.id, found->second.value};
    return {};
  }

  base::Status revoke(Done& done) {
    const base::Status allowed =
        check_another_admin_secret(context_.usage, done.state, done.id, scope_.now());
    if (!allowed) return leave(done, allowed.error());
    Result<Applied> applied = scope_.execute(
        done.state.id,
        credential::RevokeSecret{done.id, "reported as leaked by " + reports_.source});
    if (!applied) return leave(done, applied.error());
    done.state = std::move(applied->state);
    done.action = "revoked";
    return {};
  }

  // At the notice, where it is a rule that forbids more.
  static base::Status leave(Done& done, const base::Error& error) {
    if (!is_of_rules(error)) return tl::unexpected(error);
    done.why = error.detail;
    return {};
  }

  base::Status write_down(const Report& report, const Done& done) {
    REKEY_TRY(const bool is_known,
              tables::was_reported(scope_.connection(), done.id, reports_.source));
    REKEY_CHECK(tables::keep_leak(scope_.connection(), {.secret_id = done.id,
                                                        .source = reports_.source,
                                                        .place = report.place,
                                                        .action = done.action,
                                                        .at = scope_.now()}));
    if (is_known || !credential::is_live(done.found)) return {};
    REKEY_CHECK(
        scope_.execute(LeakReported{done.state.client_id, done.id, reports_.source, done.action}));
    return {};
  }

  const AdminContext& context_;
  ChangeScope& scope_;
  const Reports& reports_;
  const Replacements& replacements_;
};

// ---- answering ----------------------------------------------------------------------------------

enum class Values { kShown, kLeftOut };

void write_done(net::JsonWriter& json, const AdminContext& context, const Done& done,
                base::Instant now, Values values) {
  const credential::ClientSecret& secret = *credential::find_secret(done.state, done.id);
  json.begin_object()
      .member("client_id", done.state.client_id.value)
      .member("package", done.state.package.name)
      .member("package_id", to_text(done.state.package_id))
      .member("secret_id", to_text(done.id))
      .member("slot", secret.slot.value)
      .member("state", name_of(done.found))
      .member("live", credential::is_live(done.found))
      .member("action", done.action);
  if (!done.why.empty()) json.member("why", done.why);
  if (done.staged) {
    json.key("staged");
    const ValueShown shown = values == Values::kShown
                                 ? ValueShown{.value = done.staged->value.get()}
                                 : ValueShown{.was_shown_already = true};
    write_secret(json,
                 view_of(context.usage, *credential::find_secret(done.state, done.staged->id), now),
                 shown);
  }
  json.end_object();
}

// In the order of the reports; the secrets of each.
using AllDone = std::vector<std::vector<Done>>;

std::string reply_text(const AdminContext& context, const AllDone& all, base::Instant now,
                       Values values) {
  net::JsonWriter json;
  json.begin_object().key("reports").begin_array();
  for (const std::vector<Done>& of_one : all) {
    json.begin_object().member("known", !of_one.empty()).key("secrets").begin_array();
    for (const Done& done : of_one) write_done(json, context, done, now, values);
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return json.release();
}

// What GitHub takes as feedback: by hash, so that no value goes back.
std::string partner_text(const Reports& reports, const AllDone& all) {
  net::JsonWriter json;
  json.begin_array();
  for (std::size_t i = 0; i < all.size(); ++i) {
    json.begin_object()
        .member("token_hash", reports.all[i].value_hash)
        .member("token_type", reports.all[i].type)
        .member("label", all[i].empty() ? "false_positive" : "true_positive")
        .end_object();
  }
  json.end_array();
  return json.release();
}

Result<AdminReply> carry_out(const AdminContext& context, ChangeScope& scope,
                             const Reports& reports, const Replacements& replacements) {
  Reaction reaction(context, scope, reports, replacements);
  AllDone all;
  for (const Report& report : reports.all) {
    REKEY_TRY(const auto holders, tables::find_holders(scope.connection(), report.fingerprint));
    std::vector<Done>& of_one = all.emplace_back();
    for (const tables::Holder& holder : holders) {
      REKEY_TRY(Done done, reaction.to(report, holder));
      of_one.push_back(std::move(done));
    }
  }
  if (reports.is_of_partner) return reply_with(200, partner_text(reports, all));
  return AdminReply{200, base::Secret::take(reply_text(context, all, scope.now(), Values::kShown)),
                    reply_text(context, all, scope.now(), Values::kLeftOut)};
}

}  // namespace

Result<PlannedChange> report_leaks(const AdminContext& context, const AdminCall& call) {
  REKEY_TRY(Reports reports, read_reports(context, call));
  REKEY_TRY(Replacements replacements, make_replacements(context, reports, call.now));
  PlannedChange change;
  change.work = [&context, reports = std::move(reports),
                 replacements = std::move(replacements)](ChangeScope& scope) {
    return carry_out(context, scope, reports, replacements);
  };
  return change;
}

Result<AdminReply> list_leaks(const AdminContext& context, const AdminCall& call) {
  REKEY_TRY(const auto rows, tables::load_leaks(context.reads, kMostListed));
  REKEY_TRY(const std::vector<Integration> all, tables::load_all_integrations(context.reads));
  std::map<std::int64_t, std::pair<const Integration*, const credential::ClientSecret*>> by_secret;
  for (const Integration& it : all) {
    for (const auto& secret : it.secrets) by_secret[secret.id.value] = {&it, &secret};
  }
  net::JsonWriter json;
  json.begin_object().key("leaks").begin_array();
  for (const tables::LeakRow& row : rows) {
    const auto found = by_secret.find(row.secret_id.value);
    if (found == by_secret.end()) continue;
    const auto& [integration, secret] = found->second;
    const SecretView view = view_of(context.usage, *secret, call.now);
    json.begin_object()
        .member("client_id", integration->client_id.value)
        .member("package", integration->package.name)
        .member("secret_id", to_text(row.secret_id))
        .member("state", name_of(status_at(*secret, view.last_used_at, call.now)))
        .member("prefix", secret->shown_prefix)
        .member("source", row.source)
        .member("place", row.place)
        .member("action", row.action);
    write_instant(json, "reported_at", row.at);
    json.end_object();
  }
  json.end_array();
  write_instant(json, "as_of", call.now);
  json.end_object();
  return reply_with(200, json.release());
}

}  // namespace rekey::authority
