#include "rotation/plan/held_slot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "credential/secret_format.h"

namespace rekey::rotation {

std::vector<std::string> slots_elsewhere(const base::Secret& value,
                                         const std::vector<IssuedSecret>& secrets,
                                         const std::string& slot) {
  const std::string shown = credential::shown_prefix(value.reveal());
  std::vector<std::string> others;
  for (const IssuedSecret& secret : secrets) {
    if (!is_accepted(secret.state)) continue;
    const bool may_be_it = !secret.shown_prefix || *secret.shown_prefix == shown;
    if (!may_be_it) continue;
    if (secret.slot == slot) return {};
    const bool is_known = std::find(others.begin(), others.end(), secret.slot) != others.end();
    if (!is_known && secret.shown_prefix) others.push_back(secret.slot);
  }
  return others;
}

std::string describe_slots_elsewhere(const Holder& holder, const std::vector<std::string>& slots,
                                     const std::string& slot) {
  return fmt::format(
      "{}: the value in {} is accepted, and is of slot {} instead of {}: the run would put a "
      "secret "
      "of slot {} there and wait for the death of one that lives on. Declare this consumer under "
      "the integration of its slot, or put a secret of slot {} there first",
      holder.consumer, holder.place, fmt::join(slots, " or "), slot, slot, slot);
}

base::Status check_held_slot(const Holder& holder, const base::Secret& value, IssuerReader& issuer,
                             const std::string& slot) {
  REKEY_TRY(const auto secrets, issuer.list_secrets());
  const auto others = slots_elsewhere(value, secrets, slot);
  if (others.empty()) return {};
  return base::fail(base::Code::kRefused, describe_slots_elsewhere(holder, others, slot));
}

}  // namespace rekey::rotation
