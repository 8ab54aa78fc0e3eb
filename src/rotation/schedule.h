// Which rotations a program may start with nobody there, and when. Pure, but for sort_out().
//
// It begins what is due, outside of freezes, and so that the run comes to its activation inside the
// integration's window. It goes on with what was interrupted, and with what waited for something
// that is there by now. What a person stopped, what needs help and what only a person can do stays.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/fleet.h"
#include "rotation/machine.h"

namespace rekey::rotation {

struct Start {
  bool is_now = false;
  std::string why{};                  // why not now: for people
  std::optional<base::Instant> at{};  // when it may be; nullopt: somebody has to act first
};

// Of a rotation that is due and not begun. `reach` is the longest that a run may take to come to
// its activation.
[[nodiscard]] Start may_begin(const Inventory& inventory, base::Duration reach, base::Instant now);
// Of an open run on which nobody works.
[[nodiscard]] Start may_go_on(const RunState& state, base::Instant now);

// One that is not started now.
struct NotNow {
  std::string name;
  std::string client_id;
  std::string why;
  std::optional<base::Instant> at{};
};
struct Sorted {
  std::vector<DueOne> now;  // in the order of `due`
  std::vector<NotNow> later;
};
// Looks at journals, and where a window needs it at issuers; whoever cannot be asked is later.
[[nodiscard]] Sorted sort_out(std::vector<DueOne> due, EngineParts& parts);
// The same for one that waited for its turn meanwhile: false too where somebody else has begun or
// finished its rotation since it was listed.
[[nodiscard]] bool is_still_to_start(const DueOne& one, EngineParts& parts);

}  // namespace rekey::rotation
