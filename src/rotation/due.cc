#include "rotation/due.h"

#include <cstdint>

#include "base/stable_hash.h"

namespace rekey::rotation {
base::Instant due_at(std::string_view client_id, base::Instant expires_at, base::Duration lead,
                     base::Duration spread) noexcept {
  const auto days = static_cast<std::uint64_t>(spread / base::Days{1});
  const auto early =
      days == 0 ? 0 : static_cast<std::int64_t>(base::stable_hash(client_id) % (days + 1));
  return expires_at - lead - base::Days{early};
}

}  // namespace rekey::rotation
