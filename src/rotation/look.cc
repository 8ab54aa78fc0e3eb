#include "rotation/look.h"

#include <algorithm>

#include "rotation/memory.h"
#include "rotation/steps.h"
#include "rotation/waiting.h"

namespace rekey::rotation {
namespace {

using base::Code;

// Whatever it stopped for: an old secret that ended meanwhile is what matters then.
bool is_looked_at(const OpenRun& open, base::Instant now) {
  const RunState& state = open.state;
  if (state.parked && !state.parked->by.empty()) return false;  // what a person stopped stays so
  const bool stands = state.parked || may_be_interrupted(state, open.last_event_at, now);
  if (!stands || state.abandon) return false;
  if (!state.plan.is_by_hand) return is_old_alive(state) && !state.open_intent;
  return !state.secret_id.empty() && !state.is_activated;
}

// The staged one may still settle, and a second old value may be told as staged; none may end.
bool has_ended(const IssuedSecret& secret) {
  return secret.state == SecretState::kEnded;
}

// What a person has to mend is said by the run, once: those who wait for it read its reason.
bool is_news(const base::Result<std::vector<IssuedSecret>>& secrets, const RunState& state) {
  if (secrets) return std::any_of(secrets->begin(), secrets->end(), has_ended);
  // An interrupted run has said nothing yet.
  const std::string said = state.parked ? state.parked->reason : std::string();
  return secrets.error().code == Code::kNeedsPerson && secrets.error().detail != said;
}

// What was found is written down and no more: moving consumers takes its time, and who looks has
// others to look at and to tell.
base::Result<std::optional<Outcome>> note_end_of_old(RunJournal& journal, const std::string& run_id,
                                                     const std::vector<IssuedSecret>& secrets,
                                                     base::Instant now) {
  REKEY_TRY(const auto events, journal.load(run_id));
  const auto ended = find_old_ended(fold(events), secrets, now);
  if (!ended) return std::nullopt;
  REKEY_CHECK(
      journal.append(run_id, static_cast<std::int64_t>(events.size()), {{now, *ended}}, {}));
  return Outcome{Ending::kParked, run_id,
                 describe(*ended) + "; start `rekey rotate`, which moves whoever is cut off"};
}

}  // namespace

base::Result<std::optional<Outcome>> look_at_waiting_run(const Inventory& inventory,
                                                         EngineParts& parts, Reporter& reporter) {
  REKEY_TRY(const auto open, peek_open_run(parts.files, inventory.state_folder, inventory.client_id,
                                           inventory.slot));
  if (!open || !is_looked_at(*open, parts.clock.now())) return std::nullopt;
  auto journal = open_journal_of(inventory, parts);
  if (!journal && journal.error().code == Code::kConflict) return std::nullopt;
  if (!journal) return tl::unexpected(journal.error());
  REKEY_TRY(const auto issuer, parts.drivers.issuer_reader(inventory));
  REKEY_TRY(Memory memory, memory_of(**journal, open->run_id, open->state));
  issuer->remember(std::move(memory));
  auto secrets = issuer->list_secrets();
  if (secrets) {
    std::erase_if(*secrets, [&](const IssuedSecret& one) { return one.slot != inventory.slot; });
  }
  if (secrets && !open->state.plan.is_by_hand) {
    return note_end_of_old(**journal, open->run_id, *secrets, parts.clock.now());
  }
  if (is_news(secrets, open->state)) {
    REKEY_TRY(const Outcome outcome, rotate_in(inventory, **journal, parts, reporter));
    return outcome;
  }
  if (secrets || secrets.error().code == Code::kNeedsPerson) return std::nullopt;
  return tl::unexpected(secrets.error());
}

}  // namespace rekey::rotation
