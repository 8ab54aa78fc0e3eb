// A secret value on its way in: made here, or brought from elsewhere.
//
// The value goes into the one reply (or file) that shows it; everything else gets the fingerprint.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/fingerprint.h"
#include "base/result.h"
#include "base/secret.h"
#include "credential/lifecycle.h"
#include "credential/secret_format.h"
#include "crypto/fingerprint_key.h"

namespace rekey::authority {

// Shared, because the work that carries it to the writer's thread is copied.
struct NewSecret {
  std::shared_ptr<const base::Secret> value;
  base::Fingerprint fingerprint;
  std::string shown_prefix;

  // What the domain sees.
  [[nodiscard]] credential::SecretMaterial material(credential::SecretId id) const {
    return {id, fingerprint, shown_prefix};
  }
};

[[nodiscard]] base::Result<NewSecret> make_new_secret(crypto::Fingerprinter& fingerprinter,
                                                      const credential::SlotTag& slot);
// kInvalidArgument, without the value, where it has none of the importable shapes.
[[nodiscard]] base::Result<NewSecret> adopt_value(crypto::Fingerprinter& fingerprinter,
                                                  base::Secret value);

}  // namespace rekey::authority
