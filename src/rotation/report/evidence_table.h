// Consumer by consumer: what a run has done for it, and what shows that it has moved.
//
// Pure. What was done is read from the run's events; what was seen in use is told by an evaluation
// of the usage now, or, without one, by the last gate that the run or the consumer's wave passed,
// or by the words and restarts in the journal alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "rotation/machine/events.h"
#include "rotation/machine/evidence.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

struct EvidenceRow {
  std::string consumer;
  std::string wave;    // its name; empty where the plan has no waves
  std::string places;  // where it reads its secret from
  ConsumerStep step = ConsumerStep::kPending;
  bool is_in_a_persons_hands = false;
  bool is_by_hand = false;  // nobody reads its sink back
  int instances = 1;
  std::optional<std::string> attested_by{};
  std::optional<ConsumerWaiver> waiver{};
  // Of the new secret, since the last time that its first sink was to be written; nothing where it
  // was put back. Times are of the last sink.
  int sinks = 1;
  int sinks_written = 0;
  int sinks_read_back = 0;
  std::optional<base::Instant> written_at{};
  std::optional<base::Instant> read_back_at{};
  std::optional<base::Instant> reloaded_at{};  // the issuer's time
  // On the way back: of the last sink that was written, of the token request with what it holds
  // then, and of the reload after that.
  std::optional<base::Instant> put_back_at{};
  std::optional<base::Instant> put_back_proven_at{};
  std::optional<base::Instant> put_back_reloaded_at{};
  bool was_written = false;  // by the run, or it may have been
  int places_written = 0;    // as many of its places, counted from the first
  int places_left = 0;       // of those: left with somebody else's refused value, nothing put back
  Verdict verdict{};
};

// Where the verdicts come from.
enum class EvidenceSource { kUsageNow, kGate, kJournal };
[[nodiscard]] std::string_view name_of(EvidenceSource source) noexcept;  // "usage", "gate", …

struct EvidenceTable {
  // The run was given up, or goes back: no verdict is given, and what was put back counts.
  bool is_way_back = false;
  EvidenceSource source = EvidenceSource::kJournal;
  std::optional<base::Instant> as_of{};  // of the usage that the verdicts rest on
  std::vector<EvidenceRow> rows;         // in the order in which consumers were declared
  std::vector<UnknownUse> unknown;       // of the old secret; by usage now
  std::vector<WaivedUse> waived;
};

// Every place that the run had written was left: nothing was put back, and nothing proven.
[[nodiscard]] bool is_left_alone(const EvidenceRow& row) noexcept;

// `events` are those of the run from its first one on. `now`: evaluated with question_of().
[[nodiscard]] EvidenceTable evidence_table(const std::vector<RunEvent>& events,
                                           const std::optional<Evidence>& now);

}  // namespace rekey::rotation
