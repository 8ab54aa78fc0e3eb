// The keys that sign JWT access tokens at rest: sealed in the database, made when the plan asks for
// the next one (signing_plan.h), deleted when they are gone.
#pragma once

#include "authority/change.h"
#include "authority/signing_keys.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/root_key.h"
#include "storage/sqlite.h"

namespace rekey::authority {

struct SigningKeyStore {
  const crypto::RootKey& root;
  SigningKeys& keys;
};

// Gives `store.keys` what the database holds. On the thread that owns the connection.
[[nodiscard]] base::Status load_signing_keys(storage::Connection& connection,
                                             const SigningKeyStore& store, const Tenant& tenant);

// Inside a change: from its commit on the key is in the JWKS, and signs from `signs_from`.
[[nodiscard]] base::Status add_signing_key(ChangeScope& scope, const SigningKeyStore& store,
                                           const crypto::JwsKey& key, base::Instant signs_from);
// Inside a change: no key of that algorithm that stands now is trusted from its commit on. Gives
// their kids.
[[nodiscard]] base::Result<std::vector<std::string>> withdraw_signing_keys(
    ChangeScope& scope, crypto::JwsAlgorithm algorithm, const std::string& reason);

// Makes the keys that the plan asks for now, and deletes those that are gone. The algorithms are
// ES256 and those that had a key before.
[[nodiscard]] base::Status keep_signing_plan(Changes& changes, const SigningKeyStore& store,
                                             base::Instant now);

}  // namespace rekey::authority
