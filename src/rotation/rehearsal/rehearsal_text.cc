// A rehearsal as people and scripts read it.
#include <fmt/format.h>

#include <iterator>

#include "net/json.h"
#include "rotation/rehearsal/rehearsal.h"

namespace rekey::rotation {
namespace {

void write_texts(net::JsonWriter& json, std::string_view name,
                 const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& one : texts) json.value(one);
  json.end_array();
}

}  // namespace

std::string render_text(const Rehearsal& rehearsal) {
  std::string out;
  const auto to = std::back_inserter(out);
  for (const std::string& one : rehearsal.read) fmt::format_to(to, "read:    {}\n", one);
  for (const std::string& one : rehearsal.assumed) fmt::format_to(to, "assumed: {}\n", one);
  if (!rehearsal.read.empty() || !rehearsal.assumed.empty()) out += '\n';
  for (const RehearsedMoment& moment : rehearsal.moments) {
    fmt::format_to(to, "{}  +{:<10}  {:<12}  {}\n", base::format_instant(moment.at),
                   base::format_duration(
                       std::chrono::floor<std::chrono::seconds>(moment.at - rehearsal.begun_at)),
                   moment.phase.empty() ? "-" : moment.phase, moment.what);
  }
  fmt::format_to(
      to, "\n{} after {}", rehearsal.is_closed ? "It would be closed" : "It would not be closed",
      base::format_duration(
          std::chrono::floor<std::chrono::seconds>(rehearsal.ended_at - rehearsal.begun_at)));
  if (rehearsal.people_needed > 0) {
    fmt::format_to(to, "; somebody has to act {} time{}", rehearsal.people_needed,
                   rehearsal.people_needed == 1 ? "" : "s");
  }
  if (rehearsal.longest_wait > base::Duration{0}) {
    fmt::format_to(
        to, "; the longest wait is {}, for {}",
        base::format_duration(std::chrono::floor<std::chrono::seconds>(rehearsal.longest_wait)),
        rehearsal.longest_wait_for.empty() ? "a step" : rehearsal.longest_wait_for);
  }
  out += ".\n";
  for (const Finding& finding : rehearsal.findings) {
    fmt::format_to(to, "{} {}{}{}\n    {}\n", finding.is_harm ? "✗" : "!", finding.consumer,
                   finding.consumer.empty() ? "" : ": ", finding.what, finding.mend);
  }
  return out;
}

std::string render_json(const Rehearsal& rehearsal) {
  net::JsonWriter json;
  json.begin_object().member("closed", rehearsal.is_closed).member("message", rehearsal.message);
  json.member("begun_at", base::format_instant(rehearsal.begun_at));
  json.member("ended_at", base::format_instant(rehearsal.ended_at));
  write_texts(json, "read", rehearsal.read);
  write_texts(json, "assumed", rehearsal.assumed);
  json.member(
      "longest_wait_seconds",
      std::int64_t{std::chrono::ceil<std::chrono::seconds>(rehearsal.longest_wait).count()});
  json.member("longest_wait_for", rehearsal.longest_wait_for);
  json.member("people_needed", rehearsal.people_needed).key("moments").begin_array();
  for (const RehearsedMoment& moment : rehearsal.moments) {
    json.begin_object().member("at", base::format_instant(moment.at));
    json.member("phase", moment.phase).member("consumer", moment.consumer);
    json.member("what", moment.what).end_object();
  }
  json.end_array().key("findings").begin_array();
  for (const Finding& finding : rehearsal.findings) {
    json.begin_object().member("consumer", finding.consumer).member("what", finding.what);
    json.member("mend", finding.mend).member("harm", finding.is_harm).end_object();
  }
  json.end_array().end_object();
  return json.release();
}

}  // namespace rekey::rotation
