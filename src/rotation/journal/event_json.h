// What the journal's JSON is made of and read by. For event_codec*.cc alone.
#pragma once

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fingerprint.h"
#include "base/result.h"
#include "base/time.h"
#include "net/json.h"
#include "rotation/inventory/driver_spec.h"
#include "rotation/inventory/seen_as.h"
#include "rotation/machine/events.h"

namespace rekey::rotation {

template <typename Enum, std::size_t Count>
std::optional<Enum> find_named(const std::array<Enum, Count>& all, std::string_view name) {
  for (const Enum one : all) {
    if (name_of(one) == name) return one;
  }
  return std::nullopt;
}

// Reads members of one object and keeps the first thing that was wrong.
class EventReader {
 public:
  explicit EventReader(const net::JsonValue& object) : object_(object) {}

  std::string text(std::string_view name) { return take(object_.string_member(name)); }
  std::int64_t number(std::string_view name) { return take(object_.integer_member(name)); }
  std::int64_t number_or(std::string_view name, std::int64_t fallback) {
    return take(object_.integer_member_or(name, fallback));
  }
  bool truth(std::string_view name) { return take(object_.boolean_member_or(name, false)); }
  base::Duration duration(std::string_view name) { return base::Duration{number(name)}; }
  base::Instant instant(std::string_view name) { return take(base::parse_instant(text(name))); }
  base::Fingerprint fingerprint(std::string_view name) {
    return take(base::fingerprint_from_text(text(name)));
  }
  std::optional<std::string> optional_text(std::string_view name) {
    return is_absent(name) ? std::nullopt : std::optional(text(name));
  }
  std::optional<base::Instant> optional_instant(std::string_view name) {
    return is_absent(name) ? std::nullopt : std::optional(instant(name));
  }
  [[nodiscard]] bool has(std::string_view name) const { return object_.find(name) != nullptr; }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> all;
    for (const net::JsonValue& item : items(name)) all.emplace_back(take(item.as_string()));
    return all;
  }
  const std::vector<net::JsonValue>& items(std::string_view name) { return child(name).items(); }
  const net::JsonValue& child(std::string_view name) {
    static const net::JsonValue kNothing;
    const net::JsonValue* found = object_.find(name);
    if (found == nullptr) keep({base::Code::kCorrupt, fmt::format("{} is missing", name)});
    return found == nullptr ? kNothing : *found;
  }
  template <typename Enum, std::size_t Count>
  Enum named(std::string_view name, const std::array<Enum, Count>& all) {
    const auto found = find_named(all, text(name));
    if (!found) keep({base::Code::kCorrupt, fmt::format("{} is not one that is known", name)});
    return found.value_or(all.front());
  }
  template <typename T>
  T take(base::Result<T> result) {
    if (result) return *std::move(result);
    keep(result.error());
    return T{};
  }
  [[nodiscard]] const std::optional<base::Error>& problem() const { return problem_; }
  void keep_problem_of(const EventReader& inner) {
    if (inner.problem_) keep(*inner.problem_);
  }

 private:
  bool is_absent(std::string_view name) const {
    const net::JsonValue* found = object_.find(name);
    return found == nullptr || found->is_null();
  }
  void keep(base::Error error) {
    if (!problem_) problem_ = std::move(error);
  }
  const net::JsonValue& object_;
  std::optional<base::Error> problem_;
};

inline void put(net::JsonWriter& json, std::string_view name,
                const std::optional<base::Instant>& at) {
  json.key(name);
  if (at) {
    json.value(base::format_instant(*at));
  } else {
    json.null();
  }
}

inline void put(net::JsonWriter& json, std::string_view name,
                const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

inline void put_seen_as(net::JsonWriter& json, const SeenAs& seen) {
  json.key("seen_as").begin_object();
  json.member("network", seen.network).member("user_agent", seen.user_agent);
  json.member("slot", seen.slot).member("other", seen.is_other).end_object();
}

inline SeenAs read_seen_as(EventReader& outer) {
  EventReader reader(outer.child("seen_as"));
  SeenAs seen;
  seen.network = reader.optional_text("network");
  seen.user_agent = reader.optional_text("user_agent");
  seen.slot = reader.optional_text("slot");
  seen.is_other = reader.truth("other");
  return seen;
}

inline void put_waivers(net::JsonWriter& json, const std::vector<Waiver>& waivers) {
  json.key("waivers").begin_array();
  for (const Waiver& waiver : waivers) {
    json.begin_object();
    put_seen_as(json, waiver.seen_as);
    json.member("by", waiver.by).member("reason", waiver.reason).end_object();
  }
  json.end_array();
}
inline std::vector<Waiver> read_waivers(EventReader& r) {
  std::vector<Waiver> waivers;
  for (const net::JsonValue& item : r.items("waivers")) {
    EventReader one(item);
    SeenAs seen_as = read_seen_as(one);
    waivers.push_back({std::move(seen_as), one.text("by"), one.text("reason")});
    r.keep_problem_of(one);
  }
  return waivers;
}

inline void put_rhythm(net::JsonWriter& json, const Rhythm& rhythm) {
  json.key("rhythm").begin_object();
  json.member("token_life_ms", std::int64_t{rhythm.token_life.count()});
  if (rhythm.confirmed) json.member("confirmed_ms", std::int64_t{rhythm.confirmed->count()});
  json.member("watched_ms", std::int64_t{rhythm.watched.count()});
  put(json, "last_seen", rhythm.last_seen);
  json.member("mean_gap_ms", std::int64_t{rhythm.mean_gap.count()});
  json.member("as_of", base::format_instant(rhythm.as_of)).end_object();
}

inline Rhythm read_rhythm(EventReader& outer) {
  EventReader reader(outer.child("rhythm"));
  Rhythm rhythm;
  rhythm.token_life = reader.duration("token_life_ms");
  if (reader.has("confirmed_ms")) rhythm.confirmed = reader.duration("confirmed_ms");
  rhythm.watched = reader.duration("watched_ms");
  rhythm.last_seen = reader.optional_instant("last_seen");
  rhythm.mean_gap = reader.duration("mean_gap_ms");
  rhythm.as_of = reader.instant("as_of");
  outer.keep_problem_of(reader);
  return rhythm;
}

// The kind and every setting, each a text: what they mean is the driver's affair.
inline void put(net::JsonWriter& json, std::string_view name, const DriverSpec& spec) {
  json.key(name).begin_object().member("kind", spec.kind);
  for (const auto& [key, value] : spec.settings) json.member(key, value);
  json.end_object();
}

inline DriverSpec read_driver(EventReader& outer, std::string_view name) {
  const net::JsonValue& object = outer.child(name);
  DriverSpec spec;
  spec.kind = outer.take(object.string_member("kind"));
  for (const auto& [key, value] : object.members()) {
    if (key != "kind") spec.set(key, std::string(outer.take(value.as_string())));
  }
  return spec;
}

// The pair of the longest event (event_codec_consumer.cc).
void write(net::JsonWriter& json, const ConsumerDeclared& e);
void read(EventReader& r, ConsumerDeclared& e);

// Members of the event itself, in RunPlanned and RulesDeclared alike (event_codec_rules.cc).
// An object of that name with a driver and its location.
void put_located(net::JsonWriter& json, std::string_view name, const DriverSpec& spec);
[[nodiscard]] DriverSpec read_located(EventReader& outer, std::string_view name);
void put_rules(net::JsonWriter& json, const RunRules& rules);
[[nodiscard]] RunRules read_rules(EventReader& reader);

inline constexpr std::array kVerdicts{
    VerdictKind::kSeenOnNew, VerdictKind::kQuiet,  VerdictKind::kRestarted, VerdictKind::kAttested,
    VerdictKind::kNotYet,    VerdictKind::kSilent, VerdictKind::kWaived};

inline void put_verdicts(net::JsonWriter& json, const std::vector<Verdict>& verdicts) {
  json.key("verdicts").begin_array();
  for (const Verdict& v : verdicts) {
    json.begin_object().member("consumer", v.consumer).member("verdict", name_of(v.kind));
    json.member("instances_seen", v.instances_seen);
    put(json, "last_on_old", v.last_on_old);
    json.member("quiet_for_ms", std::int64_t{v.quiet_for.count()});
    json.member("quiet_needed_ms", std::int64_t{v.quiet_needed.count()});
    json.member("reason", v.reason);
    if (!v.source.empty()) json.member("source", v.source);
    json.end_object();
  }
  json.end_array();
}
inline std::vector<Verdict> read_verdicts(EventReader& r) {
  std::vector<Verdict> verdicts;
  for (const net::JsonValue& item : r.items("verdicts")) {
    EventReader one(item);
    Verdict v;
    v.consumer = one.text("consumer");
    v.kind = one.named("verdict", kVerdicts);
    v.instances_seen = static_cast<int>(one.number("instances_seen"));
    v.last_on_old = one.optional_instant("last_on_old");
    v.quiet_for = one.duration("quiet_for_ms");
    v.quiet_needed = one.duration("quiet_needed_ms");
    v.reason = one.text("reason");
    v.source = one.optional_text("source").value_or("");
    verdicts.push_back(std::move(v));
  }
  return verdicts;
}

}  // namespace rekey::rotation
