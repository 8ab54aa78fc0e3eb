#include "authority/new_secret.h"

#include <utility>
#include <vector>

#include "authority/tables/integrations.h"
#include "crypto/known_tag_codec.h"
#include "crypto/random.h"

namespace rekey::authority {

namespace {

NewSecret describe(ValueKeys& keys, base::Secret value) {
  NewSecret secret;
  secret.fingerprint = keys.fingerprinter(value.reveal());
  secret.shown_prefix = credential::shown_prefix(value.reveal());
  secret.tags = {keys.search_key_id, crypto::encode_tags(keys.tagger.tags_of(value))};
  secret.value = std::make_shared<const base::Secret>(std::move(value));
  return secret;
}

}  // namespace

ValueKeys::ValueKeys(const crypto::RootKey& root)
    : fingerprinter(root),
      search_key(crypto::KnownSearchKey::derive(root)),
      search_key_id(search_key.id()),
      tagger(search_key) {}

base::Result<NewSecret> make_new_secret(ValueKeys& keys, const credential::SlotTag& slot) {
  constexpr std::size_t kEntropyBytes = 128;
  const credential::SecretShape shape{.slot = slot};
  while (true) {
    std::vector<std::uint8_t> entropy = crypto::random_bytes(kEntropyBytes);
    base::Result<base::Secret> value = credential::make_secret(shape, entropy);
    base::wipe(entropy.data(), entropy.size());
    if (value) return describe(keys, *std::move(value));
    if (value.error().code != base::Code::kLimitReached) {
      return tl::unexpected(std::move(value).error());
    }
  }
}

base::Result<NewSecret> adopt_value(ValueKeys& keys, base::Secret value) {
  REKEY_CHECK(credential::check_importable(value.reveal(), credential::default_foreign_shapes()));
  return describe(keys, std::move(value));
}

base::Result<credential::SecretMaterial> admit(ChangeScope& scope, const NewSecret& secret) {
  REKEY_TRY(const credential::SecretId id, tables::next_secret_id(scope.connection()));
  scope.keep_tags(id, secret.tags);
  return credential::SecretMaterial{id, secret.fingerprint, secret.shown_prefix};
}

}  // namespace rekey::authority
