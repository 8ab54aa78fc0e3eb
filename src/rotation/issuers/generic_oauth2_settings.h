// What the inventory says of an issuer "generic-oauth2": its keys, and what follows from them.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/drivers/issuer.h"
#include "rotation/inventory/driver_kind.h"
#include "rotation/issuers/secret_shape.h"

namespace rekey::rotation {

struct GenericOAuth2Settings {
  TokenEndpoint endpoint;
  int live_limit = 2;
  base::Duration settle{};
  base::Duration generation_interval{};
  std::optional<base::Duration> ttl;  // nullopt: no end is known
  bool activation_ends_old = false;
  std::optional<base::Duration> overlap;  // nullopt: until the old one's own end
  bool is_active_when_staged = false;     // there is no other step
  bool is_value_ours = false;             // Rekey makes it; else the issuer
  SecretShape shape;
  bool has_length = false;  // else a value may have any
  // Empty: a person does it.
  std::vector<std::string> stage_command;
  std::vector<std::string> activate_command;
  std::vector<std::string> revoke_command;
  base::Duration timeout{};  // of one of them
  std::string where;         // the way to the page on which a person does it
  std::string notes;         // what else to see there
};

[[nodiscard]] std::vector<KeySpec> generic_oauth2_keys();

// kInvalidArgument says which settings do not fit together. Those that are missing though they are
// needed are told elsewhere.
[[nodiscard]] base::Result<GenericOAuth2Settings> read_generic_oauth2(const DriverSpec& spec);

}  // namespace rekey::rotation
