// What an open run waits for, and since when: for those who tell people of it. Pure, but for the
// two functions at the end.
//
// A run that is started again and stops for the same thing has waited all the time: who was told
// once is not told again. A run that nothing parked and that nobody works on was interrupted, by a
// key, a signal or a power cut; it waits for somebody to start it again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "platform/files.h"
#include "rotation/journal/journal.h"

namespace rekey::rotation {

// An open run writes an event more often than this while it works, or holds its journal's lock.
inline constexpr base::Duration kInterruptedAfter = std::chrono::minutes{10};

// True where both ask for the same thing: durations in the reasons may differ.
[[nodiscard]] bool is_same_wait(const RunParked& one, const RunParked& other);

// When a parked run stopped for what it is parked for now: at the first of the stops for the same
// thing with nothing else gained between them. What people say to a run in between moves nothing.
// nullopt where it is not parked.
[[nodiscard]] std::optional<base::Instant> parked_since(const std::vector<RunEvent>& events);
// The last event that the engine wrote: what people say to a run is none.
[[nodiscard]] base::Instant last_step_at(const std::vector<RunEvent>& events);
// When the run's staged secret was found ended while consumers may hold it; nullopt where each of
// them has got back what it held, or nobody had it.
[[nodiscard]] std::optional<base::Instant> staged_ended_since(const std::vector<RunEvent>& events);
// When no secret was found to be accepted any more; nullopt where one is, or where a new one was
// staged since.
[[nodiscard]] std::optional<base::Instant> cut_off_since(const std::vector<RunEvent>& events);
// Nothing parked it, and it has not moved for kInterruptedAfter. Whether somebody works on it is
// to be asked beside: is_worked_on().
[[nodiscard]] bool may_be_interrupted(const RunState& state, base::Instant last_step,
                                      base::Instant now) noexcept;

// What a parked run still waits for: its reason, less the words and approvals that came since. An
// empty string where it is not parked.
[[nodiscard]] std::string missing_now(const RunState& state, base::Instant now);

// Every event of a run, without the lock and without changing anything. kNotFound without a
// journal.
[[nodiscard]] base::Result<std::vector<RunEvent>> peek_events(platform::Files& files,
                                                              const std::string& folder,
                                                              const std::string& run_id);
// Whether somebody holds the journal of that integration's runs now.
[[nodiscard]] base::Result<bool> is_worked_on(platform::Files& files, const Inventory& inventory);

}  // namespace rekey::rotation
