#include "cli/serve_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "authority/event_codec.h"
#include "authority/tables/integrations.h"
#include "ledger/window.h"
#include "net/json.h"
#include "storage/sqlite.h"

namespace rekey::cli {
namespace {

using base::Result;
using engagement::AuditAsked;
using engagement::AuditFact;
using engagement::AuditPage;

// Events about who is let in; all others are about what was changed.
constexpr std::string_view kRefused = "refusal_episode";
constexpr std::string_view kRecovered = "admin_recovered";

struct Owner {
  std::string package;
  std::string package_id;
  std::vector<std::int64_t> business_units;
};
struct Owners {
  std::map<std::int64_t, Owner> by_integration;
  std::map<std::string, std::int64_t> by_client_id;
};

Result<Owners> read_owners(storage::Connection& reads) {
  REKEY_TRY(const auto integrations, authority::tables::load_all_integrations(reads));
  Owners owners;
  for (const auto& one : integrations) {
    Owner owner{one.package.name, fmt::format("pkg_{}", one.package_id.value), {}};
    for (const auto& unit : one.business_units) owner.business_units.push_back(unit.value);
    owners.by_client_id.emplace(one.client_id.value, one.id.value);
    owners.by_integration.emplace(one.id.value, std::move(owner));
  }
  return owners;
}

// The secret that an event of an integration is about; 0 where it is about none.
std::int64_t secret_in(const std::string& body) {
  const auto json = net::parse_json(body);
  return json ? json->integer_member_or("secret_id", 0).value_or(0) : 0;
}

std::string client_id_in(const std::string& body) {
  const auto json = net::parse_json(body);
  return json ? json->string_member_or("client_id", "").value_or("") : "";
}

// The package that an event is about; nullptr where it is about none that is known. One of the
// account may name its client, as a refusal does.
const Owner* owner_of(const ledger::WindowEvent& found, const Owners& owners) {
  std::int64_t id = 0;
  if (const auto integration = authority::integration_of(found.stream)) {
    id = integration->value;
  } else {
    const auto client = owners.by_client_id.find(client_id_in(found.event.body));
    if (client != owners.by_client_id.end()) id = client->second;
  }
  const auto owner = owners.by_integration.find(id);
  return owner == owners.by_integration.end() ? nullptr : &owner->second;
}

// What is about no package is told in every business unit.
bool is_seen(const Owner* owner, std::int64_t business_unit) {
  if (owner == nullptr || owner->business_units.empty()) return true;
  const auto& units = owner->business_units;
  return std::find(units.begin(), units.end(), business_unit) != units.end();
}

AuditFact fact_of(const ledger::WindowEvent& found, const Owner* owner) {
  AuditFact fact;
  fact.id = found.position;
  fact.at = found.event.at;
  fact.actor = found.event.actor;
  fact.operation = found.event.type;
  fact.transaction = fmt::format("{}#{}", found.stream, found.version);
  if (!authority::integration_of(found.stream)) {
    fact.object_type = "Account";
    fact.object_id = found.stream;
    fact.object_name = client_id_in(found.event.body);
    return fact;
  }
  if (owner != nullptr) {
    fact.object_name = owner->package;
    fact.object_id = owner->package_id;
  }
  fact.object_type = "Installed Package";
  if (const std::int64_t secret = secret_in(found.event.body); secret != 0) {
    fact.object_type = "Client Secret";
    fact.object_id = fmt::format("sec_{}", secret);
  }
  return fact;
}

}  // namespace

Result<AuditPage> read_audit(const std::string& database, const AuditAsked& asked) {
  REKEY_TRY(auto reads, storage::Connection::open(database, storage::OpenMode::kReadOnly));
  REKEY_TRY(const Owners owners, read_owners(reads));
  ledger::Window window;
  window.from = asked.from;
  window.until = asked.until;
  window.types = {std::string(kRefused), std::string(kRecovered)};
  window.takes_others = !asked.is_security;
  window.newest_first = asked.newest_first;
  AuditPage page;
  const auto count = [&](const ledger::WindowEvent& found) -> base::Status {
    const Owner* owner = owner_of(found, owners);
    if (!is_seen(owner, asked.business_unit)) return {};
    const bool is_on_page = page.count >= asked.skip && page.count - asked.skip < asked.limit;
    if (is_on_page) page.facts.push_back(fact_of(found, owner));
    ++page.count;
    return {};
  };
  REKEY_CHECK(ledger::visit_window(reads, window, count));
  return page;
}

}  // namespace rekey::cli
