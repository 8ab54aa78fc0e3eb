// The journal's JSON: encode and decode of events.h.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/assert.h"
#include "net/json.h"
#include "rotation/events.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Instant;
using net::JsonValue;
using net::JsonWriter;

template <typename Enum, std::size_t Count>
std::optional<Enum> find_named(const std::array<Enum, Count>& all, std::string_view name) {
  for (const Enum one : all) {
    if (name_of(one) == name) return one;
  }
  return std::nullopt;
}

constexpr std::array kOrders{Order::kPropagateFirst, Order::kActivateFirst};
constexpr std::array kEffects{Effect::kStage,  Effect::kWrite,   Effect::kReload, Effect::kActivate,
                              Effect::kRevoke, Effect::kRestore, Effect::kGiveUp};
constexpr std::array kVerdicts{VerdictKind::kSeenOnNew, VerdictKind::kQuiet,
                               VerdictKind::kRestarted, VerdictKind::kAttested,
                               VerdictKind::kNotYet};
constexpr std::array kCodes{
    Code::kInvalidArgument, Code::kNotFound,     Code::kAlreadyExists, Code::kConflict,
    Code::kTooEarly,        Code::kLimitReached, Code::kRefused,       Code::kUnauthenticated,
    Code::kForbidden,       Code::kExpired,      Code::kUnsupported,   Code::kUnavailable,
    Code::kTimeout,         Code::kCorrupt,      Code::kNeedsPerson,   Code::kIo,
    Code::kInternal};

// Reads members of one object and keeps the first thing that was wrong.
class Reader {
 public:
  explicit Reader(const JsonValue& object) : object_(object) {}

  std::string text(std::string_view name) { return take(object_.string_member(name)); }
  std::int64_t number(std::string_view name) { return take(object_.integer_member(name)); }
  std::int64_t number_or(std::string_view name, std::int64_t fallback) {
    return take(object_.integer_member_or(name, fallback));
  }
  bool truth(std::string_view name) { return take(object_.boolean_member_or(name, false)); }
  Duration duration(std::string_view name) { return Duration{number(name)}; }
  Instant instant(std::string_view name) { return take(base::parse_instant(text(name))); }
  base::Fingerprint fingerprint(std::string_view name) {
    return take(base::fingerprint_from_text(text(name)));
  }
  std::optional<std::string> optional_text(std::string_view name) {
    return is_absent(name) ? std::nullopt : std::optional(text(name));
  }
  std::optional<Instant> optional_instant(std::string_view name) {
    return is_absent(name) ? std::nullopt : std::optional(instant(name));
  }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> all;
    for (const JsonValue& item : items(name)) all.emplace_back(take(item.as_string()));
    return all;
  }
  const std::vector<JsonValue>& items(std::string_view name) { return child(name).items(); }
  const JsonValue& child(std::string_view name) {
    static const JsonValue kNothing;
    const JsonValue* found = object_.find(name);
    if (found == nullptr) keep({Code::kCorrupt, fmt::format("{} is missing", name)});
    return found == nullptr ? kNothing : *found;
  }
  template <typename Enum, std::size_t Count>
  Enum named(std::string_view name, const std::array<Enum, Count>& all) {
    const auto found = find_named(all, text(name));
    if (!found) keep({Code::kCorrupt, fmt::format("{} is not one that is known", name)});
    return found.value_or(all.front());
  }
  template <typename T>
  T take(base::Result<T> result) {
    if (result) return *std::move(result);
    keep(result.error());
    return T{};
  }
  [[nodiscard]] const std::optional<base::Error>& problem() const { return problem_; }

 private:
  bool is_absent(std::string_view name) const {
    const JsonValue* found = object_.find(name);
    return found == nullptr || found->is_null();
  }
  void keep(base::Error error) {
    if (!problem_) problem_ = std::move(error);
  }
  const JsonValue& object_;
  std::optional<base::Error> problem_;
};

void put(JsonWriter& json, std::string_view name, const std::optional<Instant>& at) {
  json.key(name);
  if (at) {
    json.value(base::format_instant(*at));
  } else {
    json.null();
  }
}

void put(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void put_seen_as(JsonWriter& json, const SeenAs& seen) {
  json.key("seen_as").begin_object();
  json.member("network", seen.network).member("user_agent", seen.user_agent);
  json.member("slot", seen.slot).member("other", seen.is_other).end_object();
}

SeenAs read_seen_as(Reader& outer) {
  Reader reader(outer.child("seen_as"));
  SeenAs seen;
  seen.network = reader.optional_text("network");
  seen.user_agent = reader.optional_text("user_agent");
  seen.slot = reader.optional_text("slot");
  seen.is_other = reader.truth("other");
  return seen;
}

// The kind and every setting, each a text: what they mean is the driver's affair.
void put(JsonWriter& json, std::string_view name, const DriverSpec& spec) {
  json.key(name).begin_object().member("kind", spec.kind);
  for (const auto& [key, value] : spec.settings) json.member(key, value);
  json.end_object();
}

DriverSpec read_driver(Reader& outer, std::string_view name) {
  const JsonValue& object = outer.child(name);
  DriverSpec spec;
  spec.kind = outer.take(object.string_member("kind"));
  for (const auto& [key, value] : object.members()) {
    if (key != "kind") spec.set(key, std::string(outer.take(value.as_string())));
  }
  return spec;
}

// ---- one pair for each event --------------------------------------------------------------------

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
  if (e.approvals != 0) json.member("approvals", e.approvals);
  if (!e.requested_by.empty()) json.member("requested_by", e.requested_by);
  if (e.window) json.member("window", to_text(*e.window));
  if (e.window && !e.window->zone_offsets.empty()) {
    put(json, "window_offsets", zone_offset_texts(*e.window));
  }
}
void read(Reader& r, RunPlanned& e) {
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
  e.approvals = static_cast<int>(r.number_or("approvals", 0));
  e.requested_by = r.optional_text("requested_by").value_or("");
  if (const auto window = r.optional_text("window")) e.window = r.take(parse_window(*window));
  if (e.window && !e.window->zone.empty()) {
    e.window = r.take(with_zone_offsets(*e.window, r.texts("window_offsets")));
  }
}

void write(JsonWriter& json, const ConsumerDeclared& e) {
  const Consumer& c = e.consumer;
  json.member("name", c.name);
  put(json, "sink", c.sink);
  json.member("sink_location", c.sink.location);
  json.member("instances", c.instances);
  put(json, "reload_command", c.reload.command);
  json.member("reload_timeout_ms", std::int64_t{c.reload.timeout.count()});
  if (c.reload.reads_at_start) json.member("reads_at_start", true);
  if (!c.owner.empty()) json.member("owner", c.owner);
  if (c.max_length != 0) json.member("max_length", c.max_length);
  if (c.is_by_hand) json.member("by_hand", true);
  put_seen_as(json, c.seen_as);
  json.member("interval_ms", std::int64_t{c.interval.count()});
  json.member("present_value", base::to_text(e.present_value));
}
void read(Reader& r, ConsumerDeclared& e) {
  Consumer& c = e.consumer;
  c.name = r.text("name");
  c.sink = read_driver(r, "sink");
  // Not in the journals of the first version.
  c.sink.location = r.optional_text("sink_location").value_or(summary_of(c.sink));
  c.instances = static_cast<int>(r.number("instances"));
  c.reload.command = r.texts("reload_command");
  c.reload.timeout = r.duration("reload_timeout_ms");
  c.reload.reads_at_start = r.truth("reads_at_start");
  c.owner = r.optional_text("owner").value_or("");
  c.max_length = static_cast<int>(r.number_or("max_length", 0));
  c.is_by_hand = r.truth("by_hand");
  c.seen_as = read_seen_as(r);
  c.interval = r.duration("interval_ms");
  e.present_value = r.fingerprint("present_value");
}

void write(JsonWriter& json, const IntentRecorded& e) {
  json.member("effect", name_of(e.effect)).member("subject", e.subject);
}
void read(Reader& r, IntentRecorded& e) {
  e.effect = r.named("effect", kEffects);
  e.subject = r.text("subject");
}
void write(JsonWriter& json, const IntentDropped& e) {
  json.member("effect", name_of(e.effect));
}
void read(Reader& r, IntentDropped& e) {
  e.effect = r.named("effect", kEffects);
}

void write(JsonWriter& json, const SecretStaged& e) {
  json.member("secret_id", e.secret_id).member("value", base::to_text(e.value));
  json.member("expires_at", base::format_instant(e.expires_at));
}
void read(Reader& r, SecretStaged& e) {
  e.secret_id = r.text("secret_id");
  e.value = r.fingerprint("value");
  e.expires_at = r.instant("expires_at");
}
void write(JsonWriter& json, const StagedValueLost& e) {
  json.member("secret_id", e.secret_id);
}
void read(Reader& r, StagedValueLost& e) {
  e.secret_id = r.text("secret_id");
}
void write(JsonWriter&, const SecretSettled&) {}
void read(Reader&, SecretSettled&) {}
void write(JsonWriter&, const StagedValueProven&) {}
void read(Reader&, StagedValueProven&) {}
void write(JsonWriter& json, const SinkWritten& e) {
  json.member("consumer", e.consumer);
}
void read(Reader& r, SinkWritten& e) {
  e.consumer = r.text("consumer");
}
void write(JsonWriter& json, const SinkReadBack& e) {
  json.member("consumer", e.consumer);
}
void read(Reader& r, SinkReadBack& e) {
  e.consumer = r.text("consumer");
}
void write(JsonWriter& json, const ConsumerProven& e) {
  json.member("consumer", e.consumer);
}
void read(Reader& r, ConsumerProven& e) {
  e.consumer = r.text("consumer");
}
void write(JsonWriter& json, const ConsumerReloaded& e) {
  json.member("consumer", e.consumer);
  json.member("issuer_time", base::format_instant(e.issuer_time));
}
void read(Reader& r, ConsumerReloaded& e) {
  e.consumer = r.text("consumer");
  e.issuer_time = r.instant("issuer_time");
}

void write(JsonWriter& json, const GatePassed& e) {
  json.key("verdicts").begin_array();
  for (const Verdict& v : e.verdicts) {
    json.begin_object().member("consumer", v.consumer).member("verdict", name_of(v.kind));
    json.member("instances_seen", v.instances_seen);
    put(json, "last_on_old", v.last_on_old);
    json.member("quiet_for_ms", std::int64_t{v.quiet_for.count()});
    json.member("quiet_needed_ms", std::int64_t{v.quiet_needed.count()});
    json.member("reason", v.reason).end_object();
  }
  json.end_array().key("waived").begin_array();
  for (const WaivedUse& w : e.waived) {
    json.begin_object();
    put_seen_as(json, w.seen_as);
    json.member("by", w.by).member("reason", w.reason).end_object();
  }
  json.end_array().member("as_of", base::format_instant(e.as_of));
}
void read(Reader& r, GatePassed& e) {
  for (const JsonValue& item : r.items("verdicts")) {
    Reader one(item);
    Verdict v;
    v.consumer = one.text("consumer");
    v.kind = one.named("verdict", kVerdicts);
    v.instances_seen = static_cast<int>(one.number("instances_seen"));
    v.last_on_old = one.optional_instant("last_on_old");
    v.quiet_for = one.duration("quiet_for_ms");
    v.quiet_needed = one.duration("quiet_needed_ms");
    v.reason = one.text("reason");
    e.verdicts.push_back(std::move(v));
  }
  for (const JsonValue& item : r.items("waived")) {
    Reader one(item);
    e.waived.push_back({read_seen_as(one), one.text("by"), one.text("reason")});
  }
  e.as_of = r.instant("as_of");
}
void write(JsonWriter&, const GateExpired&) {}
void read(Reader&, GateExpired&) {}

void write(JsonWriter& json, const SecretActivated& e) {
  json.member("secret_id", e.secret_id).member("superseded_id", e.superseded_id);
  put(json, "old_ends_at", e.old_ends_at);
  if (e.is_early) json.member("early", true);
}
void read(Reader& r, SecretActivated& e) {
  e.secret_id = r.text("secret_id");
  e.superseded_id = r.text("superseded_id");
  e.old_ends_at = r.optional_instant("old_ends_at");
  e.is_early = r.truth("early");
}
void write(JsonWriter& json, const OldSecretEnded& e) {
  json.member("how", e.how);
}
void read(Reader& r, OldSecretEnded& e) {
  e.how = r.text("how");
}
void write(JsonWriter& json, const OldValueRefused& e) {
  json.member("value", base::to_text(e.value));
}
void read(Reader& r, OldValueRefused& e) {
  e.value = r.fingerprint("value");
}

void write(JsonWriter& json, const StepFailed& e) {
  json.member("step", e.step).member("code", base::name_of(e.code)).member("detail", e.detail);
  json.member("retry_at", base::format_instant(e.retry_at));
}
void read(Reader& r, StepFailed& e) {
  e.step = r.text("step");
  e.code = r.named("code", kCodes);
  e.detail = r.text("detail");
  e.retry_at = r.instant("retry_at");
}
void write(JsonWriter& json, const RunParked& e) {
  json.member("reason", e.reason).member("lapse", e.is_lapse);
  if (e.is_waiting) json.member("waiting", true);
}
void read(Reader& r, RunParked& e) {
  e.reason = r.text("reason");
  e.is_lapse = r.truth("lapse");
  e.is_waiting = r.truth("waiting");
}
void write(JsonWriter&, const RunResumed&) {}
void read(Reader&, RunResumed&) {}
void write(JsonWriter&, const RunClosed&) {}
void read(Reader&, RunClosed&) {}

void write(JsonWriter& json, const StagedSecretGone& e) {
  json.member("secret_id", e.secret_id).member("how", e.how);
  put(json, "stage_not_before", e.stage_not_before);
  if (e.is_old_gone) json.member("old_gone", true);
}
void read(Reader& r, StagedSecretGone& e) {
  e.secret_id = r.text("secret_id");
  e.how = r.text("how");
  e.stage_not_before = r.optional_instant("stage_not_before");
  e.is_old_gone = r.truth("old_gone");
}
void write(JsonWriter& json, const StagedSecretBack& e) {
  json.member("secret_id", e.secret_id);
}
void read(Reader& r, StagedSecretBack& e) {
  e.secret_id = r.text("secret_id");
}
void write(JsonWriter& json, const AbandonRequested& e) {
  json.member("by", e.by).member("reason", e.reason);
}
void read(Reader& r, AbandonRequested& e) {
  e.by = r.text("by");
  e.reason = r.text("reason");
}
void write(JsonWriter& json, const SinkRestored& e) {
  json.member("consumer", e.consumer);
}
void read(Reader& r, SinkRestored& e) {
  e.consumer = r.text("consumer");
}
void write(JsonWriter& json, const RestoredProven& e) {
  json.member("consumer", e.consumer);
}
void read(Reader& r, RestoredProven& e) {
  e.consumer = r.text("consumer");
}
void write(JsonWriter& json, const StagedSecretUnused& e) {
  json.member("as_of", base::format_instant(e.as_of));
}
void read(Reader& r, StagedSecretUnused& e) {
  e.as_of = r.instant("as_of");
}
void write(JsonWriter& json, const StagedSecretEnded& e) {
  json.member("secret_id", e.secret_id);
}
void read(Reader& r, StagedSecretEnded& e) {
  e.secret_id = r.text("secret_id");
}
void write(JsonWriter& json, const RunAbandoned& e) {
  json.member("by", e.by).member("reason", e.reason);
}
void read(Reader& r, RunAbandoned& e) {
  e.by = r.text("by");
  e.reason = r.text("reason");
}
void write(JsonWriter& json, const ConsumerAttested& e) {
  json.member("consumer", e.consumer).member("by", e.by).member("reason", e.reason);
  if (e.is_way_back) json.member("way_back", true);
}
void read(Reader& r, ConsumerAttested& e) {
  e.consumer = r.text("consumer");
  e.by = r.text("by");
  e.reason = r.text("reason");
  e.is_way_back = r.truth("way_back");
}
void write(JsonWriter& json, const RunApproved& e) {
  json.member("by", e.by).member("reason", e.reason);
}
void read(Reader& r, RunApproved& e) {
  e.by = r.text("by");
  e.reason = r.text("reason");
}
void write(JsonWriter& json, const ValueHandedOut& e) {
  json.member("consumer", e.consumer).member("by", e.by).member("how", e.how);
  if (e.is_way_back) json.member("way_back", true);
}
void read(Reader& r, ValueHandedOut& e) {
  e.consumer = r.text("consumer");
  e.by = r.text("by");
  e.how = r.text("how");
  e.is_way_back = r.truth("way_back");
}

// In the order of EventBody's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<EventBody>> kNames{
    "run_planned",       "consumer_declared",    "intent_recorded",     "intent_dropped",
    "secret_staged",     "staged_value_lost",    "secret_settled",      "staged_value_proven",
    "sink_written",      "sink_read_back",       "consumer_proven",     "consumer_reloaded",
    "gate_passed",       "gate_expired",         "secret_activated",    "old_secret_ended",
    "old_value_refused", "step_failed",          "run_parked",          "run_resumed",
    "run_closed",        "staged_secret_gone",   "abandon_requested",   "sink_restored",
    "restored_proven",   "staged_secret_unused", "staged_secret_ended", "run_abandoned",
    "consumer_attested", "run_approved",         "value_handed_out",    "staged_secret_back"};

template <std::size_t Index = 0>
base::Result<EventBody> decode_as(std::size_t wanted, const JsonValue& object) {
  if constexpr (Index < std::variant_size_v<EventBody>) {
    if (Index != wanted) return decode_as<Index + 1>(wanted, object);
    Reader reader(object);
    std::variant_alternative_t<Index, EventBody> body;
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
