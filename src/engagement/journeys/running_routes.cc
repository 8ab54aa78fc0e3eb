// What is done with a version: published, checked, paused, resumed, stopped.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "engagement/journeys/journey_routes.h"
#include "engagement/journeys/publication.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::int64_t kLargestVersion = 100'000;

bool is_true(const std::optional<std::string>& text) {
  return text && (*text == "1" || base::equal_ignoring_case(*text, "true"));
}

// The one version that is asked for, else the newest.
Result<JourneyVersion> version_asked(Call& call) {
  REKEY_TRY(const std::int64_t number,
            call.query.number_or("versionNumber", 0, 0, kLargestVersion));
  return load_version(call.tables, call.caller.business_unit, call.parts[0],
                      number == 0 ? std::nullopt : std::optional<std::int64_t>(number));
}

// Of the journey: the version that is asked for, or all of them.
tl::expected<std::vector<JourneyVersion>, Refusal> versions_asked(Call& call) {
  if (is_true(call.query.find("allVersions"))) {
    REKEY_TRY(const JourneyVersion newest, version_asked(call));
    REKEY_TRY(auto versions, versions_of(call.tables, newest.journey_id));
    return versions;
  }
  if (!call.query.find("versionNumber")) {
    return refuse_journey(400, 10005, "AllVersions=true or VersionNumber required.");
  }
  REKEY_TRY(JourneyVersion version, version_asked(call));
  return std::vector<JourneyVersion>{std::move(version)};
}

tl::unexpected<Refusal> refuse_state(const JourneyVersion& version, std::string_view needed) {
  return refuse_journey(409, 409,
                        fmt::format("version {} is {}; only one that is {} takes this",
                                    version.number, name_of(version.status), needed));
}

Answer publish(Call& call) {
  REKEY_TRY(const JourneyVersion version, version_asked(call));
  if (version.status != JourneyStatus::kDraft) return refuse_state(version, "Draft");
  REKEY_TRY(const bool is_in_hand, is_being_published(call.tables, version.id));
  if (is_in_hand) return refuse_journey(409, 409, "that version is being published already");
  Publication publication;
  publication.guid = call.tools.ids.guid();
  publication.business_unit = version.business_unit;
  publication.version_id = version.id;
  publication.due_at = call.now + call.tools.settings.journeys_published_after;
  REKEY_CHECK(insert_publication(call.tables, publication));
  net::JsonWriter body;
  body.begin_object()
      .member("statusUrl", "/interaction/v1/interactions/publishStatus/" + publication.guid)
      .member("statusId", publication.guid)
      .end_object();
  return reply_with(200, body);
}

void write_problems(net::JsonWriter& body, const std::vector<std::string>& problems) {
  body.key("errors").begin_array();
  for (const std::string& problem : problems) {
    body.begin_object()
        .member("errorCode", "InvalidInteraction")
        .member("errorDetail", problem)
        .member("message", problem)
        .end_object();
  }
  body.end_array();
}

Answer show_publication(Call& call) {
  REKEY_TRY(const auto publication,
            find_publication(call.tables, call.caller.business_unit, call.parts[0]));
  if (!publication) return fail(Code::kNotFound, "this business unit has no such publication");
  net::JsonWriter body;
  body.begin_object().member("statusId", publication->guid).member("status", publication->state);
  write_problems(body, publication->problems);
  body.key("warnings").begin_array().end_array().end_object();
  return reply_with(200, body);
}

Reply accepted() {
  net::JsonWriter body;
  body.begin_object().member("status", "Accepted").end_object();
  return reply_with(202, body);
}

Result<Pause> pause_asked(const Call& call) {
  constexpr std::int64_t kUsual = 14;
  constexpr std::int64_t kLongest = 365;
  Pause pause;
  pause.began_at = call.now;
  REKEY_TRY(const auto days, number_member(call.body, "PausedDays"));
  if (days.value_or(kUsual) < 1 || days.value_or(kUsual) > kLongest) {
    return fail(Code::kInvalidArgument, "PausedDays takes 1 to 365");
  }
  pause.ends_at = call.now + base::Days{days.value_or(kUsual)};
  REKEY_TRY(const auto extends, truth_member(call.body, "ExtendWaitEndDates"));
  pause.extends_waits = extends.value_or(false);
  REKEY_TRY(const auto keeps, truth_member(call.body, "RetainContactInjectionWhileJourneyPaused"));
  pause.keeps_entries = keeps.value_or(false);
  REKEY_TRY(const auto action, text_member(call.body, "GuardrailAction"));
  pause.stops_after = action && base::equal_ignoring_case(*action, "Stop");
  if (action && !pause.stops_after && !base::equal_ignoring_case(*action, "Resume")) {
    return fail(Code::kInvalidArgument, "GuardrailAction takes Resume or Stop");
  }
  return pause;
}

Answer pause(Call& call) {
  auto versions = versions_asked(call);
  if (!versions) return tl::unexpected<Refusal>(versions.error());
  REKEY_TRY(const Pause asked, pause_asked(call));
  const bool is_one = versions->size() == 1;
  for (JourneyVersion& version : *versions) {
    if (version.status != JourneyStatus::kPublished) {
      if (is_one) return refuse_state(version, "Published");
      continue;
    }
    version.status = JourneyStatus::kPaused;
    version.pause = asked;
    REKEY_CHECK(save_version(call.tables, version));
  }
  return accepted();
}

Answer resume(Call& call) {
  auto versions = versions_asked(call);
  if (!versions) return tl::unexpected<Refusal>(versions.error());
  const bool is_one = versions->size() == 1;
  for (JourneyVersion& version : *versions) {
    if (version.status != JourneyStatus::kPaused) {
      if (is_one) return refuse_state(version, "Paused");
      continue;
    }
    REKEY_CHECK(resume_version(call.tables, version, call.now));
  }
  return accepted();
}

Answer stop(Call& call) {
  REKEY_TRY(JourneyVersion version, version_asked(call));
  const bool is_running = version.status == JourneyStatus::kPublished ||
                          version.status == JourneyStatus::kPaused ||
                          version.status == JourneyStatus::kUnpublished;
  if (!is_running) return refuse_state(version, "Published, Paused or Unpublished");
  REKEY_CHECK(stop_version(call.tables, version, call.now));
  net::JsonWriter body;
  body.begin_object().end_object();
  return reply_with(200, body);
}

constexpr std::array<Route, 5> kRoutes{{
    {net::Method::kPost, "/interaction/v1/interactions/publishasync/{}", kJourneysScope,
     Access::kWrites, publish},
    {net::Method::kGet, "/interaction/v1/interactions/publishstatus/{}", kJourneysScope,
     Access::kReads, show_publication},
    {net::Method::kPost, "/interaction/v1/interactions/pause/{}", kJourneysScope, Access::kWrites,
     pause},
    {net::Method::kPost, "/interaction/v1/interactions/resume/{}", kJourneysScope, Access::kWrites,
     resume},
    {net::Method::kPost, "/interaction/v1/interactions/stop/{}", kJourneysScope, Access::kWrites,
     stop},
}};

}  // namespace

std::span<const Route> running_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::journeys
