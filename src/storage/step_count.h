// What step_limit.h counts, for connections.
#pragma once

namespace rekey::storage {

inline constexpr int kStepsAtOnce = 1000;

// Counts that many steps of this thread's. True where they are more than it may take.
[[nodiscard]] bool count_steps() noexcept;
// Whether this thread has taken all that it may.
[[nodiscard]] bool has_no_steps_left() noexcept;

}  // namespace rekey::storage
