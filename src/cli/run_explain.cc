// rekey run explain: a run in words.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/run_choice.h"
#include "net/json.h"
#include "rotation/plan/reconcile.h"
#include "rotation/report/explain.h"

namespace rekey::cli {
namespace {

constexpr std::size_t kTextColumns = 100;
constexpr std::size_t kIndent = 2;

void print_part(const Context& context, std::string_view title, const std::string& text) {
  if (text.empty()) return;
  print_line(context, in_tone(context, title, Tone::kFaint));
  std::string lines = wrapped(complete_commands(text, context.target) + ".", kIndent, kTextColumns);
  if (!lines.empty()) lines.pop_back();
  print_line(context, lines);
}

std::optional<std::string> as_member(const Context& context, const std::string& text) {
  if (text.empty()) return std::nullopt;
  return complete_commands(text, context.target);
}

}  // namespace

base::Result<int> run_run_explain(Context& context, const Arguments& arguments) {
  Desk desk(context, arguments);
  REKEY_TRY(const auto run, choose_run(context, arguments, desk));
  if (!run) {
    print_no_open_run(context, arguments);
    return kExitOk;
  }
  const auto text = rotation::explain(
      run->state, {context.clock.now(), run->is_worked_on, run->inventory.expires_at});
  const auto kept = rotation::kept_rules(run->state, run->inventory);
  const bool needs_somebody = !run->is_closed() && !run->is_worked_on;
  if (arguments.wants_json()) {
    net::JsonWriter json;
    json.begin_object()
        .member("run", run->run_id)
        .member("integration", run->inventory.name)
        .member("phase", phase_in_words(run->state))
        .member("since", base::format_instant(stands_since(run->events)))
        .member("worked_on", run->is_worked_on)
        .member("needs_person", needs_somebody)
        .member("stands", text.stands)
        .member("waits_for", as_member(context, text.waits_for))
        .member("unblocks", as_member(context, text.unblocks))
        .member("next", as_member(context, text.next))
        .member("old_secret", text.old_secret)
        .member("giving_up", as_member(context, text.giving_up))
        .member("workflows", as_member(context, text.workflows));
    json.key("kept_rules").begin_array();
    for (const std::string& one : kept) json.value(one);
    json.end_array().end_object();
    print_json(context, json.release());
    return needs_somebody ? kExitNeedsPerson : kExitOk;
  }
  print_line(context, fmt::format("{} of {}, {} since {}", run->run_id, run->inventory.name,
                                  phase_in_words(run->state),
                                  base::format_instant(stands_since(run->events))));
  print_part(context, "Where it stands", text.stands);
  print_part(context, "What it waits for", text.waits_for);
  print_part(context, "What brings it on", text.unblocks);
  print_part(context, "What it keeps", fmt::format("{}", fmt::join(kept, "; ")));
  print_part(context, "What happens next", text.next);
  print_part(context, "The old secret", text.old_secret);
  print_part(context, "Workflows that prove nothing", text.workflows);
  print_part(context, "Giving it up now", text.giving_up);
  return needs_somebody ? kExitNeedsPerson : kExitOk;
}

}  // namespace rekey::cli
