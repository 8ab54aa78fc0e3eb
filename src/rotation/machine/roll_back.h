// The way back of a run that has activated nothing, or whose activation is undone: part of the
// machine, as pure as the rest of it.
//
// A run rolls back because its staged secret is gone, and then stages anew, or because a person
// gives it up, and then it is closed. Either way each sink that may have been written gets back
// what it held, unless somebody else has written there; it is read back, proven and reloaded. Where
// the staged secret still lives, it ends only when nobody uses it any more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rotation/drivers/issuer.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

// A write or a reload that was begun needs no look: what restores looks at the sink itself.
void drop_begun_move(RunState& state) noexcept;
// Every touched consumer is to be restored; no-op where the run rolls back already.
void begin_roll_back(RunState& state, base::Instant at);
// Rolls back, or stages anew at once where no sink was touched and nobody gave the run up.
void lose_staged(RunState& state, const StagedSecretGone& event, base::Instant at);
// The one that was lost is accepted again. Needs RunState::gone.
void take_back_staged(RunState& state);
// The last restored one leads on: to staging anew, or to the end of a run that was given up.
void finish_restoring(RunState& state, const ConsumerReloaded& event, base::Instant at);
// Given up, and the secret that was activated has ended: back to the old one, or, where that is
// gone too, to the end, with everything as it stands.
void leave_active(RunState& state, const ActiveSecretEnded& event, base::Instant at);
// The old secret has ended: what was put back of it is cut off, so that everybody is moved (again)
// to the staged one, or to the next. Where neither lives and the run is given up, there is nothing
// to put back, and it ends.
void turn_forward(RunState& state) noexcept;
// Consumers that were to be restored are to be written again.
void write_again(RunState& state) noexcept;

[[nodiscard]] bool is_any_touched(const RunState& state) noexcept;
[[nodiscard]] Action next_in_roll_back(const RunState& state, base::Instant now);

// Where nobody could be asked who uses which secret, on the way there or back.
[[nodiscard]] RunParked usage_unread();

// The old secret is in its overlap, is what this run was to replace, and the issuer can make it
// active again.
[[nodiscard]] bool may_undo_activation(const RunState& state, base::Instant now) noexcept;
// Why this run cannot be given up; empty where it can, or where an open intent has to be looked at
// first.
[[nodiscard]] std::string refuse_to_abandon(const RunState& state, base::Instant now);
// The same sentence for a reason of the issuer's; `why` is a clause.
[[nodiscard]] std::string say_abandon_refused(const RunState& state, const std::string& why);

// A living secret of the slot that is neither of this run nor one that it was planned to end;
// nullptr without one.
[[nodiscard]] const IssuedSecret* find_foreign(const RunState& state,
                                               const std::vector<IssuedSecret>& secrets);
// How a staged secret went that is not there any more, and whose stands in its slot now.
[[nodiscard]] std::string describe_gone(const RunState& state,
                                        const std::vector<IssuedSecret>& secrets);

// Who uses the staged secret, asked as if it were the old one.
[[nodiscard]] Question question_of_unused(const RunState& state,
                                          const std::vector<Waiver>& waivers);
[[nodiscard]] std::string describe_use(const Evidence& evidence);
// StagedSecretUnused, RunParked, or nullopt to keep watching.
[[nodiscard]] std::optional<EventBody> judge_unused(const RunState& state, const Evidence& evidence,
                                                    base::Instant now);

}  // namespace rekey::rotation
