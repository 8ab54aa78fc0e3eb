// Which rotations of those that are due may be started, and when. Pure, but for the functions at
// the end.
//
// One rule for `rekey rotate --due` and `rekey watch --begin`. Begun is what is due, outside of
// freezes; where nothing is accepted any more, at once. Gone on is with what was interrupted, with
// what waited for something that is there by now, and, a while later, with what stopped because
// somebody did not answer. What a person stopped and what needs help stays: starting it again would
// mend nothing, and stop it once more. With nobody there, what only a person can do stays as well,
// and a run is begun so that it comes to what waits for the integration's window inside of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/engine/fleet.h"
#include "rotation/machine/machine.h"
#include "rotation/plan/facts.h"

namespace rekey::rotation {

// A run that stopped because somebody did not answer is tried again so long after its last attempt.
inline constexpr base::Duration kTriedAgainAfter = std::chrono::minutes{30};

struct Start {
  bool is_now = false;
  std::string why{};                  // why not now: for people
  std::optional<base::Instant> at{};  // when it may be; nullopt: somebody has to act first
  bool is_stuck = false;              // only `rekey run resume` goes on with it
  bool is_urgent = false;             // somebody is cut off, or will be: it waits for no turn
};

// Who can be asked while a run goes on.
enum class Attendance { kNobody, kSomebody };

// The longest that a run may take.
struct Reach {
  base::Duration to_activation{};
  base::Duration to_window{};  // to what waits for the window first: a restart, or the activation
};
// Of a rotation that is due and not begun.
[[nodiscard]] Start may_begin(const Inventory& inventory, const Reach& reach, base::Instant now);
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
  std::vector<DueOne> now;  // what is urgent first, else in the order of `due`
  std::vector<NotNow> later;
};
// Looks at journals, and at issuers too; whoever cannot be asked is later. `away` are those that
// are known to be away, where others keep that.
[[nodiscard]] Sorted sort_out(std::vector<DueOne> due, EngineParts& parts,
                              Attendance who = Attendance::kNobody, AwayIssuers* away = nullptr);
// The same for one that waited for its turn meanwhile: why it is left out now; nullopt: it is to be
// started.
struct LeftOut {
  std::string why;
  bool is_done = false;  // somebody else has rotated it, or given its run up, since it was listed
  bool is_of_issuer = false;  // who was asked did not answer: a start would say the same
};
[[nodiscard]] std::optional<LeftOut> why_left_out(const DueOne& one, EngineParts& parts,
                                                  Attendance who = Attendance::kNobody);
// Nothing of its rotation has happened since it was listed; to be asked with its journal's lock.
[[nodiscard]] base::Result<bool> is_as_listed(const DueOne& one, platform::Files& files);

}  // namespace rekey::rotation
