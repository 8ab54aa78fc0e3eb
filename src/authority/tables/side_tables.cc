#include "authority/tables/side_tables.h"

#include <algorithm>

namespace rekey::authority::tables {

using base::Result;

Result<std::vector<UsageRow>> load_usage(storage::Connection& connection) {
  // "Other" callers come last, as the meter expects to see them.
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT secret_id, is_other, network, user_agent, slot, first_seen,"
                               " last_seen, count FROM usage"
                               " ORDER BY secret_id, is_other, first_seen, network, user_agent"));
  std::vector<UsageRow> rows;
  while (true) {
    REKEY_TRY(const bool has_row, statement.step());
    if (!has_row) return rows;
    UsageRow row;
    row.secret_id = credential::SecretId{statement.integer(0)};
    row.caller.is_other = statement.integer(1) != 0;
    row.caller.network = statement.text(2);
    row.caller.user_agent = statement.text(3);
    row.caller.slot = statement.text(4);
    row.first_seen = base::from_millis(statement.integer(5));
    row.last_seen = base::from_millis(statement.integer(6));
    row.count = statement.integer(7);
    rows.push_back(std::move(row));
  }
}

base::Status save_usage(storage::Connection& connection, const std::vector<UsageRow>& rows) {
  for (const UsageRow& row : rows) {
    REKEY_TRY(storage::Statement statement,
              connection.prepare("INSERT INTO usage(secret_id, is_other, network, user_agent, slot,"
                                 " first_seen, last_seen, count) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7,"
                                 " ?8) ON CONFLICT DO UPDATE SET first_seen = ?6, last_seen = ?7,"
                                 " count = ?8"));
    statement.bind(1, row.secret_id.value)
        .bind(2, std::int64_t{row.caller.is_other})
        .bind(3, std::string_view(row.caller.network))
        .bind(4, std::string_view(row.caller.user_agent))
        .bind(5, std::string_view(row.caller.slot))
        .bind(6, base::to_millis(row.first_seen))
        .bind(7, base::to_millis(row.last_seen))
        .bind(8, row.count);
    REKEY_CHECK(statement.run());
  }
  return {};
}

Result<std::vector<SealedTokenKey>> load_token_keys(storage::Connection& connection) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT kid, instance, sealed, created_at FROM token_key"
                               " ORDER BY kid"));
  std::vector<SealedTokenKey> keys;
  while (true) {
    REKEY_TRY(const bool has_row, statement.step());
    if (!has_row) return keys;
    keys.push_back({static_cast<std::uint32_t>(statement.integer(0)),
                    static_cast<std::uint32_t>(statement.integer(1)), statement.blob(2),
                    base::from_millis(statement.integer(3))});
  }
}

base::Status add_token_key(storage::Connection& connection, const SealedTokenKey& key) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("INSERT INTO token_key(kid, instance, sealed, created_at)"
                               " VALUES(?1, ?2, ?3, ?4)"));
  statement.bind(1, std::int64_t{key.kid})
      .bind(2, std::int64_t{key.instance})
      .bind_blob(3, key.sealed)
      .bind(4, base::to_millis(key.created_at));
  return statement.run();
}

base::Status drop_token_keys(storage::Connection& connection, base::Instant replaced_by) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("DELETE FROM token_key WHERE kid <"
                               " (SELECT max(kid) FROM token_key WHERE created_at <= ?1)"));
  statement.bind(1, base::to_millis(replaced_by));
  return statement.run();
}

base::Status forget_token_keys(storage::Connection& connection) {
  return connection.execute("DELETE FROM token_key");
}

Result<std::vector<SealedSigningKey>> load_signing_keys(storage::Connection& connection) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT kid, sealed FROM sealed_signing_key ORDER BY kid"));
  std::vector<SealedSigningKey> keys;
  while (true) {
    REKEY_TRY(const bool has_row, statement.step());
    if (!has_row) return keys;
    keys.push_back({statement.text(0), statement.blob(1)});
  }
}

base::Status add_signing_key(storage::Connection& connection, const SealedSigningKey& key) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("INSERT INTO sealed_signing_key(kid, sealed) VALUES(?1, ?2)"));
  statement.bind(1, std::string_view(key.kid)).bind_blob(2, key.sealed);
  return statement.run();
}

base::Status drop_signing_key(storage::Connection& connection, std::string_view kid) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("DELETE FROM sealed_signing_key WHERE kid = ?1"));
  statement.bind(1, kid);
  return statement.run();
}

Result<std::vector<RevokedToken>> load_revoked_tokens(storage::Connection& connection) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT id, ends_at FROM revoked_token ORDER BY id"));
  std::vector<RevokedToken> tokens;
  while (true) {
    REKEY_TRY(const bool has_row, statement.step());
    if (!has_row) return tokens;
    const std::vector<std::uint8_t> id = statement.blob(0);
    RevokedToken token;
    if (id.size() != token.id.size()) {
      return base::fail(base::Code::kCorrupt, "a revoked token's name has the wrong size");
    }
    std::copy(id.begin(), id.end(), token.id.begin());
    token.ends_at = base::from_millis(statement.integer(1));
    tokens.push_back(token);
  }
}

base::Status add_revoked_token(storage::Connection& connection, const RevokedToken& token) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("INSERT OR REPLACE INTO revoked_token(id, ends_at) VALUES(?1, ?2)"));
  statement.bind_blob(1, token.id).bind(2, base::to_millis(token.ends_at));
  return statement.run();
}

base::Status drop_revoked_tokens(storage::Connection& connection, base::Instant ended_by) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("DELETE FROM revoked_token WHERE ends_at <= ?1"));
  statement.bind(1, base::to_millis(ended_by));
  return statement.run();
}

Result<std::optional<KeptReply>> find_reply(storage::Connection& connection,
                                            std::string_view caller, std::string_view key) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT request_digest, status, reply, at FROM idempotency"
                               " WHERE caller = ?1 AND key = ?2"));
  statement.bind(1, caller).bind(2, key);
  REKEY_TRY(const bool has_row, statement.step());
  if (!has_row) return std::optional<KeptReply>{};
  return std::optional<KeptReply>{{statement.text(0), static_cast<int>(statement.integer(1)),
                                   statement.text(2), base::from_millis(statement.integer(3))}};
}

base::Status keep_reply(storage::Connection& connection, std::string_view caller,
                        std::string_view key, const KeptReply& reply) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("INSERT OR REPLACE INTO idempotency(caller, key, request_digest,"
                               " status, reply, at) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
  statement.bind(1, caller)
      .bind(2, key)
      .bind(3, std::string_view(reply.request_digest))
      .bind(4, std::int64_t{reply.status})
      .bind(5, std::string_view(reply.text))
      .bind(6, base::to_millis(reply.at));
  return statement.run();
}

base::Status drop_replies(storage::Connection& connection, base::Instant before) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("DELETE FROM idempotency WHERE at < ?1"));
  statement.bind(1, base::to_millis(before));
  return statement.run();
}

Result<std::optional<ServerState>> load_server_state(storage::Connection& connection) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT is_stopped_cleanly, usage_complete_since"
                               " FROM server_state"));
  REKEY_TRY(const bool has_row, statement.step());
  if (!has_row) return std::optional<ServerState>{};
  return std::optional<ServerState>{
      {statement.integer(0) != 0, base::from_millis(statement.integer(1))}};
}

base::Status save_server_state(storage::Connection& connection, const ServerState& state) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("INSERT OR REPLACE INTO server_state(id, is_stopped_cleanly,"
                               " usage_complete_since) VALUES(1, ?1, ?2)"));
  statement.bind(1, std::int64_t{state.is_stopped_cleanly})
      .bind(2, base::to_millis(state.usage_complete_since));
  return statement.run();
}

}  // namespace rekey::authority::tables
