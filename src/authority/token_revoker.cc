#include "authority/token_revoker.h"

#include <utility>

#include "authority/tables/side_tables.h"

namespace rekey::authority {

void DurableRevoker::revoke(const TokenId& id, base::Instant ends_at, std::string actor,
                            Done done) {
  changes_.submit(
      std::move(actor),
      [id, ends_at](ChangeScope& scope) -> base::Status {
        REKEY_CHECK(tables::drop_revoked_tokens(scope.connection(),
                                                scope.now() - RevokedTokens::kKeptAfterEnd));
        return tables::add_revoked_token(scope.connection(), {id, ends_at});
      },
      [this, id, ends_at, done = std::move(done)](base::Status status) {
        if (status) tokens_.add(id, ends_at);
        done(std::move(status));
      });
}

base::Status load_revoked_tokens(storage::Connection& connection, RevokedTokens& tokens,
                                 base::Instant now) {
  REKEY_TRY(const std::vector<tables::RevokedToken> all, tables::load_revoked_tokens(connection));
  for (const tables::RevokedToken& token : all) {
    if (token.ends_at + RevokedTokens::kKeptAfterEnd > now) tokens.add(token.id, token.ends_at);
  }
  return {};
}

}  // namespace rekey::authority
