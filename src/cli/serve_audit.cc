#include "cli/serve_audit.h"

#include <fmt/format.h>

#include <map>

#include "authority/event_codec.h"
#include "authority/tables/integrations.h"
#include "ledger/ledger.h"
#include "net/json.h"
#include "storage/sqlite.h"

namespace rekey::cli {
namespace {

using base::Result;
using engagement::AuditFact;

struct Owner {
  std::string package;
  std::string package_id;
  std::string client_id;
  std::vector<std::int64_t> business_units;
};
using Owners = std::map<std::int64_t, Owner>;

Result<Owners> read_owners(storage::Connection& reads) {
  REKEY_TRY(const auto integrations, authority::tables::load_all_integrations(reads));
  Owners owners;
  for (const auto& one : integrations) {
    Owner owner{
        one.package.name, fmt::format("pkg_{}", one.package_id.value), one.client_id.value, {}};
    for (const auto& unit : one.business_units) owner.business_units.push_back(unit.value);
    owners.emplace(one.id.value, std::move(owner));
  }
  return owners;
}

// The secret that an event of an integration is about; 0 where it is about none.
std::int64_t secret_in(const std::string& body) {
  const auto json = net::parse_json(body);
  return json ? json->integer_member_or("secret_id", 0).value_or(0) : 0;
}

AuditFact fact_of(const ledger::StoredEvent& stored, const Owners& owners) {
  AuditFact fact;
  fact.id = stored.position;
  fact.at = stored.event.at;
  fact.actor = stored.event.actor;
  fact.operation = stored.event.type;
  fact.transaction = fmt::format("{}#{}", stored.stream, stored.version);
  const auto integration = authority::integration_of(stored.stream);
  if (!integration) {
    fact.is_security =
        stored.event.type == "refusal_episode" || stored.event.type == "admin_recovered";
    fact.object_type = "Account";
    fact.object_id = stored.stream;
    const auto json = net::parse_json(stored.event.body);
    if (json) fact.object_name = json->string_member_or("client_id", "").value_or("");
    // A refusal of a package that is known is told where the package may act; others everywhere.
    for (const auto& [id, owner] : owners) {
      if (owner.client_id == fact.object_name) fact.business_units = owner.business_units;
    }
    return fact;
  }
  const auto owner = owners.find(integration->value);
  if (owner != owners.end()) {
    fact.business_units = owner->second.business_units;
    fact.object_name = owner->second.package;
    fact.object_id = owner->second.package_id;
  }
  fact.object_type = "Installed Package";
  if (const std::int64_t secret = secret_in(stored.event.body); secret != 0) {
    fact.object_type = "Client Secret";
    fact.object_id = fmt::format("sec_{}", secret);
  }
  return fact;
}

}  // namespace

Result<std::vector<AuditFact>> read_audit(const std::string& database, base::Instant from,
                                          base::Instant until) {
  constexpr int kAtOnce = 1000;
  REKEY_TRY(auto reads, storage::Connection::open(database, storage::OpenMode::kReadOnly));
  REKEY_TRY(const Owners owners, read_owners(reads));
  std::vector<AuditFact> facts;
  std::int64_t after = 0;
  for (;;) {
    REKEY_TRY(const auto events, ledger::read_all(reads, after, kAtOnce));
    if (events.empty()) return facts;
    after = events.back().position;
    for (const ledger::StoredEvent& stored : events) {
      if (stored.event.at < from || stored.event.at > until) continue;
      facts.push_back(fact_of(stored, owners));
    }
  }
}

}  // namespace rekey::cli
