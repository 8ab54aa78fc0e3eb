// The tables that are not part of the chain: usage, token keys, remembered replies, the server's
// own state. Used on the thread that owns the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/token_id.h"
#include "authority/usage_meter.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"

namespace rekey::authority::tables {

// ---- usage: who used which secret; networks and user agents stand nowhere else -----------------

[[nodiscard]] base::Result<std::vector<UsageRow>> load_usage(storage::Connection& connection);
// Inserts, or replaces the totals.
[[nodiscard]] base::Status save_usage(storage::Connection& connection,
                                      const std::vector<UsageRow>& rows);

// ---- token keys, sealed under the root key
// -------------------------------------------------------

struct SealedTokenKey {
  std::uint32_t kid = 0;
  std::uint32_t instance = 0;
  std::vector<std::uint8_t> sealed;
  base::Instant created_at{};
};
// Oldest first.
[[nodiscard]] base::Result<std::vector<SealedTokenKey>> load_token_keys(
    storage::Connection& connection);
[[nodiscard]] base::Status add_token_key(storage::Connection& connection,
                                         const SealedTokenKey& key);
// Deletes those whose successor was made at or before `replaced_by`.
[[nodiscard]] base::Status drop_token_keys(storage::Connection& connection,
                                           base::Instant replaced_by);
// All of them: no token that was minted before is read any more.
[[nodiscard]] base::Status forget_token_keys(storage::Connection& connection);

// ---- the keys that sign tokens, sealed under the root key --------------------------------------

struct SealedSigningKey {
  std::string kid;
  std::vector<std::uint8_t> sealed;
};
[[nodiscard]] base::Result<std::vector<SealedSigningKey>> load_signing_keys(
    storage::Connection& connection);
[[nodiscard]] base::Status add_signing_key(storage::Connection& connection,
                                           const SealedSigningKey& key);
[[nodiscard]] base::Status drop_signing_key(storage::Connection& connection, std::string_view kid);

// ---- single tokens that were revoked, until they would have ended ------------------------------

struct RevokedToken {
  TokenId id{};
  base::Instant ends_at{};
};
[[nodiscard]] base::Result<std::vector<RevokedToken>> load_revoked_tokens(
    storage::Connection& connection);
[[nodiscard]] base::Status add_revoked_token(storage::Connection& connection,
                                             const RevokedToken& token);
[[nodiscard]] base::Status drop_revoked_tokens(storage::Connection& connection,
                                               base::Instant ended_by);

// ---- replies kept for a replay, without any value
// ------------------------------------------------

struct KeptReply {
  std::string request_digest;
  int status = 0;
  std::string text;
  base::Instant at{};
};
[[nodiscard]] base::Result<std::optional<KeptReply>> find_reply(storage::Connection& connection,
                                                                std::string_view caller,
                                                                std::string_view key);
// Replaces an older one under that key.
[[nodiscard]] base::Status keep_reply(storage::Connection& connection, std::string_view caller,
                                      std::string_view key, const KeptReply& reply);
[[nodiscard]] base::Status drop_replies(storage::Connection& connection, base::Instant before);

// ---- the server's own state
// ----------------------------------------------------------------------

struct ServerState {
  bool is_stopped_cleanly = false;
  base::Instant usage_complete_since{};
};
// nullopt before the first start.
[[nodiscard]] base::Result<std::optional<ServerState>> load_server_state(
    storage::Connection& connection);
[[nodiscard]] base::Status save_server_state(storage::Connection& connection,
                                             const ServerState& state);

}  // namespace rekey::authority::tables
