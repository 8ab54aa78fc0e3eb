#include "rotation/report/evidence_table.h"

#include <algorithm>
#include <map>

namespace rekey::rotation {
namespace {

using base::Instant;

struct Deeds {
  int sinks_written = 0;
  int sinks_read_back = 0;
  std::optional<Instant> written;
  std::optional<Instant> read_back;
  std::optional<Instant> reloaded;
  std::optional<Instant> put_back;
  std::optional<Instant> put_back_proven;
  std::optional<Instant> put_back_reloaded;
  bool was_written = false;
};

// What the events say of the consumers, by name: deeds, and the verdicts that still count.
struct History {
  std::map<std::string, Deeds> deeds;
  std::map<std::string, Verdict> verdicts;
  std::optional<Instant> as_of;
  std::vector<WaivedUse> waived;
  bool is_going_back = false;
  bool is_activated = false;
  bool is_given_up = false;

  void take(const RunEvent& event) {
    std::visit([&](const auto& body) { on(body, event.at); }, event.body);
  }

 private:
  void on(const IntentRecorded& intent, Instant) {
    if (intent.effect != Effect::kWrite || intent.sink != 0) return;
    is_going_back = false;
    verdicts.erase(intent.subject);
    deeds[intent.subject] = {};
    deeds[intent.subject].was_written = true;
  }
  void on(const SinkWritten& event, Instant at) {
    deeds[event.consumer].sinks_written = event.sink + 1;
    deeds[event.consumer].written = at;
  }
  void on(const SinkReadBack& event, Instant at) {
    deeds[event.consumer].sinks_read_back = event.sink + 1;
    deeds[event.consumer].read_back = at;
  }
  void on(const ConsumerReloaded& event, Instant) {
    if (event.is_left) return;
    Deeds& done = deeds[event.consumer];
    (is_going_back ? done.put_back_reloaded : done.reloaded) = event.issuer_time;
  }
  void on(const SinkRestored& event, Instant at) {
    Deeds& done = deeds[event.consumer];
    const auto put_back = event.is_left ? done.put_back : std::optional(at);
    done = {};
    done.put_back = put_back;
    done.was_written = true;
  }
  void on(const SinkDrifted& event, Instant) {
    deeds[event.consumer] = {};
    deeds[event.consumer].was_written = true;
  }
  void on(const RestoredProven& event, Instant at) { deeds[event.consumer].put_back_proven = at; }
  void on(const SecretActivated&, Instant) { is_activated = true; }
  void on(const ActivationUndone&, Instant) {
    is_activated = false;
    go_back();
  }
  void on(const AbandonRequested&, Instant) {
    is_given_up = true;
    if (!is_activated) go_back();
  }
  void on(const ActiveSecretEnded&, Instant) {
    if (!is_given_up) return;
    is_activated = false;
    go_back();
  }
  void on(const StagedSecretGone&, Instant) { go_back(); }
  void on(const GatePassed& event, Instant) {
    judge(event.verdicts, event.as_of);
    waived = event.waived;
  }
  void on(const WavePassed& event, Instant) { judge(event.verdicts, event.as_of); }
  template <typename Other>
  void on(const Other&, Instant) {}

  void go_back() {
    is_going_back = true;
    verdicts.clear();
    waived.clear();
  }
  void judge(const std::vector<Verdict>& given, Instant at) {
    for (const Verdict& verdict : given) verdicts[verdict.consumer] = verdict;
    as_of = at;
  }
};

void take_verdicts(EvidenceTable& table, const std::vector<Verdict>& verdicts) {
  for (EvidenceRow& row : table.rows) {
    const auto found = std::find_if(verdicts.begin(), verdicts.end(), [&](const Verdict& verdict) {
      return verdict.consumer == row.consumer;
    });
    if (found != verdicts.end()) row.verdict = *found;
  }
}

EvidenceRow row_of(const RunState& state, const RunConsumer& consumer, const Deeds& deeds) {
  EvidenceRow row;
  row.consumer = consumer.facts.name;
  if (!state.plan.rules.waves.empty()) row.wave = name_of_wave(state, consumer.facts.wave);
  row.places = places_of(consumer.facts);
  row.sinks = static_cast<int>(consumer.facts.sinks.size());
  row.sinks_written = deeds.sinks_written;
  row.sinks_read_back = deeds.sinks_read_back;
  row.step = consumer.step;
  row.is_in_a_persons_hands = is_in_a_persons_hands(consumer);
  row.is_by_hand = consumer.facts.is_by_hand;
  row.instances = consumer.facts.instances;
  row.attested_by = consumer.attested_by;
  row.waiver = consumer.waiver;
  row.written_at = deeds.written;
  row.read_back_at = deeds.read_back;
  row.reloaded_at = deeds.reloaded;
  row.was_written = deeds.was_written;
  row.places_written = consumer.touched;
  row.places_left = static_cast<int>(consumer.left.size());
  // Journals of before it was told apart say so of what was left too.
  if (!is_left_alone(row)) {
    row.put_back_at = deeds.put_back;
    row.put_back_proven_at = deeds.put_back_proven;
  }
  if (row.places_left == 0) row.put_back_reloaded_at = deeds.put_back_reloaded;
  row.verdict.consumer = row.consumer;
  if (!is_on_the_move(state, consumer)) row.verdict.reason = "it moves in a later wave";
  return row;
}

}  // namespace

bool is_left_alone(const EvidenceRow& row) noexcept {
  return row.places_left > 0 && row.places_left >= row.places_written;
}

std::string_view name_of(EvidenceSource source) noexcept {
  switch (source) {
    case EvidenceSource::kUsageNow:
      return "usage";
    case EvidenceSource::kGate:
      return "gate";
    case EvidenceSource::kJournal:
      return "journal";
  }
  return "";
}

EvidenceTable evidence_table(const std::vector<RunEvent>& events,
                             const std::optional<Evidence>& now) {
  const RunState state = fold(events);
  History history;
  for (const RunEvent& event : events) history.take(event);
  EvidenceTable table;
  for (const RunConsumer& consumer : state.consumers) {
    table.rows.push_back(row_of(state, consumer, history.deeds[consumer.facts.name]));
  }
  table.is_way_back = state.is_abandoned || state.phase == Phase::kRollingBack;
  if (table.is_way_back) return table;
  if (now) {
    table.source = EvidenceSource::kUsageNow;
    table.as_of = now->as_of;
    table.unknown = now->unknown;
    table.waived = now->waived;
    take_verdicts(table, now->verdicts);
    return table;
  }
  if (events.empty()) return table;
  const Instant at = events.back().at;
  take_verdicts(table, evaluate(untold_usage(at), question_of(state, {})).verdicts);
  if (history.verdicts.empty()) return table;
  table.source = EvidenceSource::kGate;
  table.as_of = history.as_of;
  table.waived = history.waived;
  for (EvidenceRow& row : table.rows) {
    const auto given = history.verdicts.find(row.consumer);
    if (given != history.verdicts.end()) row.verdict = given->second;
  }
  return table;
}

}  // namespace rekey::rotation
