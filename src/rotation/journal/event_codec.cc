// The journal's JSON: encode and decode of events.h.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/assert.h"
#include "net/json.h"
#include "rotation/journal/event_json.h"
#include "rotation/machine/events.h"

namespace rekey::rotation {
namespace {

using base::Code;
using net::JsonValue;
using net::JsonWriter;

constexpr std::array kOrders{Order::kPropagateFirst, Order::kActivateFirst};
constexpr std::array kEffects{Effect::kStage,    Effect::kWrite,       Effect::kReload,
                              Effect::kActivate, Effect::kRevoke,      Effect::kRestore,
                              Effect::kGiveUp,   Effect::kRunWorkflow, Effect::kUndoActivation};
constexpr std::array kOutcomes{WorkflowOutcome::kPassed, WorkflowOutcome::kFailed,
                               WorkflowOutcome::kUnclear};
constexpr std::array kCodes{
    Code::kInvalidArgument, Code::kNotFound,     Code::kAlreadyExists, Code::kConflict,
    Code::kTooEarly,        Code::kLimitReached, Code::kRefused,       Code::kUnauthenticated,
    Code::kForbidden,       Code::kExpired,      Code::kUnsupported,   Code::kUnavailable,
    Code::kTimeout,         Code::kCorrupt,      Code::kNeedsPerson,   Code::kIo,
    Code::kInternal};

// ---- one pair for each event --------------------------------------------------------------------

void put_workflows(JsonWriter& json, const std::vector<PlannedWorkflow>& all) {
  json.key("workflows").begin_array();
  for (const PlannedWorkflow& one : all) {
    json.begin_object().member("name", one.name).member("effects", one.effects);
    json.member("definition", one.definition).end_object();
  }
  json.end_array();
}
std::vector<PlannedWorkflow> read_workflows(EventReader& r) {
  std::vector<PlannedWorkflow> all;
  for (const JsonValue& item : r.items("workflows")) {
    EventReader one(item);
    all.push_back({one.text("name"), one.text("effects"), one.text("definition")});
    r.keep_problem_of(one);
  }
  return all;
}

void write(JsonWriter& json, const RunPlanned& e) {
  json.member("run_id", e.run_id).member("client_id", e.client_id).member("slot", e.slot);
  json.member("order", name_of(e.order)).member("activation_ends_old", e.activation_ends_old);
  put(json, "outgoing", e.outgoing);
  json.member("proof_requests", e.proof.requests);
  json.member("proof_span_ms", std::int64_t{e.proof.span.count()});
  json.member("settle_ms", std::int64_t{e.settle.count()});
  put(json, "stage_not_before", e.stage_not_before);
  put(json, "activate_not_before", e.activate_not_before);
  if (e.is_by_hand) json.member("by_hand", true);
  if (!e.requested_by.empty()) json.member("requested_by", e.requested_by);
  if (!e.workflows.empty()) put_workflows(json, e.workflows);
  if (e.can_undo_activation) json.member("can_undo_activation", true);
  if (e.outgoing_ends_at) put(json, "outgoing_ends_at", e.outgoing_ends_at);
  put_rules(json, e.rules);
}
void read(EventReader& r, RunPlanned& e) {
  e.run_id = r.text("run_id");
  e.client_id = r.text("client_id");
  e.slot = r.text("slot");
  e.order = r.named("order", kOrders);
  e.activation_ends_old = r.truth("activation_ends_old");
  e.outgoing = r.texts("outgoing");
  e.proof.requests = static_cast<int>(r.number("proof_requests"));
  e.proof.span = r.duration("proof_span_ms");
  e.settle = r.duration("settle_ms");
  e.stage_not_before = r.optional_instant("stage_not_before");
  e.activate_not_before = r.optional_instant("activate_not_before");
  e.is_by_hand = r.truth("by_hand");
  e.requested_by = r.optional_text("requested_by").value_or("");
  if (r.has("workflows")) e.workflows = read_workflows(r);
  e.can_undo_activation = r.truth("can_undo_activation");
  e.outgoing_ends_at = r.optional_instant("outgoing_ends_at");
  e.rules = read_rules(r);
}

void put_sink(JsonWriter& json, int sink) {
  if (sink != 0) json.member("sink", sink);
}
int read_which(EventReader& r) {
  return static_cast<int>(r.number_or("sink", 0));
}

void write(JsonWriter& json, const IntentRecorded& e) {
  json.member("effect", name_of(e.effect)).member("subject", e.subject);
  put_sink(json, e.sink);
}
void read(EventReader& r, IntentRecorded& e) {
  e.effect = r.named("effect", kEffects);
  e.subject = r.text("subject");
  e.sink = read_which(r);
}
void write(JsonWriter& json, const IntentDropped& e) {
  json.member("effect", name_of(e.effect));
}
void read(EventReader& r, IntentDropped& e) {
  e.effect = r.named("effect", kEffects);
}

void write(JsonWriter& json, const SecretStaged& e) {
  json.member("secret_id", e.secret_id).member("value", base::to_text(e.value));
  json.member("expires_at", base::format_instant(e.expires_at));
}
void read(EventReader& r, SecretStaged& e) {
  e.secret_id = r.text("secret_id");
  e.value = r.fingerprint("value");
  e.expires_at = r.instant("expires_at");
}
void write(JsonWriter& json, const StagedValueLost& e) {
  json.member("secret_id", e.secret_id);
  put(json, "stage_not_before", e.stage_not_before);
}
void read(EventReader& r, StagedValueLost& e) {
  e.secret_id = r.text("secret_id");
  e.stage_not_before = r.optional_instant("stage_not_before");
}
void write(JsonWriter&, const SecretSettled&) {}
void read(EventReader&, SecretSettled&) {}
void write(JsonWriter&, const StagedValueProven&) {}
void read(EventReader&, StagedValueProven&) {}
void write(JsonWriter& json, const SinkWritten& e) {
  json.member("consumer", e.consumer);
  put_sink(json, e.sink);
}
void read(EventReader& r, SinkWritten& e) {
  e.consumer = r.text("consumer");
  e.sink = read_which(r);
}
void write(JsonWriter& json, const SinkReadBack& e) {
  json.member("consumer", e.consumer);
  put_sink(json, e.sink);
}
void read(EventReader& r, SinkReadBack& e) {
  e.consumer = r.text("consumer");
  e.sink = read_which(r);
}
void write(JsonWriter& json, const ConsumerProven& e) {
  json.member("consumer", e.consumer);
}
void read(EventReader& r, ConsumerProven& e) {
  e.consumer = r.text("consumer");
}
void write(JsonWriter& json, const ConsumerReloaded& e) {
  json.member("consumer", e.consumer);
  json.member("issuer_time", base::format_instant(e.issuer_time));
  if (e.is_left) json.member("left", true);
}
void read(EventReader& r, ConsumerReloaded& e) {
  e.consumer = r.text("consumer");
  e.issuer_time = r.instant("issuer_time");
  e.is_left = r.truth("left");
}

void write(JsonWriter& json, const GatePassed& e) {
  put_verdicts(json, e.verdicts);
  json.key("waived").begin_array();
  for (const WaivedUse& w : e.waived) {
    json.begin_object();
    put_seen_as(json, w.seen_as);
    json.member("by", w.by).member("reason", w.reason).end_object();
  }
  json.end_array().member("as_of", base::format_instant(e.as_of));
}
void read(EventReader& r, GatePassed& e) {
  e.verdicts = read_verdicts(r);
  for (const JsonValue& item : r.items("waived")) {
    EventReader one(item);
    e.waived.push_back({read_seen_as(one), one.text("by"), one.text("reason")});
  }
  e.as_of = r.instant("as_of");
}
void write(JsonWriter&, const GateExpired&) {}
void read(EventReader&, GateExpired&) {}

void write(JsonWriter& json, const SecretActivated& e) {
  json.member("secret_id", e.secret_id).member("superseded_id", e.superseded_id);
  put(json, "old_ends_at", e.old_ends_at);
  if (e.is_early) json.member("early", true);
}
void read(EventReader& r, SecretActivated& e) {
  e.secret_id = r.text("secret_id");
  e.superseded_id = r.text("superseded_id");
  e.old_ends_at = r.optional_instant("old_ends_at");
  e.is_early = r.truth("early");
}
void write(JsonWriter& json, const OldSecretEnded& e) {
  json.member("how", e.how);
  if (e.is_early) json.member("early", true);
}
void read(EventReader& r, OldSecretEnded& e) {
  e.how = r.text("how");
  e.is_early = r.truth("early");
}
void write(JsonWriter& json, const OldValueRefused& e) {
  json.member("value", base::to_text(e.value));
}
void read(EventReader& r, OldValueRefused& e) {
  e.value = r.fingerprint("value");
}

void write(JsonWriter& json, const StepFailed& e) {
  json.member("step", e.step).member("code", base::name_of(e.code)).member("detail", e.detail);
  json.member("retry_at", base::format_instant(e.retry_at));
}
void read(EventReader& r, StepFailed& e) {
  e.step = r.text("step");
  e.code = r.named("code", kCodes);
  e.detail = r.text("detail");
  e.retry_at = r.instant("retry_at");
}
void write(JsonWriter& json, const RunParked& e) {
  json.member("reason", e.reason).member("lapse", e.is_lapse);
  if (e.is_waiting) json.member("waiting", true);
  if (!e.by.empty()) json.member("by", e.by);
  if (e.is_abandon_refused) json.member("abandon_refused", true);
}
void read(EventReader& r, RunParked& e) {
  e.reason = r.text("reason");
  e.is_lapse = r.truth("lapse");
  e.is_waiting = r.truth("waiting");
  e.by = r.optional_text("by").value_or("");
  e.is_abandon_refused = r.truth("abandon_refused");
}
void write(JsonWriter& json, const RunResumed& e) {
  if (!e.by.empty()) json.member("by", e.by);
  if (e.is_taken_up) json.member("taken_up", true);
}
void read(EventReader& r, RunResumed& e) {
  e.by = r.optional_text("by").value_or("");
  e.is_taken_up = r.truth("taken_up");
}
void write(JsonWriter&, const RunClosed&) {}
void read(EventReader&, RunClosed&) {}

void write(JsonWriter& json, const StagedSecretGone& e) {
  json.member("secret_id", e.secret_id).member("how", e.how);
  put(json, "stage_not_before", e.stage_not_before);
  if (e.is_old_gone) json.member("old_gone", true);
  if (e.may_live) json.member("may_live", true);
}
void read(EventReader& r, StagedSecretGone& e) {
  e.secret_id = r.text("secret_id");
  e.how = r.text("how");
  e.stage_not_before = r.optional_instant("stage_not_before");
  e.is_old_gone = r.truth("old_gone");
  e.may_live = r.truth("may_live");
}
void write(JsonWriter& json, const StagedSecretBack& e) {
  json.member("secret_id", e.secret_id);
}
void read(EventReader& r, StagedSecretBack& e) {
  e.secret_id = r.text("secret_id");
}
void write(JsonWriter& json, const AbandonRequested& e) {
  json.member("by", e.by).member("reason", e.reason);
}
void read(EventReader& r, AbandonRequested& e) {
  e.by = r.text("by");
  e.reason = r.text("reason");
}
void write(JsonWriter& json, const SinkRestored& e) {
  json.member("consumer", e.consumer);
  put_sink(json, e.sink);
  if (e.value) json.member("value", base::to_text(*e.value));
  if (e.is_left) json.member("left", true);
}
void read(EventReader& r, SinkRestored& e) {
  e.consumer = r.text("consumer");
  e.sink = read_which(r);
  if (r.has("value")) e.value = r.fingerprint("value");
  e.is_left = r.truth("left");
}
void write(JsonWriter& json, const RestoredProven& e) {
  json.member("consumer", e.consumer);
  if (e.left != 0) json.member("left", e.left);
}
void read(EventReader& r, RestoredProven& e) {
  e.consumer = r.text("consumer");
  e.left = static_cast<int>(r.number_or("left", 0));
}
void write(JsonWriter& json, const StagedSecretUnused& e) {
  json.member("as_of", base::format_instant(e.as_of));
}
void read(EventReader& r, StagedSecretUnused& e) {
  e.as_of = r.instant("as_of");
}
void write(JsonWriter& json, const StagedSecretEnded& e) {
  json.member("secret_id", e.secret_id);
}
void read(EventReader& r, StagedSecretEnded& e) {
  e.secret_id = r.text("secret_id");
}
void write(JsonWriter& json, const RunAbandoned& e) {
  json.member("by", e.by).member("reason", e.reason);
  if (!e.left.empty()) put(json, "left", e.left);
}
void read(EventReader& r, RunAbandoned& e) {
  e.by = r.text("by");
  e.reason = r.text("reason");
  if (r.has("left")) e.left = r.texts("left");
}
void write(JsonWriter& json, const ConsumerAttested& e) {
  json.member("consumer", e.consumer).member("by", e.by).member("reason", e.reason);
  if (e.is_way_back) json.member("way_back", true);
}
void read(EventReader& r, ConsumerAttested& e) {
  e.consumer = r.text("consumer");
  e.by = r.text("by");
  e.reason = r.text("reason");
  e.is_way_back = r.truth("way_back");
}
void write(JsonWriter& json, const ConsumerWaived& e) {
  json.member("consumer", e.consumer).member("by", e.by).member("reason", e.reason);
}
void read(EventReader& r, ConsumerWaived& e) {
  e.consumer = r.text("consumer");
  e.by = r.text("by");
  e.reason = r.text("reason");
}
void write(JsonWriter& json, const RunApproved& e) {
  json.member("by", e.by).member("reason", e.reason);
  if (!e.plan_digest.empty()) json.member("plan_digest", e.plan_digest);
}
void read(EventReader& r, RunApproved& e) {
  e.by = r.text("by");
  e.reason = r.text("reason");
  e.plan_digest = r.optional_text("plan_digest").value_or("");
}
void write(JsonWriter& json, const RulesDeclared& e) {
  json.key("rules").begin_object();
  put_rules(json, e.rules);
  json.end_object();
  if (!e.by.empty()) json.member("by", e.by);
}
void read(EventReader& r, RulesDeclared& e) {
  EventReader inner(r.child("rules"));
  e.rules = read_rules(inner);
  r.keep_problem_of(inner);
  e.by = r.optional_text("by").value_or("");
}
void write(JsonWriter& json, const PlanAccepted& e) {
  json.member("by", e.by).member("plan_digest", e.plan_digest);
}
void read(EventReader& r, PlanAccepted& e) {
  e.by = r.text("by");
  e.plan_digest = r.text("plan_digest");
}
void write(JsonWriter& json, const WavePassed& e) {
  json.member("wave", e.wave).member("name", e.name);
  put_verdicts(json, e.verdicts);
  json.member("as_of", base::format_instant(e.as_of));
}
void read(EventReader& r, WavePassed& e) {
  e.wave = static_cast<int>(r.number("wave"));
  e.name = r.text("name");
  e.verdicts = read_verdicts(r);
  e.as_of = r.instant("as_of");
}
void write(JsonWriter& json, const ValueHandedOut& e) {
  json.member("consumer", e.consumer).member("by", e.by).member("how", e.how);
  if (e.is_way_back) json.member("way_back", true);
}
void read(EventReader& r, ValueHandedOut& e) {
  e.consumer = r.text("consumer");
  e.by = r.text("by");
  e.how = r.text("how");
  e.is_way_back = r.truth("way_back");
}

void write(JsonWriter& json, const WorkflowsDeclared& e) {
  put_workflows(json, e.workflows);
}
void read(EventReader& r, WorkflowsDeclared& e) {
  e.workflows = read_workflows(r);
}
void write(JsonWriter& json, const WorkflowRan& e) {
  json.member("workflow", e.workflow).member("on_new", e.is_on_new);
  json.member("outcome", name_of(e.outcome)).member("step", e.step).member("detail", e.detail);
  json.member("clean_up_problem", e.clean_up_problem).member("value", base::to_text(e.value));
}
void read(EventReader& r, WorkflowRan& e) {
  e.workflow = r.text("workflow");
  e.is_on_new = r.truth("on_new");
  e.outcome = r.named("outcome", kOutcomes);
  e.step = r.text("step");
  e.detail = r.text("detail");
  e.clean_up_problem = r.text("clean_up_problem");
  e.value = r.fingerprint("value");
}

void write(JsonWriter& json, const ActivationUndone& e) {
  json.member("secret_id", e.secret_id).member("restored_id", e.restored_id);
}
void read(EventReader& r, ActivationUndone& e) {
  e.secret_id = r.text("secret_id");
  e.restored_id = r.text("restored_id");
}

void write(JsonWriter& json, const OneOldSecretEnded& e) {
  json.member("secret_id", e.secret_id).member("how", e.how);
  put(json, "consumers", e.consumers);
}
void read(EventReader& r, OneOldSecretEnded& e) {
  e.secret_id = r.text("secret_id");
  e.how = r.text("how");
  e.consumers = r.texts("consumers");
}

void write(JsonWriter& json, const SinkDrifted& e) {
  json.member("consumer", e.consumer).member("value", base::to_text(e.value));
  json.member("damaged", e.is_damaged);
  put_sink(json, e.sink);
}
void read(EventReader& r, SinkDrifted& e) {
  e.consumer = r.text("consumer");
  e.value = r.fingerprint("value");
  e.is_damaged = r.truth("damaged");
  e.sink = read_which(r);
}

void write(JsonWriter& json, const ActiveSecretEnded& e) {
  json.member("secret_id", e.secret_id).member("how", e.how);
  if (e.is_old_gone) json.member("old_gone", true);
}
void read(EventReader& r, ActiveSecretEnded& e) {
  e.secret_id = r.text("secret_id");
  e.how = r.text("how");
  e.is_old_gone = r.truth("old_gone");
}
void write(JsonWriter& json, const IssuerMoved& e) {
  put_located(json, "issuer", e.issuer);
  json.member("by", e.by).member("reason", e.reason);
}
void read(EventReader& r, IssuerMoved& e) {
  e.issuer = read_located(r, "issuer");
  e.by = r.text("by");
  e.reason = r.text("reason");
}

void write(JsonWriter& json, const UsageUnread& e) {
  json.member("since", base::format_instant(e.since)).member("why", e.why);
}
void read(EventReader& r, UsageUnread& e) {
  e.since = r.instant("since");
  e.why = r.text("why");
}
void write(JsonWriter& json, const UsageReadAgain& e) {
  json.member("as_of", base::format_instant(e.as_of));
  json.member("unread_ms", std::int64_t{e.unread.count()});
}
void read(EventReader& r, UsageReadAgain& e) {
  e.as_of = r.instant("as_of");
  e.unread = r.duration("unread_ms");
}

// In the order of EventBody's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<AnyEvent>> kNames{
    "run_planned",       "consumer_declared",    "intent_recorded",     "intent_dropped",
    "secret_staged",     "staged_value_lost",    "secret_settled",      "staged_value_proven",
    "sink_written",      "sink_read_back",       "consumer_proven",     "consumer_reloaded",
    "gate_passed",       "gate_expired",         "secret_activated",    "old_secret_ended",
    "old_value_refused", "step_failed",          "run_parked",          "run_resumed",
    "run_closed",        "staged_secret_gone",   "abandon_requested",   "sink_restored",
    "restored_proven",   "staged_secret_unused", "staged_secret_ended", "run_abandoned",
    "consumer_attested", "run_approved",         "value_handed_out",    "staged_secret_back",
    "plan_accepted",     "wave_passed",          "consumer_waived",     "workflows_declared",
    "workflow_ran",      "rules_declared",       "activation_undone",   "one_old_secret_ended",
    "sink_drifted",      "active_secret_ended",  "issuer_moved",        "usage_unread",
    "usage_read_again"};

template <std::size_t Index = 0>
base::Result<EventBody> decode_as(std::size_t wanted, const JsonValue& object) {
  if constexpr (Index < std::variant_size_v<AnyEvent>) {
    if (Index != wanted) return decode_as<Index + 1>(wanted, object);
    EventReader reader(object);
    std::variant_alternative_t<Index, AnyEvent> body;
    read(reader, body);
    if (reader.problem()) {
      return base::fail(Code::kCorrupt, fmt::format("journal event {}: {}", kNames[Index],
                                                    reader.problem()->detail));
    }
    return EventBody(std::move(body));
  } else {
    return base::fail(Code::kCorrupt, "journal event of an unknown kind");
  }
}

}  // namespace

std::string_view name_of(const EventBody& body) noexcept {
  return kNames[body.index()];
}

std::string encode(const EventBody& body) {
  JsonWriter json;
  json.begin_object();
  std::visit([&](const auto& event) { write(json, event); }, body);
  json.end_object();
  return json.release();
}

base::Result<EventBody> decode(std::string_view name, std::string_view json) {
  for (std::size_t index = 0; index < kNames.size(); ++index) {
    if (kNames[index] != name) continue;
    REKEY_TRY(const JsonValue object, net::parse_json(json));
    return decode_as(index, object);
  }
  return base::fail(Code::kCorrupt, fmt::format("journal event of an unknown kind: {}", name));
}

}  // namespace rekey::rotation
