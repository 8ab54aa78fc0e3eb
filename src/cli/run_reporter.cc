#include "cli/run_reporter.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "cli/output.h"
#include "cli/terminal.h"

namespace rekey::cli {
namespace {

constexpr std::string_view kFirstEvent = "run_planned";

// What is waited for, with how long it takes first: the end is cut off where the line is short.
std::string live_line(const rotation::Progress& progress) {
  using std::chrono::floor;
  using std::chrono::seconds;
  const auto waited = base::format_duration(floor<seconds>(progress.waited));
  if (progress.total == base::Duration{0}) {
    return fmt::format("waiting {} for {}", waited, progress.what);
  }
  if (progress.total < seconds{1}) return fmt::format("waiting for {}", progress.what);
  return fmt::format("waiting {} of {} for {}", waited,
                     base::format_duration(floor<seconds>(progress.total)), progress.what);
}

}  // namespace

void JsonReporter::on_event(const rotation::RunNotice& notice) {
  print(rotation::to_json_line(notice));
}

void JsonReporter::on_progress(const rotation::Progress& progress) {
  print(rotation::to_json_line(progress));
}

void JsonReporter::print(const std::string& line) {
  print_json(context_, line);
  std::fflush(context_.out);
}

TextReporter::TextReporter(const Context& context, CommandTarget target)
    : context_(context), target_(std::move(target)), has_live_line_(is_terminal(context.out)) {}

void TextReporter::on_event(const rotation::RunNotice& notice) {
  clear_progress();
  tell_where_it_begins(notice.run_id, notice.event, notice.phase);
  print_line(
      context_,
      fmt::format("{}  {}  {}", in_tone(context_, base::format_instant(notice.at), Tone::kFaint),
                  in_tone(context_, fmt::format("{:<12}", notice.phase), Tone::kGood),
                  complete_commands(notice.message, target_)));
  std::fflush(context_.out);
}

void TextReporter::on_progress(const rotation::Progress& progress) {
  tell_where_it_begins(progress.run_id, {}, progress.phase);
  if (!has_live_line_) return;
  // The last column stays free: some terminals go to the next line when it is written.
  const auto line =
      cut_to_columns(printable(live_line(progress)), terminal_columns(context_.out) - 1);
  std::fprintf(context_.out, "\r\033[K%s", line.c_str());
  std::fflush(context_.out);
  is_line_shown_ = true;
}

void TextReporter::tell_where_it_begins(std::string_view run_id, std::string_view event,
                                        std::string_view phase) {
  if (std::exchange(has_begun_, true) || event == kFirstEvent) return;
  print_line(context_, fmt::format("{} was begun before and goes on ({})", run_id, phase));
  std::fflush(context_.out);
}

void TextReporter::clear_progress() {
  if (std::exchange(is_line_shown_, false)) std::fputs("\r\033[K", context_.out);
}

}  // namespace rekey::cli
