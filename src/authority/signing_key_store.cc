#include "authority/signing_key_store.h"

#include <algorithm>

#include "authority/tables/side_tables.h"
#include "crypto/seal.h"

namespace rekey::authority {

namespace {

// A sealed key opens under its own name only.
std::string context_of(const std::string& kid) {
  return "signing-key/" + kid;
}

base::Status make_signing_key(Changes& changes, const SigningKeyStore& store,
                              crypto::JwsAlgorithm algorithm) {
  const crypto::JwsKey key = crypto::JwsKey::generate(algorithm);
  return changes.run("system", [&](ChangeScope& scope) -> base::Status {
    REKEY_TRY(const Tenant tenant, scope.tenant());
    if (!needs_next_key(tenant.signing_keys, algorithm, scope.now())) return {};
    return add_signing_key(scope, store, key,
                           next_signs_from(tenant.signing_keys, algorithm, scope.now()));
  });
}

}  // namespace

base::Status load_signing_keys(storage::Connection& connection, const SigningKeyStore& store,
                               const Tenant& tenant) {
  REKEY_TRY(const std::vector<tables::SealedSigningKey> sealed_keys,
            tables::load_signing_keys(connection));
  for (const tables::SealedSigningKey& sealed : sealed_keys) {
    const auto facts =
        std::find_if(tenant.signing_keys.begin(), tenant.signing_keys.end(),
                     [&sealed](const SigningKey& key) { return key.kid == sealed.kid; });
    if (facts == tenant.signing_keys.end()) continue;
    REKEY_TRY(const base::Secret pem,
              crypto::open(store.root, context_of(sealed.kid), sealed.sealed));
    REKEY_TRY(crypto::JwsKey key, crypto::JwsKey::from_pem(facts->algorithm, pem));
    store.keys.hold(std::move(key));
  }
  store.keys.publish(tenant.signing_keys);
  return {};
}

base::Status add_signing_key(ChangeScope& scope, const SigningKeyStore& store,
                             const crypto::JwsKey& key, base::Instant signs_from) {
  const std::string& kid = key.thumbprint();
  REKEY_TRY([[maybe_unused]] const Tenant after,
            scope.execute(SigningKeyMade{kid, key.algorithm(), signs_from}));
  const base::Secret pem = key.as_pem();
  REKEY_CHECK(tables::add_signing_key(
      scope.connection(), {kid, crypto::seal(store.root, context_of(kid), pem.reveal())}));
  store.keys.hold(key);
  return {};
}

base::Result<std::vector<std::string>> withdraw_signing_keys(ChangeScope& scope,
                                                             crypto::JwsAlgorithm algorithm,
                                                             const std::string& reason) {
  REKEY_TRY(const Tenant tenant, scope.tenant());
  std::vector<std::string> withdrawn;
  for (const SigningKey& key : tenant.signing_keys) {
    const SigningTimes times = times_of(tenant.signing_keys, key);
    if (key.algorithm != algorithm || state_at(times, scope.now()) == SigningKeyState::kGone) {
      continue;
    }
    REKEY_TRY([[maybe_unused]] const Tenant after,
              scope.execute(SigningKeyWithdrawn{key.kid, reason}));
    REKEY_CHECK(tables::drop_signing_key(scope.connection(), key.kid));
    withdrawn.push_back(key.kid);
  }
  return withdrawn;
}

base::Status keep_signing_plan(Changes& changes, const SigningKeyStore& store, base::Instant now) {
  for (const crypto::JwsAlgorithm algorithm : store.keys.due(now)) {
    REKEY_CHECK(make_signing_key(changes, store, algorithm));
  }
  const std::vector<std::string> gone = store.keys.forget_gone(now);
  if (gone.empty()) return {};
  return changes.run("system", [&gone](ChangeScope& scope) -> base::Status {
    for (const std::string& kid : gone) {
      REKEY_CHECK(tables::drop_signing_key(scope.connection(), kid));
    }
    return {};
  });
}

}  // namespace rekey::authority
