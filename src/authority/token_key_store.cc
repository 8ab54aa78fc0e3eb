#include "authority/token_key_store.h"

#include <fmt/format.h>

#include "authority/tables/side_tables.h"
#include "base/text.h"
#include "crypto/random.h"
#include "crypto/seal.h"

namespace rekey::authority {

namespace {

// A sealed key opens under its own number only.
std::string context_of(std::uint32_t kid) {
  return fmt::format("token-key/{}", kid);
}

base::Secret random_key() {
  std::vector<std::uint8_t> bytes = crypto::random_bytes(crypto::kKeySize);
  base::Secret key(base::text_of(bytes));
  base::wipe(bytes.data(), bytes.size());
  return key;
}

}  // namespace

base::Status load_earlier_token_keys(storage::Connection& connection, const crypto::RootKey& root,
                                     TokenKeys& keys, base::Duration token_lifetime,
                                     base::Instant now) {
  REKEY_TRY(const std::vector<tables::SealedTokenKey> sealed_keys,
            tables::load_token_keys(connection));
  for (const tables::SealedTokenKey& sealed : sealed_keys) {
    REKEY_TRY(base::Secret key, crypto::open(root, context_of(sealed.kid), sealed.sealed));
    // The process before this one may have minted with it until just now.
    keys.add_earlier_key(sealed.kid, std::move(key), now + token_lifetime);
  }
  return {};
}

base::Status make_token_key(Changes& changes, const crypto::RootKey& root, TokenKeys& keys,
                            base::Duration token_lifetime) {
  TokenKey made;
  made.key = random_key();
  REKEY_CHECK(changes.run("system", [&](ChangeScope& scope) -> base::Status {
    REKEY_TRY(const Tenant tenant, scope.tenant());
    made.kid = tenant.last_token_key + 1;
    made.instance = tenant.last_instance + 1;
    made.created_at = scope.now();
    REKEY_TRY([[maybe_unused]] const Tenant after,
              scope.execute(TokenKeyMade{made.kid, made.instance}));
    REKEY_CHECK(tables::add_token_key(
        scope.connection(),
        {made.kid, made.instance, crypto::seal(root, context_of(made.kid), made.key.reveal()),
         made.created_at}));
    return tables::drop_token_keys(scope.connection(), scope.now() - token_lifetime);
  }));
  const base::Instant now = made.created_at;
  keys.add_key(std::move(made), now);
  keys.drop_unneeded(now);
  return {};
}

}  // namespace rekey::authority
