// A secret value on its way in: made here, or brought from elsewhere.
//
// The value goes into the one reply (or file) that shows it; everything else gets the fingerprint,
// and the tags by which a scan finds it again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "authority/change.h"
#include "authority/tables/known_tags.h"
#include "base/fingerprint.h"
#include "base/result.h"
#include "base/secret.h"
#include "credential/lifecycle.h"
#include "credential/secret_format.h"
#include "crypto/fingerprint_key.h"
#include "crypto/known_tags.h"

namespace rekey::authority {

// What turns values into what is kept of them, under one root key. One a thread.
struct ValueKeys {
  explicit ValueKeys(const crypto::RootKey& root);

  crypto::Fingerprinter fingerprinter;
  crypto::KnownSearchKey search_key;
  std::uint32_t search_key_id;
  crypto::KnownTagger tagger;
};

// Shared, because the work that carries it to the writer's thread is copied.
struct NewSecret {
  std::shared_ptr<const base::Secret> value;
  base::Fingerprint fingerprint;
  std::string shown_prefix;
  tables::KnownTags tags;
};

[[nodiscard]] base::Result<NewSecret> make_new_secret(ValueKeys& keys,
                                                      const credential::SlotTag& slot);
// kInvalidArgument, without the value, where it has none of the importable shapes.
[[nodiscard]] base::Result<NewSecret> adopt_value(ValueKeys& keys, base::Secret value);

// Gives it its number, and sees to it that its tags are kept when it is issued in this scope: what
// the domain sees.
[[nodiscard]] base::Result<credential::SecretMaterial> admit(ChangeScope& scope,
                                                             const NewSecret& secret);

}  // namespace rekey::authority
