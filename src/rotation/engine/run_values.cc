#include "rotation/engine/run_values.h"

#include <utility>

#include "rotation/drivers/program_words.h"

namespace rekey::rotation {
namespace {

void erase_all(std::string& text, std::string_view part) {
  if (part.empty()) return;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at)) {
    text.erase(at, part.size());
  }
}

// In an outage a place may hold anything, such as the client id: what the engine names stays.
std::string without_names(std::string text, const RunState& state) {
  for (const RunConsumer& consumer : state.consumers) {
    for (const DriverSpec& sink : consumer.facts.sinks) erase_all(text, sink.location);
  }
  erase_all(text, state.plan.client_id);
  return text;
}

}  // namespace

RunValues values_of(RunJournal& journal, const std::string& run_id, const RunState& state) {
  std::vector<base::Fingerprint> known = state.earlier_values;
  known.push_back(state.new_value);
  for (const OldValue& old : state.old_values) known.push_back(old.value);
  if (state.gone) known.push_back(state.gone->value);
  RunValues found;
  for (const base::Fingerprint& one : known) {
    if (one == base::Fingerprint{}) continue;
    auto value = journal.value(run_id, one);
    found.are_all = found.are_all && value;
    if (value) found.values.push_back(*std::move(value));
  }
  return found;
}

std::string tellable(RunJournal& journal, const std::string& run_id, const RunState& state,
                     const std::string& detail) {
  const std::string rest = without_names(detail, state);
  const std::string told = without_values(rest, values_of(journal, run_id, state).values);
  return told == rest ? detail : told;
}

}  // namespace rekey::rotation
