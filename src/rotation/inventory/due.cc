#include "rotation/inventory/due.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/stable_hash.h"

namespace rekey::rotation {
namespace {

// What is left between a freeze and the end has to be enough for whoever is needed.
constexpr base::Duration kLeftAfterFreeze = base::Days{2};

}  // namespace

base::Instant due_at(std::string_view client_id, base::Instant expires_at, base::Duration lead,
                     base::Duration spread) noexcept {
  const auto days = static_cast<std::uint64_t>(spread / base::Days{1});
  const auto early =
      days == 0 ? 0 : static_cast<std::int64_t>(base::stable_hash(client_id) % (days + 1));
  return expires_at - lead - base::Days{early};
}

base::Instant end_beside_freezes(base::Instant expires_at, const std::vector<Freeze>& freezes) {
  base::Instant end = expires_at;
  for (bool is_moved = true; is_moved;) {
    is_moved = false;
    for (const Freeze& freeze : freezes) {
      if (freeze.from >= end || freeze.to + kLeftAfterFreeze <= end) continue;
      end = freeze.from;
      is_moved = true;
    }
  }
  return end;
}

base::Instant due_of(const Inventory& one, base::Instant expires_at, base::Duration usual_lead) {
  base::Duration lead = one.lead.value_or(usual_lead);
  base::Duration spread = one.jitter.value_or(kUsualSpread);
  if (one.generated_at && *one.generated_at < expires_at) {
    const base::Duration life = expires_at - *one.generated_at;
    lead = std::min(lead, life / 2);
    spread = std::min(spread, life / 8);
  }
  const std::string& whose = one.client_id.empty() ? one.name : one.client_id;
  return due_at(whose, end_beside_freezes(expires_at, one.freezes), lead, spread);
}

std::string warn_of_freeze(const Inventory& one, base::Instant now) {
  if (!one.expires_at || *one.expires_at <= now) return {};
  const base::Instant over_by = end_beside_freezes(*one.expires_at, one.freezes);
  if (over_by == *one.expires_at) return {};
  const Freeze* freeze = find_freeze(one.freezes, over_by);
  const std::string where =
      freeze->to > *one.expires_at
          ? fmt::format("the freeze {} lies over its end ({})", to_text(*freeze),
                        base::format_instant(*one.expires_at))
          : fmt::format("the freeze {} leaves less than two days before its end ({})",
                        to_text(*freeze), base::format_instant(*one.expires_at));
  if (over_by > now) {
    return fmt::format("{}: its rotation has to be over by {}", where,
                       base::format_instant(over_by));
  }
  return fmt::format(
      "{}, and has begun: nothing is begun before it is over. Take the freeze out "
      "for this one, or everybody is cut off at that end",
      where);
}

}  // namespace rekey::rotation
