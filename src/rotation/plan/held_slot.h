// To which slot of an integration a value belongs that a place holds. A token request does not
// tell: the values of every slot are accepted for the one client id. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "rotation/drivers/issuer.h"

namespace rekey::rotation {

// The other slots whose accepted secrets this may be, by what the issuer shows of them; empty where
// it may be an accepted one of `slot`, or where nothing is shown. Rekey's own form shows the slot
// in the value; of others only the prefix tells, if it differs.
[[nodiscard]] std::vector<std::string> slots_elsewhere(const base::Secret& value,
                                                       const std::vector<IssuedSecret>& secrets,
                                                       const std::string& slot);

struct Holder {
  std::string consumer;
  std::string place;
};
// "shop: the value in PLACE is accepted, and is of slot bbbbbb instead of -: …", with what to do.
[[nodiscard]] std::string describe_slots_elsewhere(const Holder& holder,
                                                   const std::vector<std::string>& slots,
                                                   const std::string& slot);
// kRefused with that sentence where the value, which is accepted, is another slot's.
[[nodiscard]] base::Status check_held_slot(const Holder& holder, const base::Secret& value,
                                           IssuerReader& issuer, const std::string& slot);

}  // namespace rekey::rotation
