// rekey plan and rekey rotate: the rotation engine at the command line.
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "rotation/engine.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

std::string inventory_path(const Arguments& arguments) {
  return arguments.get_or("--file", "rekey.yaml");
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
  explicit TextReporter(const Context& context) : context_(context) {}
  ~TextReporter() override { clear_progress(); }

  void on_event(const rotation::RunNotice& notice) override {
    clear_progress();
    print_line(
        context_,
        fmt::format("{}  {}  {}", in_tone(context_, base::format_instant(notice.at), Tone::kFaint),
                    in_tone(context_, fmt::format("{:<12}", notice.phase), Tone::kGood),
                    notice.message));
    std::fflush(context_.out);
  }

  void on_progress(const rotation::Progress& progress) override {
    const auto text = rotation::describe(progress);
    if (context_.is_terminal) {
      std::fprintf(context_.out, "\r\033[K%s", printable(text).c_str());
      has_progress_ = true;
    } else if (progress.what != last_what_) {
      print_line(context_, "  " + text);
      last_what_ = progress.what;
    }
    std::fflush(context_.out);
  }

 private:
  void clear_progress() {
    if (has_progress_) std::fputs("\r\033[K", context_.out);
    has_progress_ = false;
  }
  const Context& context_;
  bool has_progress_ = false;
  std::string last_what_;
};

// The step after which there is no way back needs a person's yes.
base::Status ask_for_approval(const Context& context, const Arguments& arguments,
                              const std::string& path, rotation::EngineParts& parts) {
  if (arguments.has("--yes")) return {};
  if (::isatty(STDIN_FILENO) != 1 || !context.is_terminal) {
    return fail(Code::kInvalidArgument,
                "a rotation ends the old secret, and nobody is there to ask; say --yes");
  }
  REKEY_TRY(const auto plan, rotation::plan_from_file(path, parts));
  print_line(context, rotation::render_text(plan));
  if (!plan.is_runnable() && plan.resumes_run.empty()) return {};  // rotate says what is wrong
  std::fputs("Carry it out, the step without a way back included? [y/N] ", context.out);
  std::fflush(context.out);
  std::string answer;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
    answer += static_cast<char>(c);
  }
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(Code::kRefused, "nothing was changed");
}

// Who is at work here, as the journal keeps it.
std::string person_at_work() {
  const ::passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? std::string(entry->pw_name) : fmt::format("uid {}", ::getuid());
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
  rotation::SystemDrivers drivers(context.clock, context.files);
  rotation::EngineParts parts{context.clock, context.files, drivers};
  REKEY_TRY(const auto plan, rotation::plan_from_file(inventory_path(arguments), parts));
  if (arguments.wants_json()) {
    print_json(context, rotation::render_json(plan));
  } else {
    print_line(context, rotation::render_text(plan));
  }
  return plan.is_runnable() ? kExitOk : kExitRefused;
}

Result<int> run_rotate(Context& context, const Arguments& arguments) {
  const auto path = inventory_path(arguments);
  rotation::SystemDrivers drivers(context.clock, context.files);
  rotation::EngineParts parts{context.clock, context.files, drivers};
  REKEY_CHECK(check_abandon_options(arguments));
  const bool is_abandoning = arguments.has("--abandon");
  if (!is_abandoning) REKEY_CHECK(ask_for_approval(context, arguments, path, parts));

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
