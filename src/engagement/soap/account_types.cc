#include "engagement/soap/accounts_json.h"

#include <fmt/format.h>

#include <set>

#include "engagement/soap/object_types.h"
#include "net/json.h"

namespace rekey::engagement::soap {

namespace {

Property plain(std::string name, ValueKind kind, std::string sql) {
  return {std::move(name), kind, std::move(sql), Presence::kAsked, {}, false};
}
Property always(std::string name, ValueKind kind, std::string sql,
                std::optional<std::string> otherwise) {
  return {std::move(name), kind, std::move(sql), Presence::kAlways, std::move(otherwise), false};
}
std::string member(std::string_view name) {
  return fmt::format("json_extract(j.value, '$.{}')", name);
}
void append(ObjectType& type, const std::vector<Property>& properties) {
  type.properties.insert(type.properties.end(), properties.begin(), properties.end());
}

// Over the accounts that ?4 brings.
ObjectType over_accounts(std::string name, std::string scope, const BaseSql& base) {
  ObjectType type;
  type.name = std::move(name);
  type.read_scope = std::move(scope);
  type.source = "json_each(?4) j";
  type.condition = "?1 > 0";
  type.cursor = member("id");
  type.properties = base_properties(base);
  // FuelSDK for C# begins with this one (contract section 5.4).
  type.properties.insert(type.properties.begin() + 1,
                         plain("Client.EnterpriseID", ValueKind::kInteger, member("enterprise")));
  return type;
}

ObjectType business_unit() {
  ObjectType type = over_accounts("BusinessUnit", "accounts_read",
                                  {member("id"), {}, {}, member("id"), {}, member("key")});
  append(type, {always("AccountType", ValueKind::kText, member("type"), "None"),
                plain("ParentID", ValueKind::kInteger, member("parent")),
                plain("BrandID", ValueKind::kInteger, {}),
                plain("PrivateLabelID", ValueKind::kInteger, {}),
                plain("ReportingParentID", ValueKind::kInteger, {}),
                plain("Name", ValueKind::kText, member("name")),
                plain("Email", ValueKind::kText, {}),
                plain("FromName", ValueKind::kText, {}),
                plain("BusinessName", ValueKind::kText, member("name")),
                plain("Phone", ValueKind::kText, {}),
                plain("Address", ValueKind::kText, {}),
                plain("Fax", ValueKind::kText, {}),
                plain("City", ValueKind::kText, {}),
                plain("State", ValueKind::kText, {}),
                plain("Zip", ValueKind::kText, {}),
                plain("Country", ValueKind::kText, {}),
                plain("IsActive", ValueKind::kInteger, "1"),
                plain("IsTestAccount", ValueKind::kBoolean, "1"),
                plain("DBID", ValueKind::kInteger, {}),
                plain("ParentName", ValueKind::kText, member("parentName")),
                plain("CustomerID", ValueKind::kInteger, {}),
                plain("DeletedDate", ValueKind::kText, {}),
                plain("EditionID", ValueKind::kInteger, {}),
                always("Subscription", ValueKind::kText, {}, std::nullopt),
                plain("InheritAddress", ValueKind::kBoolean, {}),
                plain("Description", ValueKind::kText, {}),
                always("MasterUnsubscribeBehavior", ValueKind::kText, {}, "BUSINESS_UNIT_ONLY")});
  return type;
}

ObjectType account_user() {
  ObjectType type = over_accounts("AccountUser", "users_read",
                                  {member("businessUnit"),
                                   member("createdAt"),
                                   member("createdAt"),
                                   member("id"),
                                   {},
                                   member("key")});
  append(type, {plain("AccountUserID", ValueKind::kInteger, member("id")),
                always("UserID", ValueKind::kText, member("key"), ""),
                always("Name", ValueKind::kText, member("name"), ""),
                always("Email", ValueKind::kText, {}, ""),
                plain("MustChangePassword", ValueKind::kBoolean, "0"),
                plain("ActiveFlag", ValueKind::kBoolean, member("isActive")),
                always("Delete", ValueKind::kInteger, "0", "0"),
                plain("LastSuccessfulLogin", ValueKind::kText, {}),
                plain("IsAPIUser", ValueKind::kBoolean, "1"),
                plain("NotificationEmailAddress", ValueKind::kText, {}),
                plain("IsLocked", ValueKind::kBoolean, "0"),
                plain("BusinessUnit", ValueKind::kInteger, member("businessUnit")),
                plain("DefaultBusinessUnit", ValueKind::kInteger, member("businessUnit")),
                plain("DefaultApplication", ValueKind::kText, {}),
                plain("Locale.LocaleCode", ValueKind::kText, {}),
                plain("TimeZone.ID", ValueKind::kInteger, {}),
                plain("TimeZone.Name", ValueKind::kText, {})});
  return type;
}

std::string name_of_unit(std::int64_t unit, std::int64_t enterprise) {
  return unit == enterprise ? "Sandbox" : fmt::format("Business unit {}", unit);
}

std::set<std::int64_t> units_of(const std::vector<PackageFacts>& packages, const Caller& caller,
                                bool asks_for_all) {
  std::set<std::int64_t> units = {caller.business_unit};
  if (!asks_for_all) return units;
  units.insert(caller.enterprise);
  for (const PackageFacts& package : packages) {
    units.insert(package.home_business_unit);
    units.insert(package.business_units.begin(), package.business_units.end());
  }
  units.erase(0);
  return units;
}

}  // namespace

const std::vector<ObjectType>& account_types() {
  static const std::vector<ObjectType> kTypes = {business_unit(), account_user()};
  return kTypes;
}

std::string business_units_json(const std::vector<PackageFacts>& packages, const Caller& caller,
                                bool asks_for_all) {
  net::JsonWriter json;
  json.begin_array();
  for (const std::int64_t unit : units_of(packages, caller, asks_for_all)) {
    const bool is_top = unit == caller.enterprise;
    json.begin_object()
        .member("id", unit)
        .member("key", std::to_string(unit))
        .member("name", name_of_unit(unit, caller.enterprise))
        .member("type", is_top ? "ENTERPRISE_2" : "BUSINESS_UNIT")
        .member("enterprise", caller.enterprise)
        .member("parent", is_top ? 0 : caller.enterprise);
    if (!is_top) json.member("parentName", name_of_unit(caller.enterprise, caller.enterprise));
    json.end_object();
  }
  json.end_array();
  return json.release();
}

std::string account_users_json(const std::vector<PackageFacts>& packages, const Caller& caller,
                               bool asks_for_all) {
  net::JsonWriter json;
  json.begin_array();
  for (const PackageFacts& package : packages) {
    if (!asks_for_all && package.home_business_unit != caller.business_unit) continue;
    json.begin_object()
        .member("id", package.integration)
        .member("key", package.client_id)
        .member("name", package.name + " app user")
        .member("isActive", package.is_enabled ? 1 : 0)
        .member("businessUnit", package.home_business_unit)
        .member("enterprise", caller.enterprise)
        .member("createdAt", base::to_millis(package.created_at))
        .end_object();
  }
  json.end_array();
  return json.release();
}

}  // namespace rekey::engagement::soap
