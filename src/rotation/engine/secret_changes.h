// What became of a run's secrets without it, as the issuer lists them: each look gives the event
// that tells it, or nothing where they stand as they stood.
//
// Pure but for find_end_by_issuer and find_change, which may ask the issuer for its time and rules,
// and find_who_held_it, which presents values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "rotation/engine/runner.h"
#include "rotation/journal/journal.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

// The secret of that id, or nullptr.
[[nodiscard]] const IssuedSecret* find_secret(const std::vector<IssuedSecret>& secrets,
                                              const std::string& id) noexcept;
// What the secrets of a slot tell of an activation that took place.
[[nodiscard]] SecretActivated activation_in(const std::vector<IssuedSecret>& secrets,
                                            const std::string& secret_id);

// StagedSecretBack, where the one that was lost is accepted again.
[[nodiscard]] std::optional<EventBody> find_back(const RunState& state,
                                                 const std::vector<IssuedSecret>& secrets);

// OldSecretEnded, where no secret that this run was to replace is accepted any more and the run
// does not know it. Not where an activation tells it: before one, at an issuer that is asked by
// presenting; nor where ours, activated, has ended too.
// `now` is the issuer's time: an overlap lapses by its clock.
[[nodiscard]] std::optional<EventBody> find_old_ended(const RunState& state,
                                                      const std::vector<IssuedSecret>& secrets,
                                                      base::Instant now);

// The same by the issuer's own time, where it tells one: ours may be behind it, so that what lapsed
// as planned would look like somebody's deed.
[[nodiscard]] std::optional<EventBody> find_end_by_issuer(const RunState& state,
                                                          const std::vector<IssuedSecret>& secrets,
                                                          IssuerReader& issuer, base::Instant now);

// Of several old secrets one that has ended, and the run does not know it, while another still
// works; nullptr without one. Not where people act, nor after the activation.
[[nodiscard]] const std::string* find_one_ended(const RunState& state,
                                                const std::vector<IssuedSecret>& secrets) noexcept;
// OneOldSecretEnded where there is one. Who holds it is found by presenting what their places held.
// kUnavailable where the answer to that says nothing.
[[nodiscard]] base::Result<std::optional<EventBody>> find_who_held_it(
    const RunState& state, const std::vector<IssuedSecret>& secrets, RunJournal& journal,
    Probe& probe, base::Instant now);

// What became of the secrets of a run without it: SecretActivated, OldSecretEnded,
// ActiveSecretEnded or StagedSecretGone. nullopt where they stand as they stood. `secrets` are
// those of its slot, `now` is our own time; the issuer's is asked for where an end is to be told.
[[nodiscard]] base::Result<std::optional<EventBody>> find_change(
    const RunState& state, const std::vector<IssuedSecret>& secrets, IssuerReader& issuer,
    base::Instant now);

// How the secret that the run has activated ended, by what is listed now.
[[nodiscard]] ActiveSecretEnded tell_active_end(const RunState& state,
                                                const std::vector<IssuedSecret>& secrets,
                                                base::Instant now);
// ActiveSecretEnded, where the secret that the run has activated is not accepted any more and the
// run does not know it.
[[nodiscard]] std::optional<EventBody> find_active_end(const RunState& state,
                                                       const std::vector<IssuedSecret>& secrets,
                                                       base::Instant now);

// The earliest instant at which the issuer generates another; nullopt where it is no matter.
[[nodiscard]] std::optional<base::Instant> next_generation(const std::vector<IssuedSecret>& secrets,
                                                           base::Duration interval);

}  // namespace rekey::rotation
