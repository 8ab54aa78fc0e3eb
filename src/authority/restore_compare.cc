#include "authority/restore_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "authority/data_folder.h"
#include "authority/tables/integrations.h"
#include "authority/tables/schema.h"
#include "authority/tables/side_tables.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;
using credential::ClientSecret;
using credential::Integration;

// When each secret was last used, as far as it was written down.
using LastUses = std::map<std::int64_t, base::Instant>;

Result<LastUses> load_last_uses(storage::Connection& connection) {
  REKEY_TRY(const std::vector<UsageRow> rows, tables::load_usage(connection));
  LastUses uses;
  for (const UsageRow& row : rows) {
    base::Instant& last = uses[row.secret_id.value];
    last = std::max(last, row.last_seen);
  }
  return uses;
}

std::optional<base::Instant> last_use_of(const LastUses& uses, const ClientSecret& secret) {
  const auto found = uses.find(secret.id.value);
  return found == uses.end() ? std::nullopt : std::optional(found->second);
}

RestoredSecret describe(const Integration& integration, const ClientSecret& secret,
                        std::optional<base::Instant> last_used_at, base::Instant now) {
  return {.client_id = integration.client_id,
          .package = integration.package.name,
          .id = secret.id,
          .slot = secret.slot,
          .status = credential::status_at(secret, last_used_at, now),
          .ends_at = credential::end_of(secret, last_used_at),
          .is_admin = integration.is_admin};
}

void sort_by_issue(std::vector<RestoredSecret>& secrets) {
  std::sort(secrets.begin(), secrets.end(), [](const RestoredSecret& a, const RestoredSecret& b) {
    return a.id.value < b.id.value;
  });
}

// Ok too where nobody can tell, as of a copy that may not be written.
base::Status check_is_not_served(const DataFolder& lost) {
  const Result<platform::FileLock> lock = platform::FileLock::acquire(lost.lock());
  if (lock || lock.error().code != Code::kConflict) return {};
  return base::fail(Code::kRefused,
                    fmt::format("a server still serves {}: two authorities of one tenant would "
                                "both issue secrets; stop it, and do without the restore if it is "
                                "sound",
                                lost.path));
}

// The event at the end of the copy, in both.
base::Status check_is_its_ledger(storage::Connection& restored, storage::Connection& lost,
                                 const std::string& lost_path) {
  REKEY_TRY(const std::int64_t position, ledger::last_position(restored));
  REKEY_TRY(const auto own, ledger::read_all(restored, position - 1, 1));
  REKEY_TRY(const auto theirs, ledger::read_all(lost, position - 1, 1));
  if (own.size() == 1 && theirs.size() == 1 && own[0].hash == theirs[0].hash) return {};
  return base::fail(Code::kRefused,
                    fmt::format("{} is not the folder that this backup was made of: its ledger has "
                                "another event {}, or none",
                                lost_path, position));
}

// Why the lost authority did not accept the secret any more; empty where it did.
std::string how_it_ended(const Integration& integration, credential::SecretId id,
                         const LastUses& uses, base::Instant now) {
  if (integration.is_deleted) return "its package was deleted";
  const ClientSecret* const secret = credential::find_secret(integration, id);
  if (secret == nullptr) return "unknown there";
  const auto status = credential::status_at(*secret, last_use_of(uses, *secret), now);
  if (!credential::is_live(status)) return std::string(name_of(status));
  return integration.is_enabled ? "" : "its package was disabled";
}

}  // namespace

Result<ListedSecrets> list_secrets(storage::Connection& restored, Span span) {
  REKEY_TRY(const std::vector<Integration> integrations, tables::load_all_integrations(restored));
  REKEY_TRY(const LastUses uses, load_last_uses(restored));
  ListedSecrets listed;
  for (const Integration& integration : integrations) {
    if (integration.is_deleted || !integration.is_enabled) continue;
    for (const ClientSecret& secret : integration.secrets) {
      const auto used_at = last_use_of(uses, secret);
      const auto status_then = credential::status_at(secret, used_at, span.made_at);
      RestoredSecret now = describe(integration, secret, used_at, span.now);
      if (credential::is_live(now.status)) {
        listed.accepted.push_back(std::move(now));
      } else if (credential::is_live(status_then)) {
        listed.ended_since.push_back(std::move(now));
      }
    }
  }
  sort_by_issue(listed.accepted);
  sort_by_issue(listed.ended_since);
  return listed;
}

Result<SinceBackup> compare_with_lost(storage::Connection& restored, const std::string& lost_folder,
                                      const std::vector<RestoredSecret>& accepted,
                                      base::Instant now) {
  const DataFolder lost{lost_folder};
  REKEY_CHECK(check_is_not_served(lost));
  REKEY_TRY(storage::Connection connection,
            storage::Connection::open(lost.database(), storage::OpenMode::kReadOnly));
  const base::Status is_readable = tables::check_schema(connection);
  if (!is_readable) {
    return tl::unexpected(base::with_context(lost.database(), is_readable.error()));
  }
  SinceBackup since;
  REKEY_CHECK(connection.in_snapshot([&]() -> base::Status {
    REKEY_CHECK(check_is_its_ledger(restored, connection, lost.path));
    REKEY_TRY(const std::int64_t own, ledger::last_position(restored));
    REKEY_TRY(const std::int64_t theirs, ledger::last_position(connection));
    since.events = theirs - own;
    REKEY_TRY(const std::vector<Integration> integrations,
              tables::load_all_integrations(connection));
    REKEY_TRY(const LastUses uses, load_last_uses(connection));
    std::map<std::string, const Integration*> by_client_id;
    for (const Integration& one : integrations) by_client_id[one.client_id.value] = &one;
    for (const RestoredSecret& secret : accepted) {
      const auto found = by_client_id.find(secret.client_id.value);
      std::string how = found == by_client_id.end()
                            ? "unknown there"
                            : how_it_ended(*found->second, secret.id, uses, now);
      if (!how.empty()) since.ended.push_back({secret, std::move(how)});
    }
    return {};
  }));
  return since;
}

}  // namespace rekey::authority
