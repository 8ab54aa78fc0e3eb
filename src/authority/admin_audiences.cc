#include "authority/admin_audiences.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/json_fields.h"
#include "authority/tables/integrations.h"
#include "authority/tables/tenants.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

void write_audience(net::JsonWriter& json, const Audience& audience) {
  json.begin_object().member("uri", audience.uri).member("algorithm", name_of(audience.algorithm));
  write_texts(json, "clients", audience.clients);
  json.member("resource_server", audience.resource_server).end_object();
}

std::vector<Audience>::const_iterator find_audience(const Tenant& tenant, const std::string& uri) {
  return std::find_if(tenant.audiences.begin(), tenant.audiences.end(),
                      [&uri](const Audience& audience) { return audience.uri == uri; });
}

// "pkg_1" or a client id becomes the client id of a package that is there.
Result<std::string> client_id_of(ChangeScope& scope, const std::string& id) {
  REKEY_TRY(const credential::Integration integration, load_undeleted(scope.connection(), id));
  return integration.client_id.value;
}

Result<Audience> resolve(ChangeScope& scope, Audience asked) {
  for (std::string& client : asked.clients) {
    REKEY_TRY(client, client_id_of(scope, client));
  }
  if (!asked.resource_server.empty()) {
    REKEY_TRY(asked.resource_server, client_id_of(scope, asked.resource_server));
  }
  REKEY_CHECK(check(asked));
  return asked;
}

Result<AdminReply> declare(const AdminContext& context, ChangeScope& scope, const Audience& asked,
                           const crypto::JwsKey& first_key) {
  REKEY_TRY(const Audience audience, resolve(scope, asked));
  REKEY_TRY(const Tenant tenant, scope.tenant());
  const bool is_new = find_audience(tenant, audience.uri) == tenant.audiences.end();
  if (is_new && tenant.audiences.size() >= kMaxAudiences) {
    return base::fail(
        Code::kLimitReached,
        fmt::format("{} audiences are declared; remove one that is not needed", kMaxAudiences));
  }
  if (needs_next_key(tenant.signing_keys, audience.algorithm, scope.now())) {
    REKEY_CHECK(
        add_signing_key(scope, context.signing, first_key,
                        next_signs_from(tenant.signing_keys, audience.algorithm, scope.now())));
  }
  REKEY_TRY([[maybe_unused]] const Tenant after, scope.execute(AudienceDeclared{audience}));
  net::JsonWriter json;
  json.begin_object().key("audience");
  write_audience(json, audience);
  json.end_object();
  return reply_with(is_new ? 201 : 200, json.release());
}

}  // namespace

Result<AdminReply> list_audiences(const AdminContext& context, const AdminCall&) {
  REKEY_TRY(std::optional<Tenant> stored, tables::load_tenant(context.reads));
  net::JsonWriter json;
  json.begin_object().member("own", issuer_of(context.settings)).key("audiences").begin_array();
  for (const Audience& audience : std::move(stored).value_or(Tenant{}).audiences) {
    write_audience(json, audience);
  }
  json.end_array().end_object();
  return reply_with(200, json.release());
}

Result<PlannedChange> declare_audience(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {"uri", "algorithm", "clients", "resource_server"}));
  Audience asked;
  REKEY_TRY(asked.uri, call.body.string_member("uri"));
  REKEY_TRY(const std::string algorithm, call.body.string_member_or("algorithm", "ES256"));
  REKEY_TRY(asked.algorithm, crypto::parse_jws_algorithm(algorithm));
  REKEY_TRY(asked.clients, texts_member(call.body, "clients"));
  REKEY_TRY(asked.resource_server, call.body.string_member_or("resource_server", ""));
  if (asked.uri == issuer_of(context.settings)) {
    return base::fail(Code::kInvalidArgument,
                      "that is this server's own audience, which tokens without a resource have");
  }
  REKEY_CHECK(check({asked.uri, asked.algorithm, {}, {}}));
  // Here, because making a key of RS256 takes its time; used where it is the algorithm's first.
  const crypto::JwsKey first_key = crypto::JwsKey::generate(asked.algorithm);
  PlannedChange change;
  change.work = [&context, asked, first_key](ChangeScope& scope) {
    return declare(context, scope, asked, first_key);
  };
  return change;
}

Result<PlannedChange> remove_audience(const AdminContext&, const AdminCall& call) {
  REKEY_CHECK(check_members(call.body, {"uri"}));
  REKEY_TRY(const std::string uri, call.body.string_member("uri"));
  PlannedChange change;
  change.work = [uri](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const Tenant tenant, scope.tenant());
    if (find_audience(tenant, uri) == tenant.audiences.end()) {
      return base::fail(Code::kNotFound, "no such audience is declared");
    }
    REKEY_TRY([[maybe_unused]] const Tenant after, scope.execute(AudienceRemoved{uri}));
    return reply_with(200, "{}");
  };
  return change;
}

}  // namespace rekey::authority
