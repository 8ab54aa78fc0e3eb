// Makes the revocation of a single token durable, and then true (RFC 7009 section 2.1).
#pragma once

#include "authority/change.h"
#include "authority/front_door.h"
#include "authority/revoked_tokens.h"
#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::authority {

class DurableRevoker final : public TokenRevoker {
 public:
  // Both outlive it and every revocation that it submitted.
  DurableRevoker(Changes& changes, RevokedTokens& tokens) : changes_(changes), tokens_(tokens) {}

  void revoke(const TokenId& id, base::Instant ends_at, std::string actor, Done done) override;

 private:
  Changes& changes_;
  RevokedTokens& tokens_;
};

// Gives `tokens` what the database holds. On the thread that owns the connection.
[[nodiscard]] base::Status load_revoked_tokens(storage::Connection& connection,
                                               RevokedTokens& tokens, base::Instant now);

}  // namespace rekey::authority
