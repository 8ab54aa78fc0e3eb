// Token keys at rest: sealed in the database, so that tokens minted before a restart still read.
//
// A new key, with an instance number never used before, is made at every start and when TokenKeys
// asks for one. One thread.
#pragma once

#include "authority/change.h"
#include "authority/token_minter.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/root_key.h"
#include "storage/sqlite.h"

namespace rekey::authority {

// Gives `keys` what the database holds, for reading only.
[[nodiscard]] base::Status load_earlier_token_keys(storage::Connection& connection,
                                                   const crypto::RootKey& root, TokenKeys& keys,
                                                   base::Duration token_lifetime,
                                                   base::Instant now);

// Makes the next key durable, then mints with it; drops those that no living token names.
[[nodiscard]] base::Status make_token_key(Changes& changes, const crypto::RootKey& root,
                                          TokenKeys& keys, base::Duration token_lifetime);

}  // namespace rekey::authority
