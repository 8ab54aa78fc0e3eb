// Which rotations of those that are due may be started, and when. Pure, but for sort_out().
//
// One rule for `rekey rotate --due` and `rekey watch --begin`. Begun is what is due, outside of
// freezes. Gone on is with what was interrupted, and with what waited for something that is there
// by now. What a person stopped and what needs help stays: starting it again would mend nothing,
// and stop it once more. With nobody there, what only a person can do stays as well, and a run is
// begun so that it comes to its activation inside the integration's window.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/engine/fleet.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

struct Start {
  bool is_now = false;
  std::string why{};                  // why not now: for people
  std::optional<base::Instant> at{};  // when it may be; nullopt: somebody has to act first
  bool is_stuck = false;              // only `rekey run resume` goes on with it
};

// Who can be asked while a run goes on.
enum class Attendance { kNobody, kSomebody };

// Of a rotation that is due and not begun. `reach` is the longest that a run may take to come to
// its activation.
[[nodiscard]] Start may_begin(const Inventory& inventory, base::Duration reach, base::Instant now);
// Of an open run on which nobody works.
[[nodiscard]] Start may_go_on(const RunState& state, base::Instant now,
                              Attendance who = Attendance::kNobody);

// One that is not started now.
struct NotNow {
  std::string name;
  std::string client_id;
  std::string why;
  std::optional<base::Instant> at{};
  bool is_stuck = false;
  // For an exit code: kNeedsPerson where a run is open, kTooEarly where a freeze or a window holds
  // back what is not begun, else why it could not be looked at.
  base::Code code = base::Code::kNeedsPerson;
};
// {"at","integration","event":"not_started","reason","until","stuck"}, without a newline.
[[nodiscard]] std::string to_json_line(const NotNow& one, base::Instant now);

struct Sorted {
  std::vector<DueOne> now;  // in the order of `due`
  std::vector<NotNow> later;
};
// Looks at journals, and with nobody there at issuers, too; whoever cannot be asked is later.
[[nodiscard]] Sorted sort_out(std::vector<DueOne> due, EngineParts& parts,
                              Attendance who = Attendance::kNobody);
// The same, with nobody there, for one that waited for its turn meanwhile: false too where somebody
// else has begun or finished its rotation since it was listed.
[[nodiscard]] bool is_still_to_start(const DueOne& one, EngineParts& parts);

}  // namespace rekey::rotation
