#include "rotation/engine/look.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "rotation/drivers/memory.h"
#include "rotation/engine/secret_changes.h"
#include "rotation/engine/waiting.h"
#include "rotation/plan/reconcile.h"

namespace rekey::rotation {
namespace {

using base::Code;

// An effect that was begun and may be done again tells nothing that a look would have to know
// first; what became of the secrets settles an activation and an end that were asked for, and
// leaves open what else was begun. Only on the way back the run itself has to look first.
bool is_settled_by_looking(const std::optional<IntentRecorded>& intent) {
  return !intent ||
         (intent->effect != Effect::kGiveUp && intent->effect != Effect::kUndoActivation);
}

// Whatever it stopped for, also where it is on its way back: a secret that ended meanwhile is what
// matters then.
bool is_looked_at(const OpenRun& open, base::Instant now) {
  const RunState& state = open.state;
  const bool stands = state.parked || may_be_interrupted(state, open.last_event_at, now);
  if (!stands) return false;
  if (state.plan.is_by_hand) {
    return is_staged_open(state) || (!state.abandon && state.is_staged_gone);
  }
  const bool is_any_known = is_old_alive(state) || is_staged_open(state) || state.is_activated;
  return is_any_known && is_settled_by_looking(state.open_intent);
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

bool is_parked_by_person(const RunState& state) {
  return state.parked && !state.parked->by.empty();
}

// Said once; whoever parked the run has it parked still.
std::optional<EventBody> say_in_stop(const RunState& state, const std::string& found) {
  const bool is_said = state.parked && state.parked->reason.find(found) != std::string::npos;
  if (found.empty() || is_said) return std::nullopt;
  if (!is_parked_by_person(state)) return EventBody{RunParked{found}};
  RunParked parked = *state.parked;
  parked.reason = fmt::format("{}. Seen since then: {}", parked.reason, found);
  return EventBody{std::move(parked)};
}

// Where values are presented a refusal may pass, and only a run that goes on waits to be sure.
std::optional<EventBody> find_refused(const RunState& state,
                                      const std::vector<IssuedSecret>& secrets) {
  std::vector<std::string> refused;
  for (const IssuedSecret& secret : secrets) {
    if (has_ended(secret)) refused.push_back(secret.id);
  }
  if (refused.empty()) return std::nullopt;
  return say_in_stop(state,
                     fmt::format("the issuer does not accept {} any more; who holds that is cut "
                                 "off until somebody says `rekey run resume`",
                                 fmt::join(refused, ", ")));
}

std::string advice_on(const EventBody& change, const RunState& state) {
  if (std::holds_alternative<ActiveSecretEnded>(change)) return {};
  if (is_parked_by_person(state)) {
    return fmt::format("; {} has parked the run: `rekey run resume` goes on with it",
                       state.parked->by);
  }
  if (std::holds_alternative<SecretActivated>(change)) {
    return "; start `rekey rotate`, which moves whoever has not moved";
  }
  if (!std::holds_alternative<StagedSecretGone>(change)) {
    return "; start `rekey rotate`, which moves whoever is cut off";
  }
  const auto cut_off = holders_of_new(state);
  return cut_off.empty()
             ? std::string("; nobody had it; start `rekey rotate`, which stages another")
             : fmt::format("; cut off: {}; start `rekey rotate`, which gives them one that works",
                           fmt::join(cut_off, ", "));
}

// What was found is written down and no more: moving consumers takes its time, and who looks has
// others to look at and to tell.
base::Result<std::optional<Outcome>> note_change(const Inventory& inventory, EngineParts& parts,
                                                 RunJournal& journal, const std::string& run_id,
                                                 const std::vector<IssuedSecret>& secrets,
                                                 IssuerReader& issuer) {
  const base::Instant now = parts.clock.now();
  REKEY_TRY(const auto events, journal.load(run_id));
  const RunState state = fold(events);
  if (state.plan.is_by_hand) {
    const auto refused = find_refused(state, secrets);
    if (!refused) return std::nullopt;
    REKEY_CHECK(
        journal.append(run_id, static_cast<std::int64_t>(events.size()), {{now, *refused}}, {}));
    return Outcome{Ending::kParked, run_id, describe(*refused)};
  }
  REKEY_TRY(auto change, find_change(state, secrets, issuer, now));
  if (!change && find_one_ended(state, secrets) != nullptr) {
    REKEY_TRY(const IntegrationFacts integration, issuer.integration());
    REKEY_TRY(const auto probe, parts.drivers.probe(inventory.probe, integration, issuer));
    REKEY_TRY(change, find_who_held_it(state, secrets, journal, *probe, now));
  }
  if (!change) return std::nullopt;
  std::vector<RunEvent> noted{{now, *change}};
  std::string message = describe(*change) + advice_on(*change, state);
  if (std::holds_alternative<ActiveSecretEnded>(*change)) {
    // No step of the run would help: it waits for a person from here.
    message = describe_active_end(apply(state, noted.front()));
    if (auto stop = say_in_stop(state, message)) noted.push_back({now, *std::move(stop)});
  }
  REKEY_CHECK(journal.append(run_id, static_cast<std::int64_t>(events.size()), noted, {}));
  return Outcome{Ending::kParked, run_id, std::move(message)};
}

}  // namespace

base::Result<std::optional<Outcome>> look_at_waiting_run(const Inventory& inventory,
                                                         EngineParts& parts, Reporter& reporter,
                                                         AwayIssuers* away) {
  REKEY_TRY(const auto open, peek_open_run(parts.files, inventory.state_folder, inventory.client_id,
                                           inventory.slot));
  if (!open || !is_looked_at(*open, parts.clock.now())) return std::nullopt;
  REKEY_CHECK(check_issuer(open->state, inventory));
  if (away != nullptr) {
    if (auto known = away->find(inventory.issuer)) return tl::unexpected(*std::move(known));
  }
  auto journal = open_journal_of(inventory, parts);
  if (!journal && journal.error().code == Code::kConflict) return std::nullopt;
  if (!journal) return tl::unexpected(journal.error());
  auto issuer = parts.drivers.issuer_reader(inventory);
  if (!issuer && away != nullptr) away->note(inventory.issuer, issuer.error());
  if (!issuer) return tl::unexpected(issuer.error());
  if (open->state.plan.is_by_hand) {
    REKEY_TRY(Memory memory, memory_of(**journal, open->run_id, open->state));
    (*issuer)->remember(std::move(memory));
  }
  auto secrets = (*issuer)->list_secrets();
  if (!secrets && away != nullptr) away->note(inventory.issuer, secrets.error());
  if (secrets) {
    std::erase_if(*secrets, [&](const IssuedSecret& one) { return one.slot != inventory.slot; });
  }
  const bool is_noted = !open->state.plan.is_by_hand || is_parked_by_person(open->state);
  if (secrets && is_noted) {
    return note_change(inventory, parts, **journal, open->run_id, *secrets, **issuer);
  }
  if (!is_parked_by_person(open->state) && is_news(secrets, open->state)) {
    REKEY_TRY(const Outcome outcome, rotate_in(inventory, **journal, parts, reporter));
    return outcome;
  }
  if (secrets || secrets.error().code == Code::kNeedsPerson) return std::nullopt;
  return tl::unexpected(secrets.error());
}

}  // namespace rekey::rotation
