#include "authority/admin_packages.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/identifiers.h"
#include "authority/json_fields.h"
#include "authority/new_secret.h"
#include "authority/tables/integrations.h"
#include "authority/tables/tenants.h"
#include "base/text.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;
using credential::Integration;

// ---- reading ----------------------------------------------------------------------------------

Result<credential::Policy> policy_for(storage::Connection& connection, const Integration& it) {
  REKEY_TRY(const std::optional<Tenant> tenant, tables::load_tenant(connection));
  REKEY_TRY(const credential::Policy tenant_policy, policy_of(tenant.value_or(Tenant{})));
  return credential::effective_policy(tenant_policy, it);
}

Result<AdminReply> show(const AdminContext& context, const AdminCall& call, bool with_descriptor) {
  REKEY_TRY(const Integration it, load_undeleted(context.reads, call.ids.at(0)));
  REKEY_TRY(const credential::Policy policy, policy_for(context.reads, it));
  return reply_with(200, package_text(context, it, [&](net::JsonWriter& json) {
                      json.key("secrets").begin_array();
                      for (const credential::ClientSecret& secret : it.secrets) {
                        write_secret(json, view_of(context.usage, secret, call.now));
                      }
                      json.end_array().key("policy");
                      write_policy(json, policy);
                      if (!with_descriptor) return;
                      json.key("descriptor");
                      write_descriptor(json, policy);
                    }));
}

// ---- creating ---------------------------------------------------------------------------------

base::Status check_scopes_are_registered(const Tenant& tenant,
                                         const std::vector<std::string>& scopes) {
  const std::vector<std::string_view> known(tenant.scopes.begin(), tenant.scopes.end());
  for (const std::string& scope : scopes) {
    if (std::find(known.begin(), known.end(), scope) != known.end()) continue;
    const std::string_view nearest = base::nearest_word(scope, known);
    return base::fail(Code::kInvalidArgument,
                      nearest.empty()
                          ? fmt::format("scopes: \"{}\" is not a known scope", scope)
                          : fmt::format("scopes: \"{}\" is not a known scope; did you mean \"{}\"?",
                                        scope, nearest));
  }
  return {};
}

std::vector<credential::BusinessUnitId> with_home(std::vector<credential::BusinessUnitId> units,
                                                  credential::BusinessUnitId home) {
  if (std::find(units.begin(), units.end(), home) == units.end()) units.insert(units.begin(), home);
  return units;
}

// A new package as the request asks for it; the ids come in the transaction.
struct PackageRequest {
  credential::CreatePackage command;
  NewSecret secret;
  std::optional<base::Instant> imported_generated_at;
};

base::Status read_first_secret(const AdminContext& context, const net::JsonValue& body,
                               PackageRequest& request) {
  const net::JsonValue* import = body.find("import");
  if (import == nullptr) {
    REKEY_TRY(request.secret, make_new_secret(context.keys, credential::default_slot()));
    return {};
  }
  REKEY_CHECK(check_members(*import, {"value", "generated_at"}));
  REKEY_TRY(std::string value, import->string_member("value"));
  REKEY_TRY(request.secret, adopt_value(context.keys, base::Secret::take(std::move(value))));
  REKEY_TRY(request.imported_generated_at, instant_member(*import, "generated_at"));
  return {};
}

Result<PackageRequest> read_package_request(const AdminContext& context,
                                            const net::JsonValue& body) {
  REKEY_CHECK(
      check_members(body, {"name", "description", "owners", "contacts", "documentation_link",
                           "scopes", "business_units", "policy", "client_id", "import"}));
  PackageRequest request;
  credential::CreatePackage& command = request.command;
  REKEY_TRY(command.package.name, body.string_member("name"));
  REKEY_TRY(command.package.description, body.string_member_or("description", ""));
  REKEY_TRY(command.package.owners, texts_member(body, "owners"));
  REKEY_TRY(command.package.contacts, texts_member(body, "contacts"));
  REKEY_TRY(command.package.documentation_link, body.string_member_or("documentation_link", ""));
  if (body.find("scopes") == nullptr) {
    return base::fail(Code::kInvalidArgument, "scopes: a list is needed; it may be empty");
  }
  REKEY_TRY(command.scopes, texts_member(body, "scopes"));
  REKEY_TRY(command.business_units, units_member(body, "business_units"));
  REKEY_TRY(command.policy_overrides, settings_member(body, "policy"));
  REKEY_TRY(const std::string client_id, body.string_member_or("client_id", ""));
  command.client_id = random_client_id();
  if (!client_id.empty()) {
    REKEY_TRY(command.client_id, credential::parse_client_id(client_id));
  }
  REKEY_CHECK(read_first_secret(context, body, request));
  return request;
}

base::Status check_client_id_is_free(ChangeScope& scope, const credential::ClientId& client_id) {
  const auto taken = tables::find_by_client_id(scope.connection(), client_id.value);
  if (taken) {
    return base::fail(
        Code::kAlreadyExists,
        fmt::format("client id {} is taken, for ever: an id is never used again", client_id.value));
  }
  if (taken.error().code != Code::kNotFound) return tl::unexpected(taken.error());
  return {};
}

Result<Integration> create_in(ChangeScope& scope, const PackageRequest& request) {
  credential::CreatePackage command = request.command;
  REKEY_TRY(const Tenant tenant, scope.tenant());
  REKEY_CHECK(check_scopes_are_registered(tenant, command.scopes));
  REKEY_CHECK(check_client_id_is_free(scope, command.client_id));
  REKEY_TRY(command.id, tables::next_integration_id(scope.connection()));
  command.package_id = credential::PackageId{command.id.value};
  command.tenant_id = tenant.id;
  command.home_business_unit = tenant.home_business_unit;
  command.business_units = with_home(command.business_units, tenant.home_business_unit);
  REKEY_TRY(credential::SecretMaterial material, admit(scope, request.secret));
  if (request.imported_generated_at) {
    REKEY_CHECK(
        check_is_held_nowhere_else(scope.connection(), request.secret.fingerprint, command.id));
    command.imported = {std::move(material), *request.imported_generated_at};
  } else {
    command.generated = std::move(material);
  }
  REKEY_TRY(Applied applied, scope.execute(credential::IntegrationId{}, command));
  return std::move(applied.state);
}

// ---- editing ----------------------------------------------------------------------------------

// The facts with those members replaced that the request names.
Result<credential::PackageFacts> edit_facts(credential::PackageFacts facts,
                                            const net::JsonValue& body) {
  REKEY_TRY(facts.name, body.string_member_or("name", facts.name));
  REKEY_TRY(facts.description, body.string_member_or("description", facts.description));
  REKEY_TRY(facts.documentation_link,
            body.string_member_or("documentation_link", facts.documentation_link));
  if (body.find("owners") != nullptr) {
    REKEY_TRY(facts.owners, texts_member(body, "owners"));
  }
  if (body.find("contacts") != nullptr) {
    REKEY_TRY(facts.contacts, texts_member(body, "contacts"));
  }
  return facts;
}

Result<credential::EditPackage> read_edit(ChangeScope& scope, const Integration& before,
                                          const net::JsonValue& body) {
  credential::EditPackage command;
  REKEY_TRY(command.package, edit_facts(before.package, body));
  if (body.find("scopes") != nullptr) {
    REKEY_TRY(command.scopes, texts_member(body, "scopes"));
    REKEY_TRY(const Tenant tenant, scope.tenant());
    REKEY_CHECK(check_scopes_are_registered(tenant, *command.scopes));
  }
  if (body.find("business_units") != nullptr) {
    REKEY_TRY(std::vector<credential::BusinessUnitId> units, units_member(body, "business_units"));
    command.business_units = with_home(std::move(units), before.home_business_unit);
  }
  if (body.find("policy") != nullptr) {
    REKEY_TRY(command.policy_overrides, settings_member(body, "policy"));
  }
  return command;
}

// A change of one package that answers with the package.
Result<PlannedChange> plan_on_package(const AdminContext& context, const AdminCall& call,
                                      const credential::Command& command) {
  REKEY_CHECK(check_members(call.body, {}));
  PlannedChange change;
  change.work = [&context, id = call.ids.at(0), command](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const credential::IntegrationId number, find_integration(scope.connection(), id));
    REKEY_TRY(const Applied applied, scope.execute(number, command));
    return reply_with(200, package_text(context, applied.state));
  };
  return change;
}

}  // namespace

Result<AdminReply> list_packages(const AdminContext& context, const AdminCall&) {
  REKEY_TRY(const std::vector<Integration> all, tables::load_all_integrations(context.reads));
  net::JsonWriter json;
  json.begin_object().key("packages").begin_array();
  for (const Integration& it : all) {
    if (!it.is_deleted) json.raw(package_text(context, it));
  }
  json.end_array().end_object();
  return reply_with(200, json.release());
}

Result<AdminReply> show_package(const AdminContext& context, const AdminCall& call) {
  return show(context, call, false);
}

Result<AdminReply> show_integration(const AdminContext& context, const AdminCall& call) {
  return show(context, call, true);
}

Result<PlannedChange> create_package(const AdminContext& context, const AdminCall& call) {
  REKEY_TRY(PackageRequest read, read_package_request(context, call.body));
  PlannedChange change;
  change.work = [&context, request = std::move(read)](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const Integration it, create_in(scope, request));
    const SecretView view{it.secrets.front(), std::nullopt, scope.now()};
    const auto text_with = [&](const ValueShown& shown) {
      return package_text(context, it, [&](net::JsonWriter& json) {
        json.key("secret");
        write_secret(json, view, shown);
      });
    };
    if (request.imported_generated_at) return reply_with(201, text_with({}));
    return AdminReply{201, base::Secret::take(text_with({.value = request.secret.value.get()})),
                      text_with({.was_shown_already = true})};
  };
  return change;
}

Result<PlannedChange> edit_package(const AdminContext& context, const AdminCall& call) {
  REKEY_CHECK(
      check_members(call.body, {"name", "description", "owners", "contacts", "documentation_link",
                                "scopes", "business_units", "policy"}));
  PlannedChange change;
  change.work = [&context, id = call.ids.at(0),
                 body = call.body](ChangeScope& scope) -> Result<AdminReply> {
    REKEY_TRY(const credential::IntegrationId number, find_integration(scope.connection(), id));
    REKEY_TRY(const Integration before, scope.load(number));
    REKEY_TRY(const credential::EditPackage command, read_edit(scope, before, body));
    REKEY_TRY(const Applied applied, scope.execute(number, command));
    return reply_with(200, package_text(context, applied.state));
  };
  return change;
}

Result<PlannedChange> enable_package(const AdminContext& context, const AdminCall& call) {
  return plan_on_package(context, call, credential::SetEnabled{true});
}

Result<PlannedChange> disable_package(const AdminContext& context, const AdminCall& call) {
  return plan_on_package(context, call, credential::SetEnabled{false});
}

Result<PlannedChange> delete_package(const AdminContext& context, const AdminCall& call) {
  return plan_on_package(context, call, credential::DeletePackage{});
}

}  // namespace rekey::authority
