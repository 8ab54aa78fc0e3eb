#include "authority/tables/schema.h"

#include <fmt/format.h>

#include <iterator>

namespace rekey::authority::tables {

namespace {

// Instants are milliseconds since 1970, durations milliseconds; lists are JSON. Tables of the first
// group follow from the ledger's events and are compared with them; the others are not part of the
// chain, because they hold what must be deletable.
constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE tenant(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  name TEXT NOT NULL,
  enterprise_id INTEGER NOT NULL,
  home_business_unit INTEGER NOT NULL,
  root_key_id INTEGER NOT NULL,
  last_token_key INTEGER NOT NULL,
  last_instance INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE policy_setting(
  tenant_id INTEGER NOT NULL REFERENCES tenant(id),
  position INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(tenant_id, position)
) STRICT;
CREATE TABLE scope(
  tenant_id INTEGER NOT NULL REFERENCES tenant(id),
  number INTEGER NOT NULL,
  name TEXT NOT NULL UNIQUE,
  PRIMARY KEY(tenant_id, number)
) STRICT;
CREATE TABLE integration(
  id INTEGER PRIMARY KEY,
  package_id INTEGER NOT NULL UNIQUE,
  tenant_id INTEGER NOT NULL REFERENCES tenant(id),
  client_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  owners TEXT NOT NULL,
  contacts TEXT NOT NULL,
  documentation_link TEXT NOT NULL,
  is_enabled INTEGER NOT NULL,
  is_deleted INTEGER NOT NULL,
  is_admin INTEGER NOT NULL,
  scopes TEXT NOT NULL,
  home_business_unit INTEGER NOT NULL,
  business_units TEXT NOT NULL,
  policy_overrides TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE slot(
  integration_id INTEGER NOT NULL REFERENCES integration(id),
  position INTEGER NOT NULL,
  tag TEXT NOT NULL,
  last_generation_at INTEGER,
  last_activation_at INTEGER,
  PRIMARY KEY(integration_id, position),
  UNIQUE(integration_id, tag)
) STRICT;
CREATE TABLE secret(
  id INTEGER PRIMARY KEY,
  integration_id INTEGER NOT NULL REFERENCES integration(id),
  slot TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  shown_prefix TEXT NOT NULL,
  label TEXT NOT NULL,
  origin TEXT NOT NULL,
  phase TEXT NOT NULL,
  end_reason TEXT NOT NULL,
  generated_at INTEGER NOT NULL,
  usable_from INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  dormancy INTEGER NOT NULL,
  activated_at INTEGER,
  superseded_at INTEGER,
  overlap_ends_at INTEGER,
  ended_at INTEGER,
  ends_at INTEGER
    GENERATED ALWAYS AS (min(expires_at, coalesce(overlap_ends_at, expires_at))) VIRTUAL,
  quiet_until INTEGER GENERATED ALWAYS AS (usable_from + dormancy) VIRTUAL
) STRICT;
CREATE INDEX secret_by_integration ON secret(integration_id);
CREATE INDEX secret_by_end ON secret(ends_at) WHERE phase <> 'ended';
CREATE INDEX secret_by_quiet ON secret(quiet_until) WHERE phase <> 'ended';

CREATE TABLE token_key(
  kid INTEGER PRIMARY KEY,
  instance INTEGER NOT NULL UNIQUE,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE usage(
  secret_id INTEGER NOT NULL,
  is_other INTEGER NOT NULL,
  network TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  slot TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY(secret_id, is_other, network, user_agent, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE idempotency(
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  status INTEGER NOT NULL,
  reply TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(caller, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency(at);
CREATE TABLE server_state(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  is_stopped_cleanly INTEGER NOT NULL,
  usage_complete_since INTEGER NOT NULL
) STRICT;
)sql";

// By what secrets are found again; of the second group.
constexpr std::string_view kKnownTags = R"sql(
CREATE TABLE known_tag(
  secret_id INTEGER PRIMARY KEY,
  key_id INTEGER NOT NULL,
  tags BLOB NOT NULL
) STRICT;
)sql";

// Of the first group: where numbers go on after a restore.
constexpr std::string_view kNumbersAfter = R"sql(
ALTER TABLE tenant ADD COLUMN numbers_after INTEGER NOT NULL DEFAULT 0;
)sql";

// Where leaked values were found, of the second group; and how a reported one is looked up.
constexpr std::string_view kLeaks = R"sql(
CREATE TABLE leak(
  secret_id INTEGER NOT NULL,
  source TEXT NOT NULL,
  place TEXT NOT NULL,
  action TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(secret_id, source, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX leak_by_time ON leak(at);
CREATE INDEX secret_by_fingerprint ON secret(fingerprint);
)sql";

// Keys that sign tokens and audiences, of the first group; the keys themselves, sealed, of the
// second.
constexpr std::string_view kSigning = R"sql(
CREATE TABLE signing_key(
  tenant_id INTEGER NOT NULL REFERENCES tenant(id),
  position INTEGER NOT NULL,
  kid TEXT NOT NULL UNIQUE,
  algorithm TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  signs_from INTEGER NOT NULL,
  withdrawn_at INTEGER,
  PRIMARY KEY(tenant_id, position)
) STRICT;
CREATE TABLE audience(
  tenant_id INTEGER NOT NULL REFERENCES tenant(id),
  uri TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  clients TEXT NOT NULL,
  resource_server TEXT NOT NULL,
  PRIMARY KEY(tenant_id, uri)
) STRICT;
CREATE TABLE sealed_signing_key(
  kid TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;
)sql";

// Until when the tokens of an integration, or of one secret, are dead, of the first group; single
// tokens that are, until they would have ended, of the second.
constexpr std::string_view kRevocation = R"sql(
ALTER TABLE integration ADD COLUMN tokens_revoked_at INTEGER;
ALTER TABLE secret ADD COLUMN tokens_revoked_at INTEGER;
CREATE TABLE revoked_token(
  id BLOB PRIMARY KEY,
  ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revoked_token_by_end ON revoked_token(ends_at);
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema},  {2, kKnownTags},
                                              {3, kNumbersAfter}, {4, kLeaks},
                                              {5, kSigning},      {6, kRevocation}};

}  // namespace

base::Status prepare_schema(storage::Connection& connection) {
  return storage::migrate(connection, "authority", kMigrations);
}

base::Status check_schema(storage::Connection& connection) {
  REKEY_TRY(const int found, storage::schema_version(connection, "authority"));
  if (found == static_cast<int>(std::size(kMigrations))) return {};
  return base::fail(
      base::Code::kUnsupported,
      fmt::format(
          "its tables have version {} and this program reads version {}: run the Rekey that "
          "wrote them, or let this one serve the folder once, which brings them to its own",
          found, std::size(kMigrations)));
}

}  // namespace rekey::authority::tables
