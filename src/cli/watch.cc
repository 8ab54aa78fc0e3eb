// rekey watch and rekey notice test: telling people in time.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/notice_settings.h"
#include "cli/output.h"
#include "cli/run_subjects.h"
#include "cli/telling.h"
#include "cli/watch_begin.h"
#include "cli/watch_files.h"
#include "cli/watch_subjects.h"
#include "notice/ical.h"
#include "notice/notifier.h"
#include "rotation/engine/look.h"

namespace rekey::cli {
namespace {

using base::Result;
using notice::PassReport;

constexpr base::Duration kShortestPause = std::chrono::seconds{1};
constexpr base::Duration kLongestPause = base::Days{7};
constexpr base::Duration kUsualPause = std::chrono::minutes{15};

Result<NoticeConfig> read_config(const Context& context, const Arguments& arguments) {
  return read_notice_config(context, arguments.get_or("--config", "notices.yaml"));
}

Result<base::Duration> pause_of(const Arguments& arguments) {
  const auto text = arguments.get("--every");
  if (!text) return kUsualPause;
  const auto pause = base::parse_duration(*text);
  if (pause && *pause >= kShortestPause && *pause <= kLongestPause) return *pause;
  return base::fail(
      base::Code::kInvalidArgument,
      fmt::format("--every must be a time from 1s to 7d, such as 15m, not {}", *text));
}

std::string_view word_of(notice::DeliveryState state) {
  return state == notice::DeliveryState::kDelivered ? "delivered" : "failed";
}

// One JSON line, or one line for people; what went wrong goes to standard error as well.
void print_pass(const Context& context, const Arguments& arguments, base::Instant now,
                const PassReport& report) {
  if (arguments.wants_json() || arguments.has("--begin")) {
    net::JsonWriter json;
    json.begin_object()
        .member("at", base::format_instant(now))
        .member("queued", report.queued)
        .member("delivered", report.delivered())
        .member("failed", report.failed())
        .member("held", report.held)
        .member("withdrawn", report.withdrawn)
        .member("waiting", report.waiting);
    json.key("problems").begin_array();
    for (const std::string& problem : report.problems) json.value(problem);
    json.end_array().end_object();
    print_json(context, json.release());
  } else {
    print_line(context,
               fmt::format("{}  {} queued, {} delivered, {} failed, {} held for quiet hours, {} "
                           "waiting",
                           base::format_instant(now), report.queued, report.delivered(),
                           report.failed(), report.held, report.waiting));
  }
  print_failures(context, report);
  std::fflush(context.out);
}

// What a run that was looked at found is told by the pass; here stand only its events.
class SilentReporter final : public rotation::Reporter {
 public:
  void on_event(const rotation::RunNotice&) override {}
  void on_progress(const rotation::Progress&) override {}
};

// Whether somebody acted at the issuer while a run waited for it and nobody was at a terminal.
void look_at_waiting_runs(Context& context, const Arguments& arguments,
                          const std::vector<rotation::Inventory>& integrations,
                          rotation::AwayIssuers& away, std::mutex* journal_turn = nullptr) {
  Desk desk(context, arguments);
  desk.parts.journal_turn = journal_turn;
  SilentReporter reporter;
  for (const rotation::Inventory& one : integrations) {
    if (one.client_id.empty()) continue;
    const auto outcome = rotation::look_at_waiting_run(one, desk.parts, reporter, &away);
    if (outcome && !*outcome) continue;
    const std::string words = outcome
                                  ? fmt::format("{}: {}", (*outcome)->run_id, (*outcome)->message)
                                  : "its run was not looked at: " + outcome.error().detail;
    std::fprintf(context.err, "rekey: %s: %s\n", printable(one.name).c_str(),
                 printable(words).c_str());
  }
}

// What a pass is about.
struct Sight {
  std::vector<notice::Subject> subjects;
  std::vector<notice::Unread> unread;
  std::vector<std::string> problems;
  bool is_every_end_known = true;
};

// Where inventories are given and no server, they are all that is watched.
Result<Sight> read_sight(Context& context, const Arguments& arguments, WatchedFiles files) {
  Sight sight{{}, std::move(files.unread), std::move(files.problems), true};
  sight.is_every_end_known = sight.unread.empty();
  const auto& integrations = files.integrations;
  const bool is_looked_at = arguments.has("--begin") || arguments.has("--no-look");
  rotation::AwayIssuers away;
  if (!is_looked_at) look_at_waiting_runs(context, arguments, integrations, away);
  if (!arguments.has("--file") || Api::is_named(context, arguments)) {
    REKEY_TRY(auto api, Api::connect(context, arguments));
    REKEY_TRY(sight.subjects, read_secret_subjects(api));
  }
  std::set<std::string> known_clients;
  for (const notice::Subject& subject : sight.subjects) known_clients.insert(subject.client_id);
  auto foreign = foreign_subjects_of(integrations, known_clients);
  auto runs = read_run_subjects(context, integrations);
  for (auto* more : {&foreign, &runs.subjects}) {
    sight.subjects.insert(sight.subjects.end(), std::make_move_iterator(more->begin()),
                          std::make_move_iterator(more->end()));
  }
  sight.unread.insert(sight.unread.end(), std::make_move_iterator(runs.unread.begin()),
                      std::make_move_iterator(runs.unread.end()));
  return sight;
}

// An end that is not known now is no reason to take it out of people's calendars.
void renew_calendar(Context& context, const NoticeConfig& config, base::Instant now, Sight& sight) {
  if (config.calendar_file.empty()) return;
  if (!sight.is_every_end_known) {
    sight.problems.push_back(fmt::format(
        "the calendar {} stays as it was: not every end is known now", config.calendar_file));
    return;
  }
  const auto written = notice::write_calendar(context.files, config.calendar_file,
                                              notice::to_calendar(sight.subjects, {}, now));
  if (!written) sight.problems.push_back("the calendar: " + written.error().detail);
}

// One look at everything. An inventory or a journal that cannot be read is a problem of the pass,
// told to the fallback recipients; the rest is told as ever. Where nothing at all can be read, or
// not the authority, the heartbeat is not written: silence is what an outside monitor has to see.
// The queue is let go in between, for a rotation that has something urgent to tell.
Result<PassReport> pass(Context& context, const Arguments& arguments, const NoticeConfig& config) {
  WatchedFiles files = read_watched_files(context, arguments.all("--file"));
  if (files.blind && !Api::is_named(context, arguments)) {
    REKEY_TRY(const auto notifier, open_notifier(context, config));
    REKEY_TRY(const PassReport told, notifier->tell_unread(context.clock.now(), files.unread));
    print_failures(context, told);
    return tl::unexpected(*files.blind);
  }
  REKEY_TRY(Sight sight, read_sight(context, arguments, std::move(files)));
  const base::Instant now = context.clock.now();
  renew_calendar(context, config, now, sight);
  REKEY_TRY(const auto notifier, open_notifier(context, config));
  REKEY_TRY(PassReport report, notifier->pass(now, sight.subjects, sight.unread));
  report.problems.insert(report.problems.end(), sight.problems.begin(), sight.problems.end());
  print_pass(context, arguments, now, report);
  return report;
}

// What became of the secrets of a run that stands still may be why it goes on, and at once. What is
// wrong with the files is told by the pass.
void look_and_begin(Context& context, const Arguments& arguments, RunBeginner& beginner) {
  rotation::AwayIssuers away;
  if (!arguments.has("--no-look")) {
    const WatchedFiles files = read_watched_files(context, arguments.all("--file"));
    look_at_waiting_runs(context, arguments, files.integrations, away, &beginner.journal_turn());
  }
  beginner.look(away);
}

// rekey watch --check: says whether passes happen, and tells the fallback recipients where not.
Result<int> check_watch(Context& context, const Arguments& arguments, const NoticeConfig& config) {
  base::Duration limit = config.settings.heartbeat.silence_after;
  if (limit == base::Duration{0}) limit = notice::HeartbeatSettings{}.silence_after;
  if (const auto text = arguments.get("--older-than")) {
    const auto given = base::parse_duration(*text);
    if (!given) {
      return base::fail(base::Code::kInvalidArgument, "--older-than: " + given.error().detail);
    }
    limit = *given;
  }
  const base::Instant now = context.clock.now();
  REKEY_TRY(const auto notifier, open_notifier(context, config));
  REKEY_TRY(const auto found, notifier->tell_silence(now, limit));
  print_failures(context, found.told);
  if (!found.last_pass) {
    return base::fail(base::Code::kRefused,
                      fmt::format("there was no pass yet in {}: start `rekey watch` with the same "
                                  "configuration",
                                  config.state_folder));
  }
  print_line(context, fmt::format("{}  last pass {} ({})", found.is_silent ? "silent" : "alive",
                                  base::format_instant(*found.last_pass),
                                  base::describe_relative(*found.last_pass, now)));
  return found.is_silent ? kExitNeedsPerson : kExitOk;
}

}  // namespace

Result<int> run_watch(Context& context, const Arguments& arguments) {
  REKEY_TRY(const NoticeConfig config, read_config(context, arguments));
  REKEY_TRY(const base::Duration pause, pause_of(arguments));
  if (arguments.has("--check")) return check_watch(context, arguments, config);
  std::unique_ptr<RunBeginner> beginner;
  if (arguments.has("--begin")) {
    REKEY_TRY(beginner, RunBeginner::make(context, arguments, config));
  }
  if (arguments.has("--once")) {
    if (beginner) {
      look_and_begin(context, arguments, *beginner);
      beginner->wait();
    }
    REKEY_TRY(const PassReport report, pass(context, arguments, config));
    return report.failed() == 0 && report.problems.empty() ? kExitOk : kExitNeedsPerson;
  }
  // What is wrong with the queue or the settings is told now, and not by silence.
  REKEY_CHECK(open_notifier(context, config));
  for (;;) {
    if (beginner) look_and_begin(context, arguments, *beginner);
    if (const auto done = pass(context, arguments, config); !done) {
      std::fprintf(context.err, "rekey: no pass at %s: %s\n",
                   base::format_instant(context.clock.now()).c_str(),
                   printable(done.error().detail).c_str());
    }
    context.clock.sleep_for(pause);
  }
}

Result<int> run_notice_test(Context& context, const Arguments& arguments) {
  REKEY_TRY(const NoticeConfig config, read_config(context, arguments));
  REKEY_TRY(const auto notifier, open_notifier(context, config));
  REKEY_TRY(const auto attempts,
            notifier->test(arguments.argument("RECIPIENT"), context.clock.now()));
  bool is_all_well = true;
  net::JsonWriter json;
  json.begin_object().key("attempts").begin_array();
  for (const notice::Attempt& attempt : attempts) {
    const bool is_delivered = attempt.state == notice::DeliveryState::kDelivered;
    is_all_well = is_all_well && is_delivered;
    json.begin_object()
        .member("channel", attempt.channel)
        .member("state", word_of(attempt.state))
        .member("reason", attempt.reason)
        .end_object();
    if (arguments.wants_json()) continue;
    print_line(context, fmt::format("{}: {}{}{}", attempt.channel, word_of(attempt.state),
                                    is_delivered ? "" : ", ", attempt.reason));
  }
  json.end_array().end_object();
  if (arguments.wants_json()) print_json(context, json.release());
  return is_all_well ? kExitOk : kExitNeedsPerson;
}

}  // namespace rekey::cli
