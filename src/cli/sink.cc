// rekey sink check: an author's program against the protocol of the sink "exec".
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "rotation/sinks/exec.h"
#include "rotation/sinks/exec_check.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr base::Duration kUsualTimeout = std::chrono::seconds{30};

Result<base::Duration> timeout_of(const Arguments& arguments) {
  const auto given = arguments.get("--timeout");
  if (!given) return kUsualTimeout;
  const auto timeout = base::parse_duration(*given);
  if (timeout && *timeout > base::Duration{0}) return *timeout;
  return fail(Code::kInvalidArgument, "--timeout must be a time such as 30s");
}

void show(const Context& context, const rotation::ExecCheck& check) {
  std::size_t broken = 0;
  for (const rotation::ExecFinding& finding : check.findings) {
    broken += finding.is_kept ? 0 : 1;
    const auto mark = in_tone(context, finding.is_kept ? "ok  " : "FAIL",
                              finding.is_kept ? Tone::kGood : Tone::kBad);
    print_line(context, fmt::format("{}  {}", mark, finding.rule));
    if (!finding.is_kept) print_line(context, fmt::format("      {}", finding.problem));
  }
  if (!check.is_put_back) {
    print_line(context,
               "The place does not hold what it held before: it may hold a planted value. Put the "
               "right one there.");
  }
  print_line(context, check.is_passed() ? std::string("The program keeps the protocol.")
                                        : fmt::format("{} of {} rules are broken.", broken,
                                                      check.findings.size()));
}

void show_json(const Context& context, const rotation::ExecCheck& check) {
  net::JsonWriter json;
  json.begin_object()
      .member("passed", check.is_passed())
      .member("put_back", check.is_put_back)
      .key("rules")
      .begin_array();
  for (const rotation::ExecFinding& finding : check.findings) {
    json.begin_object()
        .member("rule", finding.rule)
        .member("kept", finding.is_kept)
        .member("problem", finding.problem)
        .end_object();
  }
  json.end_array().end_object();
  print_json(context, json.text());
}

}  // namespace

Result<int> run_sink_check(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto timeout, timeout_of(arguments));
  if (!arguments.has("--yes")) {
    if (!can_ask(context)) {
      return fail(Code::kInvalidArgument,
                  "the check writes planted values into the place of that command and puts back "
                  "what stood there; say --yes, and give it a place that nobody uses");
    }
    if (!ask(context,
             "The check writes planted values into the place of that command and puts back what "
             "stood there. Does nobody use it?")) {
      std::fputs("rekey: nothing was asked of the program\n", context.err);
      return kExitStopped;
    }
  }
  const auto check =
      rotation::check_exec_program(rotation::ask_command(arguments.arguments("COMMAND")), timeout);
  if (arguments.wants_json()) {
    show_json(context, check);
  } else {
    show(context, check);
  }
  return check.is_passed() ? kExitOk : kExitFailed;
}

}  // namespace rekey::cli
