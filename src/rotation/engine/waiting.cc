#include "rotation/engine/waiting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ledger/ledger.h"
#include "rotation/engine/by_hand.h"
#include "storage/sqlite.h"

namespace rekey::rotation {
namespace {

using base::Instant;

constexpr int kReadBatch = 1000;
constexpr std::string_view kStartAgain = "start `rekey rotate` again, and it goes on";

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// "quiet for 3m of 20m" says the same a minute later; an instant or a count does not.
std::string without_durations(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool is_begin =
        is_digit(text[i]) && (i == 0 || !(is_digit(text[i - 1]) || is_letter(text[i - 1])));
    std::size_t unit = i;
    while (is_begin && unit < text.size() && is_digit(text[unit])) ++unit;
    std::size_t end = unit;
    while (is_begin && end < text.size() && is_letter(text[end])) ++end;
    const std::string_view name = std::string_view(text).substr(unit, end - unit);
    const bool is_unit = name == "ms" || name == "s" || name == "m" || name == "h" || name == "d";
    if (is_begin && is_unit) {
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

bool is_word_of_a_person(const EventBody& body) noexcept {
  const auto* parked = std::get_if<RunParked>(&body);
  if (parked != nullptr && !parked->by.empty()) return true;
  return std::holds_alternative<ConsumerAttested>(body) ||
         std::holds_alternative<ConsumerWaived>(body) ||
         std::holds_alternative<RunApproved>(body) ||
         std::holds_alternative<ValueHandedOut>(body) ||
         std::holds_alternative<AbandonRequested>(body);
}

// After these the run stands elsewhere: what it stops for then is another thing, in whatever words.
bool is_turn(const EventBody& body) noexcept {
  return std::holds_alternative<SecretStaged>(body) ||
         std::holds_alternative<StagedSecretGone>(body) ||
         std::holds_alternative<SecretActivated>(body) ||
         std::holds_alternative<ActivationUndone>(body) ||
         std::holds_alternative<ActiveSecretEnded>(body) ||
         std::holds_alternative<OldSecretEnded>(body) ||
         std::holds_alternative<AbandonRequested>(body);
}

// Its activation, or the end of the old one, lacks no approval any more.
std::string approved_wait(const RunState& state, Instant now) {
  const auto held =
      is_before_end(state) ? held_before_end(state, now) : held_before_activation(state, now);
  const auto* park = held ? std::get_if<Park>(&*held) : nullptr;
  return fmt::format("every approval is there: {}",
                     park == nullptr ? std::string(kStartAgain) : park->why.reason);
}

}  // namespace

bool is_same_wait(const RunParked& one, const RunParked& other) {
  return one.is_lapse == other.is_lapse && one.is_waiting == other.is_waiting &&
         one.by == other.by && without_durations(one.reason) == without_durations(other.reason);
}

std::optional<Instant> parked_since(const std::vector<RunEvent>& events) {
  std::optional<Instant> since;
  const RunParked* last = nullptr;
  bool is_parked = false;
  for (const RunEvent& event : events) {
    if (is_turn(event.body)) last = nullptr;
    if (std::holds_alternative<RunResumed>(event.body) || is_closing(event.body)) {
      is_parked = false;
    }
    const auto* parked = std::get_if<RunParked>(&event.body);
    if (parked == nullptr) continue;
    if (last == nullptr || !is_same_wait(*last, *parked)) since = event.at;
    last = parked;
    is_parked = true;
  }
  return is_parked ? since : std::nullopt;
}

Instant last_step_at(const std::vector<RunEvent>& events) {
  const auto found = std::find_if(events.rbegin(), events.rend(), [](const RunEvent& event) {
    return !is_word_of_a_person(event.body);
  });
  return found == events.rend() ? Instant{} : found->at;
}

std::optional<Instant> staged_ended_since(const std::vector<RunEvent>& events) {
  const RunState state = fold(events);
  if (!state.is_staged_gone || holders_of_new(state).empty()) return std::nullopt;
  const auto found = std::find_if(events.rbegin(), events.rend(), [](const RunEvent& event) {
    return std::holds_alternative<StagedSecretGone>(event.body);
  });
  return found == events.rend() ? std::nullopt : std::optional(found->at);
}

std::optional<Instant> cut_off_since(const std::vector<RunEvent>& events) {
  std::optional<Instant> since;
  for (const RunEvent& event : events) {
    const auto* gone = std::get_if<StagedSecretGone>(&event.body);
    if (gone != nullptr && gone->is_old_gone && !since) since = event.at;
    const bool is_over = std::holds_alternative<SecretStaged>(event.body) ||
                         std::holds_alternative<StagedSecretBack>(event.body) ||
                         std::holds_alternative<SecretActivated>(event.body) ||
                         is_closing(event.body);
    if (is_over) since.reset();
  }
  return since;
}

bool may_be_interrupted(const RunState& state, Instant last_step, Instant now) noexcept {
  return !state.parked && state.phase != Phase::kClosed && now - last_step >= kInterruptedAfter;
}

std::string missing_now(const RunState& state, Instant now) {
  if (!state.parked) return {};
  if (!state.parked->by.empty()) {
    return fmt::format(
        "parked by {}: {}. It stays so until somebody says `rekey run resume`; to give it up: "
        "`rekey run abort --reason TEXT`",
        state.parked->by, state.parked->reason);
  }
  if (state.is_stop_overtaken) {
    return fmt::format("it stopped for something else; since then the secrets have changed: {}",
                       kStartAgain);
  }
  if (!state.parked->is_waiting && !state.said_since_stop.empty()) {
    return fmt::format("{}, since it stopped: {}, after a look at the usage",
                       fmt::join(state.said_since_stop, "; "), kStartAgain);
  }
  if (!state.parked->is_waiting) return state.parked->reason;
  if ((is_before_activation(state) || is_before_end(state)) && state.plan.rules.approvals > 0 &&
      count_approvals(state) >= state.plan.rules.approvals) {
    return approved_wait(state, now);
  }
  const bool has_word = std::any_of(state.consumers.begin(), state.consumers.end(),
                                    [](const RunConsumer& c) { return c.attested_by || c.waiver; });
  if (!has_word) return state.parked->reason;
  if (state.phase == Phase::kPropagating || state.phase == Phase::kRollingBack) {
    const bool is_one_waited_for =
        find_hand_task(state) != nullptr ||
        std::any_of(state.consumers.begin(), state.consumers.end(), is_to_be_restarted);
    if (is_one_waited_for) return state.parked->reason;
    return fmt::format("what was to be done by hand is done: {}", kStartAgain);
  }
  if (state.phase != Phase::kObserving || !state.plan.is_by_hand) return state.parked->reason;
  const std::vector<std::string> names =
      consumers_without_evidence(state, now, Asked::kWhoIsOnTheMove);
  if (names.empty()) return fmt::format("every word is there: {}", kStartAgain);
  return fmt::format(
      "the word of whoever answers for {} is still missing: `rekey run attest CONSUMER --reason "
      "TEXT`, then start the run again",
      fmt::join(names, ", "));
}

base::Result<std::vector<RunEvent>> peek_events(platform::Files& files, const std::string& folder,
                                                const std::string& run_id) {
  const std::string path = folder + "/runs.db";
  REKEY_TRY(const auto facts, files.facts(path));
  static_cast<void>(facts);
  REKEY_TRY(storage::Connection database,
            storage::Connection::open(path, storage::OpenMode::kReadOnly));
  std::vector<RunEvent> events;
  for (;;) {
    REKEY_TRY(const auto batch,
              ledger::read_stream(database, "run/" + run_id,
                                  static_cast<std::int64_t>(events.size()), kReadBatch));
    for (const ledger::StoredEvent& stored : batch) {
      REKEY_TRY(EventBody body, decode(stored.event.type, stored.event.body));
      events.push_back({stored.event.at, std::move(body)});
    }
    if (batch.size() < static_cast<std::size_t>(kReadBatch)) return events;
  }
}

base::Result<bool> is_worked_on(platform::Files& files, const Inventory& inventory) {
  return is_journal_held(files, inventory.state_folder, {inventory.client_id, inventory.slot});
}

}  // namespace rekey::rotation
