// The rules of a run in the journal's JSON: members of RunPlanned and RulesDeclared alike.
#include "rotation/journal/event_json.h"

namespace rekey::rotation {

using net::JsonValue;
using net::JsonWriter;

namespace {

// The location follows from the rest, but only the kind knows how.
void put_members(JsonWriter& json, const DriverSpec& spec) {
  put(json, "driver", spec);
  json.member("location", spec.location);
}
DriverSpec read_members(EventReader& r) {
  DriverSpec spec = read_driver(r, "driver");
  spec.location = r.text("location");
  return spec;
}

void put_drivers(JsonWriter& json, const RunDrivers& drivers) {
  json.key("drivers").begin_object();
  put_located(json, "issuer", drivers.issuer);
  put_located(json, "probe", drivers.probe);
  json.key("usage").begin_array();
  for (const DriverSpec& source : drivers.usage_sources) {
    json.begin_object();
    put_members(json, source);
    json.end_object();
  }
  json.end_array().end_object();
}
RunDrivers read_drivers(EventReader& outer) {
  EventReader reader(outer.child("drivers"));
  RunDrivers drivers{read_located(reader, "issuer"), read_located(reader, "probe"), {}};
  for (const JsonValue& item : reader.items("usage")) {
    EventReader one(item);
    drivers.usage_sources.push_back(read_members(one));
    reader.keep_problem_of(one);
  }
  outer.keep_problem_of(reader);
  return drivers;
}

void put_not_consumers(JsonWriter& json, const std::vector<NotConsumer>& places) {
  json.key("not_consumers").begin_array();
  for (const NotConsumer& one : places) {
    json.begin_object().member("path", one.path);
    json.member("by", one.by).member("reason", one.reason).end_object();
  }
  json.end_array();
}
std::vector<NotConsumer> read_not_consumers(EventReader& r) {
  std::vector<NotConsumer> places;
  for (const JsonValue& item : r.items("not_consumers")) {
    EventReader one(item);
    places.push_back({one.text("path"), one.text("by"), one.text("reason")});
    r.keep_problem_of(one);
  }
  return places;
}

}  // namespace

void put_located(JsonWriter& json, std::string_view name, const DriverSpec& spec) {
  json.key(name).begin_object();
  put_members(json, spec);
  json.end_object();
}
DriverSpec read_located(EventReader& outer, std::string_view name) {
  EventReader reader(outer.child(name));
  DriverSpec spec = read_members(reader);
  outer.keep_problem_of(reader);
  return spec;
}

void put_rules(JsonWriter& json, const RunRules& e) {
  if (e.approvals != 0) json.member("approvals", e.approvals);
  if (e.window) json.member("window", to_text(*e.window));
  if (e.window && !e.window->zone_offsets.empty()) {
    put(json, "window_offsets", zone_offset_texts(*e.window));
  }
  if (!e.approvers.empty()) put(json, "approvers", e.approvers);
  std::vector<std::string> freezes;
  for (const Freeze& freeze : e.freezes) freezes.push_back(to_text(freeze));
  if (!freezes.empty()) put(json, "freezes", freezes);
  if (!e.waivers.empty()) put_waivers(json, e.waivers);
  if (e.drivers) put_drivers(json, *e.drivers);
  if (!e.not_consumers.empty()) put_not_consumers(json, e.not_consumers);
  if (e.waves.empty()) return;
  json.key("waves").begin_array();
  for (const Wave& wave : e.waves) {
    json.begin_object().member("name", wave.name);
    json.member("hold_ms", std::int64_t{wave.hold.count()}).end_object();
  }
  json.end_array();
}
RunRules read_rules(EventReader& r) {
  RunRules e;
  e.approvals = static_cast<int>(r.number_or("approvals", 0));
  if (const auto window = r.optional_text("window")) e.window = r.take(parse_window(*window));
  if (e.window && !e.window->zone.empty()) {
    e.window = r.take(with_zone_offsets(*e.window, r.texts("window_offsets")));
  }
  if (r.has("approvers")) e.approvers = r.texts("approvers");
  if (r.has("freezes")) {
    for (const std::string& freeze : r.texts("freezes")) {
      e.freezes.push_back(r.take(parse_freeze(freeze)));
      if (e.window) e.freezes.back() = in_zone_of(e.freezes.back(), *e.window);
    }
  }
  if (r.has("waivers")) e.waivers = read_waivers(r);
  if (r.has("drivers")) e.drivers = read_drivers(r);
  if (r.has("not_consumers")) e.not_consumers = read_not_consumers(r);
  if (!r.has("waves")) return e;
  for (const JsonValue& item : r.items("waves")) {
    EventReader one(item);
    e.waves.push_back({one.text("name"), one.duration("hold_ms")});
    r.keep_problem_of(one);
  }
  return e;
}

}  // namespace rekey::rotation
