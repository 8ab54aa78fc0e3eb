// A consumer as the journal's JSON has it, with its sinks and how it reloads.
#include "rotation/journal/event_json.h"

namespace rekey::rotation {

using net::JsonValue;
using net::JsonWriter;

namespace {

constexpr std::array kByThemselves{ReloadForm::kPerCall, ReloadForm::kCached, ReloadForm::kSchedule,
                                   ReloadForm::kPerson};

// What the journals of the first version do not have.
void put_reload(JsonWriter& json, const ReloadSpec& reload) {
  if (reload.by_itself != ReloadForm::kPerCall) {
    json.member("reload_form", name_of(reload.by_itself));
    json.member("reload_every_ms", std::int64_t{reload.every.count()});
  }
  if (reload.signal.empty()) return;
  json.member("reload_signal", reload.signal).member("reload_pid_file", reload.pid_file);
}
void read_reload(EventReader& r, ReloadSpec& reload) {
  if (r.has("reload_form")) {
    reload.by_itself = r.named("reload_form", kByThemselves);
    reload.every = r.duration("reload_every_ms");
  }
  if (!r.has("reload_signal")) return;
  reload.signal = r.text("reload_signal");
  reload.pid_file = r.text("reload_pid_file");
}

void put_more_sinks(JsonWriter& json, const ConsumerDeclared& e) {
  if (e.consumer.sinks.size() == 1) return;
  json.key("more_sinks").begin_array();
  for (std::size_t i = 1; i < e.consumer.sinks.size(); ++i) {
    json.begin_object();
    put(json, "sink", e.consumer.sinks[i]);
    json.member("sink_location", e.consumer.sinks[i].location);
    json.member("present_value", base::to_text(e.present_values[i])).end_object();
  }
  json.end_array();
}

// A sink and what it held.
void read_sink(EventReader& r, ConsumerDeclared& e) {
  DriverSpec sink = read_driver(r, "sink");
  // Not in the journals of the first version.
  sink.location = r.optional_text("sink_location").value_or(summary_of(sink));
  e.consumer.sinks.push_back(std::move(sink));
  e.present_values.push_back(r.fingerprint("present_value"));
}

}  // namespace

void write(JsonWriter& json, const ConsumerDeclared& e) {
  const Consumer& c = e.consumer;
  json.member("name", c.name);
  put(json, "sink", c.sinks.front());
  json.member("sink_location", c.sinks.front().location);
  json.member("instances", c.instances);
  put(json, "reload_command", c.reload.command);
  json.member("reload_timeout_ms", std::int64_t{c.reload.timeout.count()});
  if (c.reload.reads_at_start) json.member("reads_at_start", true);
  if (!c.owner.empty()) json.member("owner", c.owner);
  if (c.max_length != 0) json.member("max_length", c.max_length);
  if (c.is_by_hand) json.member("by_hand", true);
  if (!c.kind.empty()) json.member("consumer_kind", c.kind);
  if (c.wave != 0) json.member("wave", c.wave);
  put_reload(json, c.reload);
  put_seen_as(json, c.seen_as);
  json.member("interval_ms", std::int64_t{c.interval.count()});
  json.member("present_value", base::to_text(e.present_values.front()));
  put_more_sinks(json, e);
  if (e.rhythm) put_rhythm(json, *e.rhythm);
}
void read(EventReader& r, ConsumerDeclared& e) {
  Consumer& c = e.consumer;
  c.name = r.text("name");
  c.sinks.clear();
  read_sink(r, e);
  c.instances = static_cast<int>(r.number("instances"));
  c.reload.command = r.texts("reload_command");
  c.reload.timeout = r.duration("reload_timeout_ms");
  c.reload.reads_at_start = r.truth("reads_at_start");
  c.owner = r.optional_text("owner").value_or("");
  c.max_length = static_cast<int>(r.number_or("max_length", 0));
  c.is_by_hand = r.truth("by_hand");
  c.seen_as = read_seen_as(r);
  c.interval = r.duration("interval_ms");
  c.kind = r.optional_text("consumer_kind").value_or("");
  c.wave = static_cast<int>(r.number_or("wave", 0));
  read_reload(r, c.reload);
  if (r.has("rhythm")) e.rhythm = read_rhythm(r);
  if (!r.has("more_sinks")) return;
  for (const JsonValue& item : r.items("more_sinks")) {
    EventReader one(item);
    read_sink(one, e);
    r.keep_problem_of(one);
  }
}

}  // namespace rekey::rotation
