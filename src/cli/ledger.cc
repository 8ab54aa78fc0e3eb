// rekey ledger verify|tail: straight from the data folder, beside a running server or without one.
#include <fmt/format.h>

#include <cerrno>

#include "authority/data_folder.h"
#include "authority/verify.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "ledger/ledger.h"
#include "storage/sqlite.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr int kPageSize = 500;
constexpr base::Duration kFollowPause = std::chrono::milliseconds{500};

Result<std::string> data_folder(const Arguments& arguments) {
  const auto folder = arguments.get("--data");
  if (!folder)
    return fail(Code::kInvalidArgument, "--data DIR is needed: the authority's data folder");
  return *folder;
}

void print_event(const Context& context, const Arguments& arguments,
                 const ledger::StoredEvent& stored) {
  if (!arguments.wants_json()) {
    print_line(context,
               fmt::format("{:>8}  {}  {}#{}  {}  {}  {}", stored.position,
                           base::format_instant(stored.event.at), stored.stream, stored.version,
                           stored.event.type, stored.event.actor, stored.event.body));
    return;
  }
  net::JsonWriter line;
  line.begin_object()
      .member("position", stored.position)
      .member("stream", stored.stream)
      .member("version", stored.version)
      .member("type", stored.event.type)
      .member("at", base::format_instant(stored.event.at))
      .member("actor", stored.event.actor)
      .key("body")
      .raw(stored.event.body)
      .end_object();
  print_json(context, line.text());
}

std::string counted(std::int64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

void print_report(const Context& context, const authority::FolderReport& report) {
  const auto& ledger = report.ledger;
  print_line(context,
             fmt::format("{} in {}, {}, {} compared.", counted(ledger.events, "event"),
                         counted(ledger.streams, "stream"),
                         counted(ledger.checkpoints, "checkpoint"), counted(report.rows, "row")));
  if (ledger.unsealed_events > 0) {
    print_line(context, fmt::format("No checkpoint covers the newest {} yet.",
                                    counted(ledger.unsealed_events, "event")));
  }
  for (const auto& finding : ledger.findings) {
    print_line(context,
               fmt::format("{} {}", in_tone(context, "finding:", Tone::kBad), finding.what));
  }
  if (ledger.findings.empty())
    print_line(context, in_tone(context, "Everything fits.", Tone::kGood));
}

void print_report_json(const Context& context, const authority::FolderReport& report) {
  net::JsonWriter out;
  out.begin_object()
      .member("events", report.ledger.events)
      .member("streams", report.ledger.streams)
      .member("checkpoints", report.ledger.checkpoints)
      .member("unsealed_events", report.ledger.unsealed_events)
      .member("rows", report.rows)
      .key("findings")
      .begin_array();
  for (const auto& finding : report.ledger.findings) out.value(finding.what);
  out.end_array().end_object();
  print_json(context, out.text());
}

}  // namespace

Result<int> run_ledger_verify(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto folder, data_folder(arguments));
  const auto checked =
      authority::verify_data_folder(context.files, folder, arguments.get_or("--key", ""));
  // What could not be looked at is no finding.
  if (!checked) return tl::unexpected(as_file_away(checked.error()));
  const auto& report = *checked;
  if (arguments.wants_json()) {
    print_report_json(context, report);
  } else {
    print_report(context, report);
  }
  return report.ledger.findings.empty() ? kExitOk : kExitFailed;
}

Result<int> run_ledger_tail(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto folder, data_folder(arguments));
  REKEY_TRY(const auto lines, arguments.number_or("--lines", 20, 0, 1'000'000));
  auto opened = storage::Connection::open(authority::DataFolder{folder}.database(),
                                          storage::OpenMode::kReadOnly);
  if (!opened) return tl::unexpected(as_file_away(std::move(opened).error()));
  auto connection = *std::move(opened);
  REKEY_TRY(const auto last, ledger::last_position(connection));
  std::int64_t position = std::max<std::int64_t>(0, last - lines);
  for (;;) {
    REKEY_TRY(const auto events, ledger::read_all(connection, position, kPageSize));
    for (const auto& stored : events) {
      print_event(context, arguments, stored);
      position = stored.position;
    }
    if (!events.empty()) continue;
    if (!arguments.has("--follow")) return kExitOk;
    if (std::fflush(context.out) != 0) return fail(Code::kIo, "standard output was closed");
    context.clock.sleep_for(kFollowPause);
  }
}

}  // namespace rekey::cli
