#include "rotation/due.h"

#include <cstdint>

namespace rekey::rotation {
namespace {

// FNV-1a: no secret, only the same for the same client everywhere.
std::uint64_t number_of(std::string_view text) noexcept {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

}  // namespace

base::Instant due_at(std::string_view client_id, base::Instant expires_at, base::Duration lead,
                     base::Duration spread) noexcept {
  const auto days = static_cast<std::uint64_t>(spread / base::Days{1});
  const auto early = days == 0 ? 0 : static_cast<std::int64_t>(number_of(client_id) % (days + 1));
  return expires_at - lead - base::Days{early};
}

}  // namespace rekey::rotation
