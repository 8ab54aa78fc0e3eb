#include "rotation/report/audit_document.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

using base::Instant;

AuditCell plain(std::string text, AuditTone tone = AuditTone::kPlain) {
  return {std::move(text), false, tone};
}
AuditCell code(std::string text) {
  return {std::move(text), true};
}
// In a table, where UTC goes without saying.
std::string short_time(Instant at) {
  return clock_text(at).substr(0, std::string_view("2026-11-28 23:48:49").size());
}
AuditCell when(const std::optional<Instant>& at, AuditTone tone = AuditTone::kPlain) {
  return plain(at ? short_time(*at) : "–", tone);
}

std::string end_text(Instant at) {
  return at == base::kFarFuture ? "not told" : short_time(at);
}

bool is_any_left(const AuditReport& report) {
  return std::any_of(report.consumers.begin(), report.consumers.end(), [](const auto& consumer) {
    return std::any_of(consumer.sinks.begin(), consumer.sinks.end(),
                       [](const AuditedSink& sink) { return sink.is_left; });
  });
}

AuditTone tone_of(const AuditReport& report) {
  switch (report.ending) {
    case RunEnding::kClosed:
      return AuditTone::kGood;
    case RunEnding::kGivenUp:
      return is_any_left(report) ? AuditTone::kWarning : AuditTone::kPlain;
    case RunEnding::kOpen:
      return AuditTone::kPlain;
    case RunEnding::kParked:
      break;
  }
  return AuditTone::kWarning;
}

bool is_of_earlier_plan(const AuditReport& report, const AuditedWord& word) {
  return !word.counts && !word.plan_digest.empty() && word.plan_digest != report.plan_digest;
}

// Each of them once.
template <typename Wanted>
std::vector<std::string> names_of(const AuditReport& report, const Wanted& wanted) {
  std::vector<std::string> names;
  for (const AuditedWord& word : report.words) {
    const bool is_new = std::find(names.begin(), names.end(), word.by) == names.end();
    if (word.kind == WordKind::kApproval && wanted(word) && is_new) names.push_back(word.by);
  }
  return names;
}

std::string approvals_text(const AuditReport& report) {
  const auto names = names_of(report, [](const AuditedWord& word) { return word.counts; });
  const auto earlier =
      names_of(report, [&](const AuditedWord& word) { return is_of_earlier_plan(report, word); });
  const int asked = report.plan.rules.approvals;
  std::string text;
  if (asked == 0 && names.empty()) {
    text = "no approval was asked for";
  } else {
    text = fmt::format("{} ({} asked for)",
                       names.empty() ? "nobody yet" : fmt::format("{}", fmt::join(names, ", ")),
                       asked);
  }
  if (asked != report.approvals_at_begin) {
    text += fmt::format("; the run began with {}", report.approvals_at_begin);
  }
  if (!earlier.empty()) text += fmt::format("; of an earlier plan: {}", fmt::join(earlier, ", "));
  return text;
}

std::string or_unnamed(const std::string& by) {
  return by.empty() ? "somebody unnamed" : by;
}

// The inventory said otherwise than before, when somebody started the run.
void add_changed_rules(AuditSection& section, const AuditReport& report) {
  for (const AuditedWord& word : report.words) {
    if (word.kind != WordKind::kRules) continue;
    section.facts.emplace_back(
        "Rules changed", plain(fmt::format("{} by {}", clock_text(word.at), or_unnamed(word.by))));
  }
}

AuditSection about_the_run(const AuditReport& report) {
  const RunPlanned& plan = report.plan;
  AuditSection section{"The run", {}};
  auto& facts = section.facts;
  facts.emplace_back("Run", code(plan.run_id));
  if (!report.names.package.empty()) facts.emplace_back("Package", plain(report.names.package));
  if (!report.names.owner.empty()) facts.emplace_back("Answers for it", plain(report.names.owner));
  facts.emplace_back(
      "Credential", code(plan.slot == "-" ? plan.client_id
                                          : fmt::format("{}, slot {}", plan.client_id, plan.slot)));
  if (!report.names.issuer.empty()) facts.emplace_back("Issuer", plain(report.names.issuer));
  facts.emplace_back("Begun", plain(fmt::format("{} by {}", clock_text(report.begun_at),
                                                or_unnamed(plan.requested_by))));
  const bool is_over = report.ending == RunEnding::kClosed || report.ending == RunEnding::kGivenUp;
  facts.emplace_back(is_over ? "Ended" : "Last event",
                     plain(fmt::format("{}, after {}", clock_text(report.last_at),
                                       rough_duration(report.last_at - report.begun_at))));
  facts.emplace_back("Plan", code(report.plan_digest));
  facts.emplace_back("Approved by", plain(approvals_text(report)));
  add_changed_rules(section, report);
  if (plan.rules.window)
    facts.emplace_back("Activation within", plain(to_text(*plan.rules.window)));
  for (const NotConsumer& one : plan.rules.not_consumers) {
    facts.emplace_back("Copy let be", plain(fmt::format("{}: {} answers for it ({})", one.path,
                                                        one.by, one.reason)));
  }
  facts.emplace_back("Order", plain(plan.order == Order::kPropagateFirst
                                        ? "propagate, observe, activate"
                                        : "activate, propagate, observe, retire"));
  facts.emplace_back("Why in this order", plain(reason_of_order(plan)));
  return section;
}

AuditCell activation_cell(const AuditedSecret& secret) {
  if (!secret.activated_at || !secret.undone_at) return when(secret.activated_at);
  return plain(fmt::format("{}, undone {}", short_time(*secret.activated_at),
                           short_time(*secret.undone_at)));
}

AuditSection about_secrets(const AuditReport& report) {
  AuditSection section{"Secrets",
                       "A fingerprint stands for a value; no value is in this report. It is made "
                       "with the key of this journal: an issuer has a key of its own, and shows "
                       "others for the same values (rekey secret list). Ids are the issuer's."};
  section.columns = {"Secret", "Fingerprint", "Staged", "Activated", "Expires", ""};
  for (const AuditedSecret& secret : report.secrets) {
    const bool is_lost = secret.value == base::Fingerprint{};
    section.rows.push_back({code(secret.id), code(is_lost ? "–" : base::display(secret.value)),
                            when(secret.staged_at), activation_cell(secret),
                            plain(end_text(secret.expires_at)),
                            plain(secret.end.empty() ? "the new one" : secret.end)});
  }
  const bool is_given_up = report.ending == RunEnding::kGivenUp;
  for (const std::string& id : report.plan.outgoing) {
    section.rows.push_back({code(id), plain(is_given_up ? "–" : "see the proof of death"),
                            plain("–"), plain("–"),
                            when(report.old_ended_at ? report.old_ended_at : report.old_ends_at),
                            plain(report.old_ended_at ? "old; ended: " + report.old_ended_how
                                  : is_given_up       ? std::string("old; it lives on")
                                                      : std::string("old"))});
  }
  return section;
}

// Below the inventory's folder, as the inventory calls it.
std::string short_place(const AuditReport& report, const std::string& place) {
  const auto& inventory = report.names.inventory;
  const std::string folder = inventory.substr(0, inventory.rfind('/') + 1);
  return !folder.empty() && place.starts_with(folder) ? place.substr(folder.size()) : place;
}

std::string after_text(const AuditedConsumer& consumer, const AuditedSink& sink) {
  if (sink.after) return base::display(*sink.after);
  if (sink.restored_at) return base::display(sink.before);
  if (consumer.facts.is_by_hand && sink.written_at) return "by hand: not read back";
  return sink.written_at ? "not read back yet" : "unchanged";
}

AuditSection about_sinks(const AuditReport& report) {
  AuditSection section{"What changed where",
                       "Before: what the sink held when its consumer was declared. After: what was "
                       "read back from it last."};
  section.columns = {"Consumer", "Sink", "Before", "After", "Written", "Reloaded"};
  for (const AuditedConsumer& consumer : report.consumers) {
    const bool is_on_new = consumer.step == ConsumerStep::kReloaded;
    const bool is_given_up = report.ending == RunEnding::kGivenUp;
    for (const AuditedSink& sink : consumer.sinks) {
      const std::string name =
          consumer.facts.owner.empty()
              ? consumer.facts.name
              : fmt::format("{} ({})", consumer.facts.name, consumer.facts.owner);
      section.rows.push_back({plain(name), code(short_place(report, sink.place)),
                              code(base::display(sink.before)), code(after_text(consumer, sink)),
                              when(sink.written_at),
                              is_on_new     ? when(consumer.reloaded_at)
                              : is_given_up ? plain("–")
                                            : plain(std::string(name_of(consumer.step)))});
    }
  }
  return section;
}

// Journals of before the sources were kept name none.
std::string source_of(const Verdict& verdict) {
  return verdict.source.empty() ? "–" : verdict.source;
}

// Of a run that was given up: no evidence matters any more.
AuditSection about_the_way_back(const AuditReport& report) {
  AuditSection section{"What was put back",
                       "The run was given up. Each sink that it wrote got back what it held, or "
                       "kept what somebody else had put there; that was tried with a token "
                       "request, and its consumer was reloaded. Where somebody else's value is "
                       "refused it was left as it is: nothing was proven, and nobody reloaded."};
  section.columns = {"Consumer", "Sink", "Value before", "Put back", "Accepted", "Reloaded"};
  for (const AuditedConsumer& consumer : report.consumers) {
    for (const AuditedSink& sink : consumer.sinks) {
      const bool is_back = sink.restored_at.has_value();
      section.rows.push_back({plain(consumer.facts.name), code(short_place(report, sink.place)),
                              code(base::display(sink.before)),
                              sink.is_left ? plain("left as it is", AuditTone::kWarning)
                              : is_back    ? when(sink.restored_at)
                                           : plain("was not written"),
                              sink.is_left ? plain("refused", AuditTone::kBad)
                              : consumer.facts.is_by_hand && is_back
                                  ? plain("by hand: not read back")
                                  : when(is_back ? consumer.put_back_proven_at : std::nullopt),
                              when(is_back ? consumer.reloaded_at : std::nullopt)});
    }
  }
  return section;
}

AuditSection about_evidence(const AuditReport& report) {
  if (report.ending == RunEnding::kGivenUp) return about_the_way_back(report);
  AuditSection section{"Evidence that everybody has moved", {}};
  if (!report.gate) {
    section.note =
        "The gate was not passed: no evidence was complete, and nothing was ended on it.";
    return section;
  }
  section.note =
      fmt::format("Complete at {}, by the issuer's clock.", clock_text(report.gate->passed.as_of));
  section.columns = {"Consumer",     "Verdict", "Source", "Instances seen", "Last on the old one",
                     "What was seen"};
  for (const Verdict& verdict : report.gate->passed.verdicts) {
    const AuditTone tone = !is_passing(verdict.kind)              ? AuditTone::kBad
                           : verdict.kind == VerdictKind::kWaived ? AuditTone::kWarning
                                                                  : AuditTone::kGood;
    section.rows.push_back(
        {plain(verdict.consumer), plain(std::string(name_of(verdict.kind)), tone),
         plain(source_of(verdict)), plain(std::to_string(verdict.instances_seen)),
         when(verdict.last_on_old), plain(verdict.reason)});
  }
  return section;
}

std::string names_in_wave(const AuditReport& report, int wave) {
  std::vector<std::string> names;
  for (const AuditedConsumer& consumer : report.consumers) {
    if (consumer.facts.wave == wave) names.push_back(consumer.facts.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string verdicts_text(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> parts;
  for (const Verdict& verdict : verdicts) {
    parts.push_back(fmt::format("{}: {}", verdict.consumer, name_of(verdict.kind)));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

// Behind the last wave stands the gate.
std::vector<Verdict> verdicts_at_gate(const AuditReport& report, int wave) {
  std::vector<Verdict> verdicts;
  for (const Verdict& verdict : report.gate->passed.verdicts) {
    const bool is_in_it = std::any_of(
        report.consumers.begin(), report.consumers.end(), [&](const AuditedConsumer& consumer) {
          return consumer.facts.wave == wave && consumer.facts.name == verdict.consumer;
        });
    if (is_in_it) verdicts.push_back(verdict);
  }
  return verdicts;
}

AuditSection about_waves(const AuditReport& report) {
  AuditSection section{"Waves",
                       "A wave began when there was evidence for each consumer of the one before "
                       "it; behind the last one stands the gate, with the evidence below."};
  section.columns = {"Wave", "Consumers", "Held", "Evidence"};
  for (std::size_t i = 0; i < report.plan.rules.waves.size(); ++i) {
    const auto number = static_cast<int>(i);
    const auto held = std::find_if(report.waves.begin(), report.waves.end(),
                                   [&](const AuditedWave& w) { return w.passed.wave == number; });
    const bool is_held = held != report.waves.end();
    const bool is_last = i + 1 == report.plan.rules.waves.size();
    const bool is_at_gate = !is_held && is_last && report.gate.has_value();
    section.rows.push_back({plain(report.plan.rules.waves[i].name),
                            plain(names_in_wave(report, number)),
                            is_held      ? when(held->at)
                            : is_at_gate ? when(report.gate->at)
                                         : plain("not yet", AuditTone::kWarning),
                            plain(is_held      ? verdicts_text(held->passed.verdicts)
                                  : is_at_gate ? verdicts_text(verdicts_at_gate(report, number))
                                               : "none yet")});
  }
  return section;
}

AuditSection about_time(const AuditReport& report) {
  AuditSection section{"Timeline", {}};
  section.is_timeline = true;
  section.columns = {"Phase", "From", "For"};
  for (const PhaseSpan& span : report.phases) {
    section.rows.push_back({plain(std::string(name_of(span.phase))), when(span.from),
                            plain(rough_duration(span.to - span.from))});
  }
  return section;
}

std::string said(const AuditReport& report, const AuditedWord& word) {
  switch (word.kind) {
    case WordKind::kPlan:
      return fmt::format("begins with plan {}", word.plan_digest);
    case WordKind::kApproval:
      return fmt::format("approves the activation of plan {}{}", word.plan_digest,
                         word.counts                        ? ""
                         : is_of_earlier_plan(report, word) ? " (an earlier plan: does not count)"
                                                            : " (does not count)");
    case WordKind::kAttestation:
      return fmt::format("answers for {}", word.consumer);
    case WordKind::kHandOut:
      return fmt::format("took the value out for {}", word.consumer);
    case WordKind::kWaiver:
      return fmt::format("waives the evidence for {}", word.consumer);
    case WordKind::kRules:
      return "starts the run with other rules";
    case WordKind::kAbandonment:
      break;
  }
  return "gives the run up";
}

// Of a workflow what it touches stands in the plan.
std::string effects_of(const AuditReport& report, const std::string& workflow) {
  for (const PlannedWorkflow& planned : report.plan.workflows) {
    if (planned.name == workflow) return planned.effects;
  }
  return {};
}

AuditSection about_workflows(const AuditReport& report) {
  AuditSection section{"Workflows",
                       "Each was run with the old secret before anything was changed, and with the "
                       "new one after."};
  section.columns = {"When", "Workflow", "It touches", "Secret", "Outcome", "Detail"};
  for (const AuditedWorkflow& workflow : report.workflows) {
    const WorkflowRan& ran = workflow.ran;
    const bool is_passed = ran.outcome == WorkflowOutcome::kPassed;
    std::string detail = is_passed ? ran.detail : fmt::format("{}: {}", ran.step, ran.detail);
    if (!ran.clean_up_problem.empty()) {
      detail += fmt::format("{}clean-up: {}", detail.empty() ? "" : "; ", ran.clean_up_problem);
    }
    section.rows.push_back(
        {when(workflow.at), plain(ran.workflow), plain(effects_of(report, ran.workflow)),
         plain(fmt::format("{}, {}", ran.is_on_new ? "new" : "old", base::display(ran.value))),
         plain(std::string(name_of(ran.outcome)), is_passed ? AuditTone::kGood : AuditTone::kBad),
         plain(std::move(detail))});
  }
  return section;
}

AuditSection about_people(const AuditReport& report) {
  AuditSection section{"What people said", {}};
  for (const AuditedWord& word : report.words) {
    section.rows.push_back(
        {when(word.at), plain(or_unnamed(word.by)), plain(said(report, word)), plain(word.reason)});
  }
  if (report.gate) {
    for (const WaivedUse& waived : report.gate->passed.waived) {
      section.rows.push_back({when(report.gate->at), plain(waived.by),
                              plain("waives " + describe(waived.seen_as), AuditTone::kWarning),
                              plain(waived.reason)});
    }
  }
  if (section.rows.empty()) {
    section.note = "Nobody approved, attested or waived anything, and nothing was handed out.";
  } else {
    section.columns = {"When", "Who", "What", "Why"};
  }
  return section;
}

AuditSection about_trouble(const AuditReport& report) {
  AuditSection section{"Failures and stops", {}};
  struct Row {
    Instant at;
    std::vector<AuditCell> cells;
  };
  std::vector<Row> rows;
  for (const AuditedFailure& failure : report.failures) {
    rows.push_back(
        {failure.at,
         {when(failure.at), plain("failed: " + failure.step),
          plain(fmt::format("{} ({})", failure.detail, base::name_of(failure.code))), plain("–")}});
  }
  for (const AuditedStop& stop : report.stops) {
    const std::string what = stop.is_interruption ? std::string("interrupted")
                             : !stop.by.empty()   ? "parked by " + stop.by
                             : stop.is_waiting    ? std::string("waited for a person")
                                                  : std::string("parked");
    const AuditTone tone = stop.is_waiting ? AuditTone::kPlain : AuditTone::kWarning;
    rows.push_back({stop.at,
                    {when(stop.at), plain(what, tone), plain(stop.reason),
                     stop.until ? when(stop.until) : plain("still", AuditTone::kWarning)}});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.at < b.at; });
  for (Row& row : rows) section.rows.push_back(std::move(row.cells));
  if (section.rows.empty()) {
    section.note = "No step failed, and the run neither stopped nor was taken up again.";
  } else {
    section.columns = {"When", "What", "Detail", "Until"};
  }
  if (report.early_cut) {
    const std::string& how = report.early_cut->how;
    section.note = fmt::format(
        "{} at {}, before the gate had let {} go{}. Without evidence then: {}.",
        how.empty() ? "Somebody else activated the secret" : "The old secret was found ended",
        clock_text(report.early_cut->at), how.empty() ? "the old one" : "it",
        how.empty() ? "" : fmt::format(" ({})", how),
        report.early_cut->consumers.empty()
            ? "nobody"
            : fmt::format("{}", fmt::join(report.early_cut->consumers, ", ")));
  }
  for (const EndedOld& one : report.ended_old) {
    section.note += fmt::format(
        "{}One of the old secrets was found ended at {} ({}) while another worked. Cut off then: "
        "{}.",
        section.note.empty() ? "" : " ", clock_text(one.at), one.how,
        one.consumers.empty() ? "nobody" : fmt::format("{}", fmt::join(one.consumers, ", ")));
  }
  return section;
}

AuditSection about_death(const AuditReport& report) {
  AuditSection section{"Proof of death",
                       "Each value that a sink held before the run was presented to the issuer "
                       "after its end, and has to be refused."};
  if (report.ending == RunEnding::kGivenUp) {
    section.note = "The run was given up: the old values live on, as they did before it.";
    return section;
  }
  section.columns = {"Old value", "Refused"};
  for (const AuditedOldValue& old : report.old_values) {
    section.rows.push_back({code(base::display(old.value)),
                            old.refused_at ? when(old.refused_at, AuditTone::kGood)
                                           : plain("not proven yet", AuditTone::kWarning)});
  }
  return section;
}

AuditSection about_the_journal(const AuditReport& report) {
  AuditSection section{"The journal behind this report", {}};
  const std::size_t count = report.events.size();
  section.facts = {
      {"Hash chain",
       report.chain.problem.empty()
           ? plain(fmt::format("{} events, each fits its hash and the one before", count),
                   AuditTone::kGood)
           : plain(fmt::format("BROKEN: {}. This report rests on the {} events before that",
                               report.chain.problem, count),
                   AuditTone::kBad)},
      {"Head", code(report.chain.head)},
      {"Inventory", code(report.names.inventory)},
      {"Report made",
       plain(fmt::format("{} by Rekey {}", clock_text(report.made_at), report.names.version))}};
  section.note = report.chain.problem.empty()
                     ? "Times are UTC. Whoever kept the head elsewhere can tell by it that nothing "
                       "was cut off or written anew."
                     : "Somebody changed the database of the runs: find out who, before you rest "
                       "anything on it.";
  return section;
}

AuditSection every_event(const AuditReport& report) {
  AuditSection section{fmt::format("Every event ({})", report.events.size()), {}};
  section.is_appendix = true;
  section.columns = {"When", "Phase", "Event", "What"};
  for (const AuditedEvent& event : report.events) {
    section.rows.push_back({plain(base::format_instant(event.at)), plain(event.phase),
                            code(event.name), plain(event.message)});
  }
  return section;
}

}  // namespace

std::string clock_text(Instant at) {
  const std::string text = base::format_instant(at);
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 8));
}

std::string rough_duration(base::Duration duration) {
  using std::chrono::seconds;
  return base::format_duration(duration < seconds{1} ? duration
                                                     : std::chrono::floor<seconds>(duration));
}

AuditDocument document_of(const AuditReport& report) {
  AuditDocument document;
  document.title = report.names.package.empty()
                       ? fmt::format("Rotation {}", report.plan.run_id)
                       : fmt::format("Rotation of {}", report.names.package);
  document.status =
      report.ending == RunEnding::kGivenUp ? "given up" : std::string(name_of(report.ending));
  document.tone = report.chain.problem.empty() ? tone_of(report) : AuditTone::kBad;
  document.verdict = verdict_of(report);
  if (!report.chain.problem.empty()) {
    document.verdict = fmt::format("The journal of this run was changed: {}. As far as it fits: {}",
                                   report.chain.problem, document.verdict);
  }
  document.sections = {about_the_run(report),  about_time(report),    about_sinks(report),
                       about_evidence(report), about_death(report),   about_people(report),
                       about_trouble(report),  about_secrets(report), about_the_journal(report),
                       every_event(report)};
  if (report.plan.rules.waves.size() > 1 && report.ending != RunEnding::kGivenUp) {
    document.sections.insert(document.sections.begin() + 3, about_waves(report));
  }
  if (!report.workflows.empty()) {
    const auto death = std::find_if(
        document.sections.begin(), document.sections.end(),
        [](const AuditSection& section) { return section.heading == "Proof of death"; });
    document.sections.insert(death, about_workflows(report));
  }
  return document;
}

}  // namespace rekey::rotation
