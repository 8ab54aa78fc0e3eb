#include "engagement/faults.h"

#include <algorithm>

#include "base/text.h"
#include "engagement/answer.h"

namespace rekey::engagement {

namespace {

// By these a fault is ended again.
bool is_spared(std::string_view path) {
  constexpr std::string_view kOwn = "/sandbox/";
  return base::equal_ignoring_case(path.substr(0, kOwn.size()), kOwn);
}

}  // namespace

std::optional<net::Response> Faults::strike(std::string_view path) const {
  if (is_spared(path)) return std::nullopt;
  if (is_out) return too_busy();
  if (is_throttled) return throttled();
  return std::nullopt;
}

base::Duration Faults::delay(std::string_view path) const noexcept {
  return is_spared(path) ? base::Duration{} : base::Duration{slow_millis};
}

void Faults::hold_up(base::Duration delay, const std::function<void(base::Duration)>& wait) const {
  constexpr base::Duration kPiece{100};
  while (wait && slow_millis > 0 && delay > base::Duration{}) {
    wait(std::min(delay, kPiece));
    delay -= kPiece;
  }
}

}  // namespace rekey::engagement
