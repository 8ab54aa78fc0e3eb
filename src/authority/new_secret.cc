#include "authority/new_secret.h"

#include "crypto/random.h"

namespace rekey::authority {

namespace {

NewSecret describe(crypto::Fingerprinter& fingerprinter, base::Secret value) {
  NewSecret secret;
  secret.fingerprint = fingerprinter(value.reveal());
  secret.shown_prefix = credential::shown_prefix(value.reveal());
  secret.value = std::make_shared<const base::Secret>(std::move(value));
  return secret;
}

}  // namespace

base::Result<NewSecret> make_new_secret(crypto::Fingerprinter& fingerprinter,
                                        const credential::SlotTag& slot) {
  constexpr std::size_t kEntropyBytes = 128;
  const credential::SecretShape shape{.slot = slot};
  while (true) {
    std::vector<std::uint8_t> entropy = crypto::random_bytes(kEntropyBytes);
    base::Result<base::Secret> value = credential::make_secret(shape, entropy);
    base::wipe(entropy.data(), entropy.size());
    if (value) return describe(fingerprinter, *std::move(value));
    if (value.error().code != base::Code::kLimitReached) {
      return tl::unexpected(std::move(value).error());
    }
  }
}

base::Result<NewSecret> adopt_value(crypto::Fingerprinter& fingerprinter, base::Secret value) {
  REKEY_CHECK(credential::check_importable(value.reveal(), credential::default_foreign_shapes()));
  return describe(fingerprinter, std::move(value));
}

}  // namespace rekey::authority
