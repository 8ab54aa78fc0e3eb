// rekey plan and rekey rotate: the rotation engine at the command line.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <utility>

#include "cli/administrator.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "rotation/engine.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view kInterrupted =
    "\ninterrupted: nothing is undone; run the same command again and it goes on\n";

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

// One JSON line an event.
class JsonReporter final : public rotation::Reporter {
 public:
  explicit JsonReporter(const Context& context) : context_(context) {}
  void on_event(const rotation::RunNotice& notice) override {
    print(rotation::to_json_line(notice));
  }
  void on_progress(const rotation::Progress& progress) override {
    print(rotation::to_json_line(progress));
  }

 private:
  void print(const std::string& line) {
    print_json(context_, line);
    std::fflush(context_.out);
  }
  const Context& context_;
};

// A line an event; what it waits for on the terminal's last line.
class TextReporter final : public rotation::Reporter {
 public:
  explicit TextReporter(const Context& context)
      : context_(context), has_live_line_(is_terminal(context.out)) {}
  ~TextReporter() override { clear_progress(); }

  void on_event(const rotation::RunNotice& notice) override {
    clear_progress();
    tell_where_it_begins(notice.run_id, notice.event, notice.phase);
    print_line(
        context_,
        fmt::format("{}  {}  {}", in_tone(context_, base::format_instant(notice.at), Tone::kFaint),
                    in_tone(context_, fmt::format("{:<12}", notice.phase), Tone::kGood),
                    notice.message));
    std::fflush(context_.out);
  }

  void on_progress(const rotation::Progress& progress) override {
    tell_where_it_begins(progress.run_id, {}, progress.phase);
    if (!has_live_line_) return;
    // The last column stays free: some terminals go to the next line when it is written.
    const auto line =
        cut_to_columns(printable(live_line(progress)), terminal_columns(context_.out) - 1);
    std::fprintf(context_.out, "\r\033[K%s", line.c_str());
    std::fflush(context_.out);
    is_line_shown_ = true;
  }

 private:
  // A run that was begun before says so, before anything else.
  void tell_where_it_begins(std::string_view run_id, std::string_view event,
                            std::string_view phase) {
    if (std::exchange(has_begun_, true) || event == kFirstEvent) return;
    print_line(context_, fmt::format("{} was begun before and goes on ({})", run_id, phase));
    std::fflush(context_.out);
  }
  void clear_progress() {
    if (std::exchange(is_line_shown_, false)) std::fputs("\r\033[K", context_.out);
  }
  static constexpr std::string_view kFirstEvent = "run_planned";
  const Context& context_;
  const bool has_live_line_;
  bool is_line_shown_ = false;
  bool has_begun_ = false;
};

// The step after which there is no way back needs a person's yes; false where the answer is no.
Result<bool> is_approved(const Context& context, const Arguments& arguments,
                         const std::string& path, rotation::EngineParts& parts) {
  if (arguments.has("--yes")) return true;
  if (!can_ask(context)) {
    return fail(Code::kInvalidArgument,
                "a rotation ends the old secret, and nobody is there to ask; say --yes");
  }
  REKEY_TRY(const auto plan, rotation::plan_from_file(path, parts));
  print_line(context, rotation::render_text(plan));
  if (!plan.is_runnable() && plan.resumes_run.empty()) return true;  // rotate says what is wrong
  return ask(context, "Carry it out, the step without a way back included?");
}

base::Status check_abandon_options(const Arguments& arguments) {
  const bool is_abandoning = arguments.has("--abandon");
  if (is_abandoning == !arguments.get_or("--reason", "").empty()) return {};
  return fail(Code::kInvalidArgument, is_abandoning
                                          ? "--abandon needs --reason TEXT: why the run is given up"
                                          : "--reason goes with --abandon");
}

}  // namespace

Result<int> run_plan(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  rotation::SystemDrivers drivers(context.clock, context.files);
  rotation::EngineParts parts{context.clock, context.files, drivers, person_at_work(),
                              arguments.get_or("--integration", "")};
  REKEY_TRY(const auto plan, rotation::plan_from_file(path, parts));
  if (arguments.wants_json()) {
    print_json(context, rotation::render_json(plan));
  } else {
    print_line(context, rotation::render_text(plan));
  }
  return plan.is_runnable() ? kExitOk : kExitRefused;
}

Result<int> run_rotate(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(const auto settings, administrator_settings(arguments));
  TerminalAdministrator administrator(context, settings,
                                      arguments.wants_json() ? context.err : context.out);
  rotation::SystemDrivers drivers(context.clock, context.files, rotation::builtin_drivers(),
                                  &administrator);
  rotation::EngineParts parts{context.clock, context.files, drivers, person_at_work(),
                              arguments.get_or("--integration", "")};
  REKEY_CHECK(check_abandon_options(arguments));
  const bool is_abandoning = arguments.has("--abandon");
  if (!is_abandoning) {
    REKEY_TRY(const bool goes_on, is_approved(context, arguments, path, parts));
    if (!goes_on) {
      std::fputs("rekey: nothing was changed\n", context.err);
      return kExitStopped;
    }
  }
  end_on_signals_saying(kInterrupted);

  JsonReporter json(context);
  TextReporter text(context);
  rotation::Reporter& reporter =
      arguments.wants_json() ? static_cast<rotation::Reporter&>(json) : text;
  REKEY_TRY(const auto outcome,
            is_abandoning
                ? rotation::abandon(path, {person_at_work(), arguments.get_or("--reason", "")},
                                    parts, reporter)
                : rotation::rotate(path, parts, reporter));
  const auto wanted = is_abandoning ? rotation::Ending::kAbandoned : rotation::Ending::kClosed;
  const bool is_done = outcome.ending == wanted;
  auto* stream = is_done && !arguments.wants_json() ? context.out : context.err;
  std::fprintf(stream, "%s\n", printable(outcome.message).c_str());
  return is_done ? kExitOk : kExitNeedsPerson;
}

}  // namespace rekey::cli
