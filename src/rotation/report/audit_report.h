// What an auditor asks of one run: who, what, where, in which order and why, on what evidence.
//
// Facts out of the run's events alone; nothing is asked of the world, and no value is in them. How
// they are worded is the renderers' (audit_document.h, render_json below). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fingerprint.h"
#include "base/time.h"
#include "rotation/journal/run_archive.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

// What the journal does not hold: how things are called now.
struct AuditNames {
  std::string package;  // empty where the inventory does not name the integration any more
  std::string owner;
  std::string issuer;     // where the issuer is, for people
  std::string inventory;  // the file's path
  std::string version;    // of Rekey
};

enum class RunEnding { kOpen, kParked, kClosed, kGivenUp };
[[nodiscard]] std::string_view name_of(RunEnding ending) noexcept;  // "open", …, "given_up"

struct AuditedSink {
  std::string place;
  base::Fingerprint before;
  std::optional<base::Fingerprint> after{};    // what was read back last; nullopt: was not
  std::optional<base::Instant> written_at{};   // the last time
  std::optional<base::Instant> restored_at{};  // its value was put back
  bool is_left = false;  // given up: somebody else's refused value stays there, nothing is put back
};

struct StepSpan {
  ConsumerStep step = ConsumerStep::kPending;
  base::Instant from{};
  base::Instant to{};
};

struct AuditedConsumer {
  Consumer facts;
  ConsumerStep step = ConsumerStep::kPending;
  std::vector<AuditedSink> sinks;
  std::optional<base::Instant> proven_at{};
  std::optional<base::Instant> reloaded_at{};
  // What it held before was put back, and a token request with that was accepted.
  std::optional<base::Instant> put_back_proven_at{};
  std::vector<StepSpan> spans;  // one after the other, without a gap
};

struct AuditedSecret {
  std::string id;
  base::Fingerprint value;
  base::Instant staged_at{};
  base::Instant expires_at{};
  std::optional<base::Instant> activated_at{};
  std::optional<base::Instant> undone_at{};  // that activation
  std::string end{};  // a sentence: why it never became the active one; empty for the last one
};

struct AuditedOldValue {
  base::Fingerprint value;
  std::optional<base::Instant> refused_at{};  // the proof of its death
};

enum class WordKind { kPlan, kApproval, kAttestation, kHandOut, kAbandonment, kWaiver, kRules };
[[nodiscard]] std::string_view name_of(WordKind kind) noexcept;  // "plan", "approval", …

// What a person said or took.
struct AuditedWord {
  base::Instant at{};
  WordKind kind = WordKind::kApproval;
  std::string by;
  std::string consumer;       // of whom it speaks; empty: of the run
  std::string reason;         // of a hand-out: how; of other rules: which
  std::string plan_digest{};  // of a plan that was begun with, and of an approval
  bool counts = true;         // false of an approval by who may not, and of another plan
};

struct AuditedFailure {
  base::Instant at{};
  std::string step;
  base::Code code = base::Code::kInternal;
  std::string detail;
};

struct AuditedStop {
  base::Instant at{};
  std::optional<base::Instant> until{};  // nullopt: it still stands there
  std::string reason;
  bool is_waiting = false;       // for a person: nothing was wrong
  std::string by{};              // who stopped it; empty: the run itself
  bool is_interruption = false;  // nothing stopped it, and nobody worked on it from `at` on
};

struct AuditedGate {
  base::Instant at{};
  GatePassed passed;
};

struct AuditedWave {
  base::Instant at{};
  WavePassed passed;
};

struct AuditedWorkflow {
  base::Instant at{};
  WorkflowRan ran;
};

struct PhaseSpan {
  Phase phase = Phase::kPlanned;
  base::Instant from{};
  base::Instant to{};
};

struct AuditedEvent {
  base::Instant at{};
  std::string name;
  std::string phase;  // after it
  std::string message;
};

struct AuditReport {
  base::Instant made_at{};
  AuditNames names;
  RunPlanned plan;
  std::string plan_digest;     // of the plan as it is now
  int approvals_at_begin = 0;  // that the run began with; plan.rules has those of now
  ChainCheck chain;
  RunEnding ending = RunEnding::kOpen;
  Phase phase = Phase::kPlanned;
  base::Instant begun_at{};
  base::Instant last_at{};             // of the last event
  std::vector<AuditedSecret> secrets;  // staged by the run; the last one is the new one
  std::vector<AuditedOldValue> old_values;
  std::optional<base::Instant> old_ends_at{};  // the end of the overlap, where there is one
  std::optional<base::Instant> undone_at{};  // the activation, of a run that was given up after it
  std::optional<base::Instant> old_ended_at{};
  std::string old_ended_how{};
  std::optional<EarlyCut> early_cut{};
  std::vector<EndedOld> ended_old{};  // those of several old ones that ended before the rest
  std::vector<AuditedConsumer> consumers;
  // Forgotten where the run goes back: then nothing rests on them.
  std::vector<AuditedWave> waves;          // that have held, in their order
  std::optional<AuditedGate> gate{};       // the last that was passed
  std::vector<AuditedWorkflow> workflows;  // each time that one was run
  std::vector<AuditedWord> words;
  std::vector<AuditedFailure> failures;
  std::vector<AuditedStop> stops;
  std::vector<PhaseSpan> phases;  // one after the other, without a gap
  std::vector<AuditedEvent> events;
};

// `record` needs one event at least, and its first one has to open the run: kCorrupt otherwise.
[[nodiscard]] base::Result<AuditReport> report_on(const ArchivedRun& record, AuditNames names,
                                                  base::Instant now);

// Why everything came in this order; a sentence.
[[nodiscard]] std::string reason_of_order(const RunPlanned& plan);
// How it stands or how it ended; a sentence.
[[nodiscard]] std::string verdict_of(const AuditReport& report);

// The report as one JSON object of a stable shape: docs/report.md.
[[nodiscard]] std::string render_json(const AuditReport& report);
// A page that needs nothing beside it: no script, no other file, light and dark, A4.
[[nodiscard]] std::string render_html(const AuditReport& report);
// Markdown that reads well as plain text too.
[[nodiscard]] std::string render_markdown(const AuditReport& report);

}  // namespace rekey::rotation
