// The cards of the issuer "generic-oauth2": what a person does there, in the inventory's words for
// the place. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "rotation/drivers/administrator.h"
#include "rotation/issuers/generic_oauth2_settings.h"

namespace rekey::rotation {

// What the cards speak of.
struct ClientCardFacts {
  std::string name;  // the integration's
  std::string client_id;
  std::string run_label;
  std::optional<base::Instant> expires_at;  // of the present secret
  int consumers = 0;
};

// `is_outage`: no secret that is known is accepted, which the person has to know first.
[[nodiscard]] Card staging_card(const GenericOAuth2Settings& settings,
                                const ClientCardFacts& client, bool is_outage);
[[nodiscard]] Card activation_card(const GenericOAuth2Settings& settings,
                                   const ClientCardFacts& client);
// For the end of the old secret, once everybody has moved.
[[nodiscard]] Card revocation_card(const GenericOAuth2Settings& settings,
                                   const ClientCardFacts& client, const std::string& new_id);
// In the place of a card whose task is a program's.
[[nodiscard]] Card nothing_to_do_card(const ClientCardFacts& client);

}  // namespace rekey::rotation
