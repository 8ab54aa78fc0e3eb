// rekey watch and rekey notice test: telling people in time.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/notice_settings.h"
#include "cli/output.h"
#include "cli/watch_subjects.h"
#include "notice/ical.h"
#include "notice/notifier.h"
#include "rotation/config_tree.h"

namespace rekey::cli {
namespace {

using base::Result;
using notice::PassReport;

constexpr base::Duration kShortestPause = std::chrono::seconds{1};
constexpr base::Duration kLongestPause = base::Days{7};
constexpr base::Duration kUsualPause = std::chrono::minutes{15};

Result<NoticeConfig> read_config(const Context& context, const Arguments& arguments) {
  const std::string path = arguments.get_or("--config", "notices.yaml");
  REKEY_TRY(const auto text,
            context.files.read(path, static_cast<std::int64_t>(rotation::kConfigLimitBytes)));
  return parse_notice_config(text.reveal(), path);
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
  if (arguments.wants_json()) {
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
  for (const notice::Attempt& attempt : report.attempts) {
    if (attempt.state == notice::DeliveryState::kDelivered) continue;
    std::fprintf(context.err, "rekey: %s by %s was not delivered: %s\n",
                 attempt.delivery_id.c_str(), attempt.channel.c_str(),
                 printable(attempt.reason).c_str());
  }
  for (const std::string& problem : report.problems) {
    std::fprintf(context.err, "rekey: %s\n", printable(problem).c_str());
  }
  std::fflush(context.out);
}

// Where inventories are given and no server, they are all that is watched.
Result<std::vector<notice::Subject>> read_subjects(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto integrations, read_integrations(context, arguments.all("--file")));
  std::vector<notice::Subject> subjects;
  if (integrations.empty() || Api::is_named(context, arguments)) {
    REKEY_TRY(auto api, Api::connect(context, arguments));
    REKEY_TRY(subjects, read_secret_subjects(api));
  }
  std::set<std::string> known_clients;
  for (const notice::Subject& subject : subjects) known_clients.insert(subject.client_id);
  auto foreign = foreign_subjects_of(integrations, known_clients);
  REKEY_TRY(auto runs, read_run_subjects(context, integrations));
  for (auto* more : {&foreign, &runs}) {
    subjects.insert(subjects.end(), std::make_move_iterator(more->begin()),
                    std::make_move_iterator(more->end()));
  }
  return subjects;
}

// One look at everything. Where the authority or an inventory cannot be read, nothing is said and
// the heartbeat is not written: silence is what an outside monitor has to see.
Result<PassReport> pass(Context& context, const Arguments& arguments, const NoticeConfig& config,
                        notice::Notifier& notifier) {
  REKEY_TRY(const auto subjects, read_subjects(context, arguments));
  const base::Instant now = context.clock.now();
  if (!config.calendar_file.empty()) {
    REKEY_CHECK(notice::write_calendar(context.files, config.calendar_file,
                                       notice::to_calendar(subjects, {}, now)));
  }
  REKEY_TRY(PassReport report, notifier.pass(now, subjects));
  print_pass(context, arguments, now, report);
  return report;
}

Result<std::unique_ptr<notice::Notifier>> open_notifier(const Context& context,
                                                        const NoticeConfig& config) {
  return notice::Notifier::open(config.settings, context.files, config.state_folder);
}

}  // namespace

Result<int> run_watch(Context& context, const Arguments& arguments) {
  REKEY_TRY(const NoticeConfig config, read_config(context, arguments));
  REKEY_TRY(const base::Duration pause, pause_of(arguments));
  REKEY_TRY(const auto notifier, open_notifier(context, config));
  if (arguments.has("--once")) {
    REKEY_TRY(const PassReport report, pass(context, arguments, config, *notifier));
    return report.failed() == 0 && report.problems.empty() ? kExitOk : kExitNeedsPerson;
  }
  for (;;) {
    if (const auto done = pass(context, arguments, config, *notifier); !done) {
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
