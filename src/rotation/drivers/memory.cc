#include "rotation/drivers/memory.h"

#include <utility>

namespace rekey::rotation {

base::Result<Memory> memory_of(RunJournal& journal, const std::string& run_id,
                               const RunState& state) {
  Memory memory;
  for (const OldValue& old : state.old_values) {
    if (old.is_refused) continue;
    REKEY_TRY(base::Secret value, journal.value(run_id, old.value));
    memory.secrets.push_back({"", "", std::move(value), {}, {}});
  }
  if (!state.secret_id.empty()) {
    REKEY_TRY(base::Secret value, journal.value(run_id, state.new_value));
    memory.secrets.push_back({state.secret_id, run_id, std::move(value), state.usable_from,
                              state.expires_at, state.proofs > 0});
  }
  if (state.gone) {
    REKEY_TRY(base::Secret value, journal.value(run_id, state.gone->value));
    memory.secrets.push_back({state.gone->secret_id, run_id, std::move(value),
                              state.gone->usable_from, state.gone->expires_at, true,
                              state.gone->is_unproven});
  }
  memory.asked_since = state.asked_since;
  memory.is_earlier = [&journal, client_id = state.plan.client_id,
                       slot = state.plan.slot](const base::Secret& value) {
    const auto is_earlier = journal.is_of_closed_run(client_id, slot, journal.fingerprint(value));
    return is_earlier.value_or(false);
  };
  return memory;
}

}  // namespace rekey::rotation
