// The cards of the issuer "marketing-cloud": what a person does in Setup. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "rotation/drivers/administrator.h"

namespace rekey::rotation {

// What the cards speak of.
struct PackageFacts {
  std::string package_name;
  std::string client_id;
  std::string tenant;                       // of the auth host: "mc0123456789abcdefghijklmnop"
  std::string business_unit;                // empty: the one in which the integration was made
  std::string run_label;                    // goes into the description of the secret
  std::optional<base::Instant> expires_at;  // of the present secret
  base::Duration settle{};
  base::Duration interval{};
  base::Duration life{};  // of a secret, from its generation
  int consumers = 0;
};

// `is_outage`: no secret that is known is accepted, which the person has to know first.
[[nodiscard]] Card staging_card(const PackageFacts& package, bool is_outage);
[[nodiscard]] Card activation_card(const PackageFacts& package);

}  // namespace rekey::rotation
