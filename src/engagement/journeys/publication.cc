#include "engagement/journeys/publication.h"

#include <fmt/format.h>

#include "engagement/data_extensions/definition.h"
#include "engagement/journeys/event_definition.h"
#include "engagement/journeys/member.h"
#include "engagement/sends/send_definition.h"
#include "storage/select.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

std::string list_to_json(const std::vector<std::string>& texts) {
  net::JsonWriter json;
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
  return json.release();
}

template <typename T>
Result<bool> is_there(const Result<T>& found) {
  if (found) return true;
  if (found.error().code == Code::kNotFound) return false;
  return tl::unexpected<base::Error>(found.error());
}

base::Status check_step(Connection& tables, std::int64_t unit, const Step& step,
                        std::vector<std::string>& problems) {
  if (step.kind == StepKind::kSend && !step.send_definition.empty()) {
    REKEY_TRY(const bool has_it,
              is_there(sends::load_referred_definition(tables, unit, step.send_definition)));
    if (!has_it) {
      problems.push_back(
          fmt::format("the e-mail \"{}\" names a send definition that is not there", step.key));
    }
  }
  const std::string& target = step.update.data_extension;
  if (step.kind == StepKind::kUpdate && !target.empty()) {
    REKEY_TRY(const bool by_id, is_there(data_extensions::load_definition(tables, unit, target)));
    REKEY_TRY(const bool by_key,
              is_there(data_extensions::load_definition(tables, unit, "key:" + target)));
    if (!by_id && !by_key) {
      problems.push_back(
          fmt::format("the update \"{}\" names a data extension that is not there", step.key));
    }
  }
  return {};
}

Result<Publication> read_publication(const storage::Statement& row) {
  Publication publication;
  publication.guid = row.text(0);
  publication.business_unit = row.integer(1);
  publication.version_id = row.integer(2);
  publication.due_at = base::from_millis(row.integer(3));
  publication.state = row.text(4);
  REKEY_TRY(const net::JsonValue problems, net::parse_json(row.text(5)));
  for (const net::JsonValue& problem : problems.items()) {
    REKEY_TRY(const std::string_view text, problem.as_string());
    publication.problems.emplace_back(text);
  }
  return publication;
}

#define REKEY_PUBLICATION_SELECT \
  "SELECT guid, business_unit, version_id, due_at, state, problems FROM journey_publication "

base::Status save_publication(Connection& tables, const Publication& publication) {
  return storage::run(tables,
                      "UPDATE journey_publication SET state = ?2, problems = ?3 "
                      "WHERE guid = ?1",
                      {publication.guid, publication.state, list_to_json(publication.problems)});
}

// Older versions let nobody in any more; who is in them goes on.
base::Status unpublish_others(Connection& tables, const JourneyVersion& version,
                              base::Instant now) {
  REKEY_TRY(auto versions, versions_of(tables, version.journey_id));
  for (JourneyVersion& other : versions) {
    if (other.id == version.id) continue;
    if (other.status == JourneyStatus::kPaused) {
      REKEY_CHECK(resume_version(tables, other, now));
    }
    if (other.status != JourneyStatus::kPublished) continue;
    other.status = JourneyStatus::kUnpublished;
    REKEY_CHECK(save_version(tables, other));
  }
  return {};
}

base::Status publish(Connection& tables, Publication& publication, base::Instant now) {
  REKEY_TRY(auto version, find_version(tables, publication.version_id));
  if (!version) return {};
  REKEY_TRY(publication.problems, problems_of(tables, *version));
  publication.state = publication.problems.empty() ? kPublishCompleted : kPublishError;
  REKEY_CHECK(save_publication(tables, publication));
  if (!publication.problems.empty()) return {};
  version->status = JourneyStatus::kPublished;
  version->published_at = now;
  REKEY_CHECK(save_version(tables, *version));
  return unpublish_others(tables, *version, now);
}

}  // namespace

base::Status insert_publication(Connection& tables, const Publication& publication) {
  return storage::run(tables,
                      "INSERT INTO journey_publication(guid, business_unit, version_id, "
                      "due_at, state, problems) VALUES(?1, ?2, ?3, ?4, ?5, '[]')",
                      {publication.guid, publication.business_unit, publication.version_id,
                       publication.due_at, publication.state});
}

Result<std::optional<Publication>> find_publication(Connection& tables, std::int64_t business_unit,
                                                    std::string_view guid) {
  return storage::first_row(
      storage::select(tables, REKEY_PUBLICATION_SELECT "WHERE business_unit = ?1 AND guid = ?2",
                      {business_unit, guid}),
      read_publication);
}

Result<bool> is_being_published(Connection& tables, std::int64_t version_id) {
  return storage::has_row(
      storage::select(tables,
                      "SELECT 1 FROM journey_publication WHERE version_id = ?1 AND "
                      "state = 'PublishInProcess'",
                      {version_id}));
}

Result<std::vector<std::string>> problems_of(Connection& tables, const JourneyVersion& version) {
  REKEY_TRY(const net::JsonValue document, net::parse_json(version.document));
  PlanRead read = read_plan(document);
  if (!read.plan.event_key.empty()) {
    REKEY_TRY(const auto event,
              find_event_definition(tables, version.business_unit, read.plan.event_key));
    if (!event) read.problems.emplace_back("its trigger names an event that is not defined");
  }
  for (const Step& step : read.plan.steps) {
    REKEY_CHECK(check_step(tables, version.business_unit, step, read.problems));
  }
  return std::move(read.problems);
}

base::Status publish_due(DueWork& work) {
  for (;;) {
    REKEY_TRY(
        auto publication,
        storage::first_row(storage::select(work.reads,
                                           REKEY_PUBLICATION_SELECT
                                           "WHERE state = 'PublishInProcess' AND due_at <= ?1 "
                                           "ORDER BY due_at, id LIMIT 1",
                                           {work.now}),
                           read_publication));
    if (!publication) return {};
    REKEY_CHECK(work.writer.run(
        [&](Connection& tables) { return publish(tables, *publication, work.now); }));
  }
}

Result<std::optional<base::Instant>> next_due_publication(Connection& tables) {
  return storage::first_instant(storage::select(tables,
                                                "SELECT min(due_at) FROM journey_publication "
                                                "WHERE state = 'PublishInProcess'"));
}

base::Status resume_version(Connection& tables, JourneyVersion& version, base::Instant now) {
  if (version.pause && version.pause->extends_waits) {
    REKEY_CHECK(extend_waits(tables, version, now - version.pause->began_at));
  }
  version.pause.reset();
  version.status = JourneyStatus::kPublished;
  return save_version(tables, version);
}

base::Status stop_version(Connection& tables, JourneyVersion& version, base::Instant now) {
  REKEY_CHECK(empty_version(tables, version, now));
  version.pause.reset();
  version.status = JourneyStatus::kStopped;
  return save_version(tables, version);
}

}  // namespace rekey::engagement::journeys
