#include "net/json.h"
#include "rotation/report/audit_report.h"

namespace rekey::rotation {
namespace {

using base::Instant;
using net::JsonWriter;

constexpr int kShape = 1;  // of the document: grows only by members

std::optional<std::string> text_of(const std::optional<Instant>& at) {
  if (!at) return std::nullopt;
  return base::format_instant(*at);
}
std::optional<std::string> text_or_null(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}
std::optional<std::string> end_of(Instant at) {
  if (at == base::kFarFuture) return std::nullopt;
  return base::format_instant(at);
}

void write_run(JsonWriter& json, const AuditReport& report) {
  const RunPlanned& plan = report.plan;
  json.key("run").begin_object();
  json.member("id", plan.run_id).member("client_id", plan.client_id).member("slot", plan.slot);
  json.member("package", text_or_null(report.names.package));
  json.member("owner", text_or_null(report.names.owner));
  json.member("issuer", text_or_null(report.names.issuer));
  json.member("ending", name_of(report.ending)).member("phase", name_of(report.phase));
  json.member("verdict", verdict_of(report));
  json.member("begun_at", base::format_instant(report.begun_at));
  json.member("last_event_at", base::format_instant(report.last_at));
  json.member("requested_by", text_or_null(plan.requested_by));
  json.member("order", name_of(plan.order)).member("order_reason", reason_of_order(plan));
  json.member("activation_ends_old", plan.activation_ends_old);
  json.member("is_by_hand", plan.is_by_hand);
  json.member("plan_digest", report.plan_digest);
  json.member("approvals_needed", plan.rules.approvals);
  json.member("approvals_at_begin", report.approvals_at_begin);
  json.key("window");
  plan.rules.window ? json.value(to_text(*plan.rules.window)) : json.null();
  json.key("copies_let_be").begin_array();
  for (const NotConsumer& one : plan.rules.not_consumers) {
    json.begin_object().member("path", one.path).member("by", one.by);
    json.member("reason", one.reason).end_object();
  }
  json.end_array().end_object();
}

void write_secrets(JsonWriter& json, const AuditReport& report) {
  json.key("secrets").begin_array();
  for (const AuditedSecret& secret : report.secrets) {
    const bool is_lost = secret.value == base::Fingerprint{};
    json.begin_object().member("id", secret.id);
    json.member("fingerprint", is_lost ? std::nullopt : std::optional(base::display(secret.value)));
    json.member("staged_at", base::format_instant(secret.staged_at));
    json.member("activated_at", text_of(secret.activated_at));
    json.member("activation_undone_at", text_of(secret.undone_at));
    json.member("expires_at", end_of(secret.expires_at));
    json.member("end", text_or_null(secret.end)).end_object();
  }
  json.end_array();
}

void write_old(JsonWriter& json, const AuditReport& report) {
  json.key("old").begin_object().key("secret_ids").begin_array();
  for (const std::string& id : report.plan.outgoing) json.value(id);
  json.end_array();
  json.member("overlap_ends_at", text_of(report.old_ends_at));
  json.member("activation_undone_at", text_of(report.undone_at));
  json.member("ended_at", text_of(report.old_ended_at));
  json.member("ended_how", text_or_null(report.old_ended_how));
  json.key("ended_before").begin_array();
  for (const EndedOld& one : report.ended_old) {
    json.begin_object().member("at", base::format_instant(one.at));
    json.member("secret_id", one.secret_id).member("how", one.how).key("consumers").begin_array();
    for (const std::string& name : one.consumers) json.value(name);
    json.end_array().end_object();
  }
  json.end_array();
  json.key("values").begin_array();
  for (const AuditedOldValue& old : report.old_values) {
    json.begin_object().member("fingerprint", base::display(old.value));
    json.member("refused_at", text_of(old.refused_at)).end_object();
  }
  json.end_array().end_object();
}

void write_consumers(JsonWriter& json, const AuditReport& report) {
  json.key("consumers").begin_array();
  for (const AuditedConsumer& consumer : report.consumers) {
    json.begin_object().member("name", consumer.facts.name);
    json.member("owner", text_or_null(consumer.facts.owner));
    json.member("step", name_of(consumer.step));
    json.member("is_by_hand", consumer.facts.is_by_hand);
    json.member("wave", consumer.facts.wave);
    json.key("sinks").begin_array();
    for (const AuditedSink& sink : consumer.sinks) {
      json.begin_object().member("place", sink.place);
      json.member("before", base::display(sink.before));
      json.member("after", sink.after ? std::optional(base::display(*sink.after)) : std::nullopt);
      json.member("written_at", text_of(sink.written_at));
      json.member("restored_at", text_of(sink.restored_at));
      json.member("is_left", sink.is_left).end_object();
    }
    json.end_array();
    json.member("proven_at", text_of(consumer.proven_at));
    json.member("reloaded_at", text_of(consumer.reloaded_at));
    json.member("put_back_proven_at", text_of(consumer.put_back_proven_at));
    json.key("steps").begin_array();
    for (const StepSpan& span : consumer.spans) {
      json.begin_object().member("step", name_of(span.step));
      json.member("from", base::format_instant(span.from));
      json.member("to", base::format_instant(span.to)).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void write_verdicts(JsonWriter& json, const std::vector<Verdict>& verdicts) {
  json.key("verdicts").begin_array();
  for (const Verdict& verdict : verdicts) {
    json.begin_object().member("consumer", verdict.consumer);
    json.member("verdict", name_of(verdict.kind));
    json.member("instances_seen", verdict.instances_seen);
    json.member("last_on_old", text_of(verdict.last_on_old));
    json.member("quiet_for_ms", static_cast<std::int64_t>(verdict.quiet_for.count()));
    json.member("quiet_needed_ms", static_cast<std::int64_t>(verdict.quiet_needed.count()));
    json.member("source", text_or_null(verdict.source));
    json.member("reason", verdict.reason).end_object();
  }
  json.end_array();
}

void write_waves(JsonWriter& json, const AuditReport& report) {
  json.key("waves").begin_array();
  for (const AuditedWave& wave : report.waves) {
    json.begin_object().member("wave", wave.passed.wave).member("name", wave.passed.name);
    json.member("held_at", base::format_instant(wave.at));
    json.member("as_of", base::format_instant(wave.passed.as_of));
    write_verdicts(json, wave.passed.verdicts);
    json.end_object();
  }
  json.end_array();
}

void write_gate(JsonWriter& json, const AuditReport& report) {
  json.key("evidence");
  if (!report.gate) {
    json.null();
    return;
  }
  const GatePassed& passed = report.gate->passed;
  json.begin_object().member("passed_at", base::format_instant(report.gate->at));
  json.member("as_of", base::format_instant(passed.as_of));
  write_verdicts(json, passed.verdicts);
  json.key("waivers").begin_array();
  for (const WaivedUse& waived : passed.waived) {
    json.begin_object().member("use", describe(waived.seen_as));
    json.member("by", waived.by).member("reason", waived.reason).end_object();
  }
  json.end_array().end_object();
}

void write_workflows(JsonWriter& json, const AuditReport& report) {
  json.key("workflows").begin_array();
  for (const AuditedWorkflow& workflow : report.workflows) {
    const WorkflowRan& ran = workflow.ran;
    json.begin_object().member("at", base::format_instant(workflow.at));
    json.member("workflow", ran.workflow).member("is_on_new", ran.is_on_new);
    json.member("fingerprint", base::display(ran.value)).member("outcome", name_of(ran.outcome));
    json.member("step", text_or_null(ran.step)).member("detail", text_or_null(ran.detail));
    json.member("clean_up_problem", text_or_null(ran.clean_up_problem)).end_object();
  }
  json.end_array();
}

void write_people(JsonWriter& json, const AuditReport& report) {
  json.key("words").begin_array();
  for (const AuditedWord& word : report.words) {
    json.begin_object().member("at", base::format_instant(word.at));
    json.member("kind", name_of(word.kind)).member("by", word.by);
    json.member("consumer", text_or_null(word.consumer)).member("reason", word.reason);
    json.member("plan_digest", text_or_null(word.plan_digest));
    json.member("counts", word.counts).end_object();
  }
  json.end_array();
}

void write_trouble(JsonWriter& json, const AuditReport& report) {
  json.key("failures").begin_array();
  for (const AuditedFailure& failure : report.failures) {
    json.begin_object().member("at", base::format_instant(failure.at));
    json.member("step", failure.step).member("code", base::name_of(failure.code));
    json.member("detail", failure.detail).end_object();
  }
  json.end_array().key("stops").begin_array();
  for (const AuditedStop& stop : report.stops) {
    json.begin_object().member("at", base::format_instant(stop.at));
    json.member("until", text_of(stop.until)).member("reason", stop.reason);
    json.member("is_waiting", stop.is_waiting).member("by", text_or_null(stop.by));
    json.member("is_interruption", stop.is_interruption).end_object();
  }
  json.end_array().key("early_cut");
  if (!report.early_cut) {
    json.null();
    return;
  }
  json.begin_object().member("at", base::format_instant(report.early_cut->at));
  json.key("consumers").begin_array();
  for (const std::string& name : report.early_cut->consumers) json.value(name);
  json.end_array().member("how", text_or_null(report.early_cut->how)).end_object();
}

void write_journal(JsonWriter& json, const AuditReport& report) {
  json.key("phases").begin_array();
  for (const PhaseSpan& span : report.phases) {
    json.begin_object().member("phase", name_of(span.phase));
    json.member("from", base::format_instant(span.from));
    json.member("to", base::format_instant(span.to)).end_object();
  }
  json.end_array().key("journal").begin_object();
  json.member("is_intact", report.chain.problem.empty());
  json.member("problem", text_or_null(report.chain.problem));
  json.member("head", report.chain.head).key("events").begin_array();
  for (const AuditedEvent& event : report.events) {
    json.begin_object().member("at", base::format_instant(event.at));
    json.member("event", event.name).member("phase", event.phase);
    json.member("message", event.message).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string render_json(const AuditReport& report) {
  JsonWriter json;
  json.begin_object().member("report", kShape);
  json.member("made_at", base::format_instant(report.made_at));
  json.member("rekey", report.names.version);
  json.member("inventory", report.names.inventory);
  write_run(json, report);
  write_secrets(json, report);
  write_old(json, report);
  write_consumers(json, report);
  write_waves(json, report);
  write_gate(json, report);
  write_workflows(json, report);
  write_people(json, report);
  write_trouble(json, report);
  write_journal(json, report);
  return json.end_object().release();
}

}  // namespace rekey::rotation
