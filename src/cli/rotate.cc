// rekey plan and rekey rotate: the rotation engine at the command line.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/administrator.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/intake_door.h"
#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "cli/secret_input.h"
#include "cli/telling.h"
#include "cli/terminal.h"
#include "rotation/due.h"
#include "rotation/engine.h"
#include "rotation/intake_key.h"

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
  return ask(context, plan.is_by_hand
                          ? "Begin? Nothing ends before every consumer is known to have moved."
                          : "Carry it out, the step without a way back included?");
}

// The value that was sealed for the open run of the integration (`rekey seal`).
Result<base::Secret> open_sealed_value(Context& context, const Arguments& arguments,
                                       const std::string& path) {
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  REKEY_TRY(const auto open, rotation::peek_open_run(context.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  if (!open) {
    return fail(Code::kRefused,
                "no run is open, so nothing can have been sealed for it: start `rekey rotate` "
                "without --sealed; then `rekey run card` tells where to seal to");
  }
  REKEY_TRY(const auto key, rotation::load_intake_key(context.files, inventory.state_folder));
  REKEY_TRY(const auto line, read_secret_input(context, arguments.get_or("--sealed", "")));
  return crypto::open_sealed(key, rotation::intake_context(inventory.client_id, open->run_id),
                             line.reveal());
}

// The key to which values of a client's open run are sealed.
Result<crypto::IntakeKey> intake_key_of(Context& context, const Arguments& arguments,
                                        const std::string& path, const std::string& client_id) {
  Desk desk(context, arguments);
  desk.parts.integration = client_id;
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  return rotation::load_intake_key(context.files, inventory.state_folder);
}

base::Status check_reasons(const Arguments& arguments) {
  const bool is_abandoning = arguments.has("--abandon");
  const bool is_waiving = arguments.has("--waive");
  if (is_abandoning && is_waiving) {
    return fail(Code::kInvalidArgument,
                "--abandon gives the run up, and --waive lets it go on; say one of the two");
  }
  if ((is_abandoning || is_waiving) == !arguments.get_or("--reason", "").empty()) return {};
  return fail(Code::kInvalidArgument,
              is_abandoning ? "--abandon needs --reason TEXT: why the run is given up"
              : is_waiving  ? "--waive needs --reason TEXT: why no evidence is needed"
                            : "--reason goes with --abandon or --waive");
}

// The word is kept before the run goes on.
base::Status keep_waiver(const Arguments& arguments, const std::string& path,
                         rotation::EngineParts& parts) {
  if (!arguments.has("--waive")) return {};
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, parts));
  return rotation::waive(inventory, arguments.get_or("--waive", ""),
                         {parts.person, arguments.get_or("--reason", "")}, parts);
}

// Tells of the run while it goes, then how it ended; the exit code of that.
template <typename Run>
Result<int> carried_out(Context& context, const Arguments& arguments, RunTeller& teller,
                        rotation::Ending wanted, Run run) {
  JsonReporter json(context);
  TextReporter text(context);
  teller.listen_beside(arguments.wants_json() ? static_cast<rotation::Reporter&>(json) : text);
  const auto ended = run(teller);
  teller.tell();
  REKEY_TRY(const auto outcome, ended);
  const bool is_done = outcome.ending == wanted;
  auto* stream = is_done && !arguments.wants_json() ? context.out : context.err;
  std::fprintf(stream, "%s\n", printable(outcome.message).c_str());
  return is_done ? kExitOk : kExitNeedsPerson;
}

// One integration whose rotation should begin now, or has begun.
struct DueOne {
  rotation::Inventory inventory;
  base::Instant due{};
  bool is_open = false;  // a run of it is
};

struct DueList {
  std::vector<DueOne> due;              // open runs first, then the soonest
  std::vector<std::string> unknown;     // whose end nobody knows
  std::vector<std::string> stuck;       // due, and without a client id
  std::optional<base::Instant> next{};  // when another one comes due
};

Result<DueList> list_due(Context& context, const Arguments& arguments, const std::string& path,
                         rotation::EngineParts& parts) {
  auto lead = rotation::kUsualLead;
  if (arguments.has("--lead")) {
    const auto given = base::parse_duration(arguments.get_or("--lead", ""));
    if (!given) return fail(Code::kInvalidArgument, "--lead: " + given.error().detail);
    lead = *given;
  }
  REKEY_TRY(auto all, rotation::load_inventories(path, parts));
  DueList list;
  const auto now = context.clock.now();
  for (auto& one : all.integrations) {
    if (one.client_id.empty()) {
      const bool is_due =
          one.expires_at && rotation::due_at(one.name, *one.expires_at, lead) <= now;
      (is_due ? list.stuck : list.unknown).push_back(one.name);
      continue;
    }
    REKEY_TRY(const auto open,
              rotation::peek_open_run(context.files, one.state_folder, one.client_id, one.slot));
    if (!one.expires_at && !open) {
      list.unknown.push_back(one.name);
      continue;
    }
    const auto due = rotation::due_at(one.client_id, one.expires_at.value_or(now), lead);
    if (open || due <= now) {
      list.due.push_back({std::move(one), due, open.has_value()});
    } else {
      list.next = std::min(list.next.value_or(due), due);
    }
  }
  std::stable_sort(list.due.begin(), list.due.end(), [](const DueOne& a, const DueOne& b) {
    return a.is_open != b.is_open ? a.is_open : a.due < b.due;
  });
  return list;
}

std::string quoted_names(const std::vector<std::string>& names) {
  return printable(fmt::format("\"{}\"", fmt::join(names, "\", \"")));
}

void tell_what_is_not_due(const Context& context, const DueList& list) {
  if (!list.unknown.empty()) {
    std::fprintf(context.err,
                 "rekey: client id or end date of these is unknown, so they are not begun: %s "
                 "(`rekey inventory check` says what is missing)\n",
                 quoted_names(list.unknown).c_str());
  }
  if (!list.stuck.empty()) {
    std::fprintf(context.err,
                 "rekey: DUE, and cannot begin before their client id is in the inventory: %s\n",
                 quoted_names(list.stuck).c_str());
  }
  if (list.due.empty() && list.stuck.empty()) {
    std::fprintf(context.err, "nothing is due%s\n",
                 list.next ? (" before " + base::format_instant(*list.next)).c_str() : "");
  }
}

// One after the other. What waits for a person keeps its place, and the next one begins.
Result<int> rotate_due(Context& context, const Arguments& arguments, const std::string& path,
                       rotation::EngineParts& parts, RunTeller& teller) {
  REKEY_TRY(const auto list, list_due(context, arguments, path, parts));
  tell_what_is_not_due(context, list);
  int code = list.unknown.empty() && list.stuck.empty() ? kExitOk : kExitNeedsPerson;
  if (list.due.empty()) return code;
  if (!arguments.has("--yes")) {
    if (!can_ask(context)) {
      return fail(Code::kInvalidArgument,
                  "rotations end old secrets, and nobody is there to ask; say --yes");
    }
    for (const DueOne& one : list.due) print_line(context, "  " + one.inventory.name);
    const auto question = fmt::format(
        "Rotate {}, one after the other, the steps without a way back included?", list.due.size());
    if (!ask(context, question)) return kExitStopped;
  }
  end_on_signals_saying(kInterrupted);
  for (const DueOne& one : list.due) {
    if (!arguments.wants_json()) {
      print_line(context, fmt::format("\n{} ({} of {})", one.inventory.name,
                                      &one - list.due.data() + 1, list.due.size()));
    }
    parts.integration = one.inventory.client_id;
    const auto ended = carried_out(
        context, arguments, teller, rotation::Ending::kClosed,
        [&](rotation::Reporter& reporter) { return rotation::rotate(path, parts, reporter); });
    if (!ended) {
      std::fprintf(context.err, "rekey: %s: %s\n", printable(one.inventory.name).c_str(),
                   printable(ended.error().detail).c_str());
    }
    if (!ended || *ended != kExitOk) code = kExitNeedsPerson;
  }
  return code;
}

}  // namespace

Result<int> run_plan(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto plan, rotation::plan_from_file(path, desk.parts));
  if (arguments.wants_json()) {
    print_json(context, rotation::render_json(plan));
  } else {
    print_line(context, rotation::render_text(plan));
  }
  return plan.is_runnable() ? kExitOk : kExitRefused;
}

Result<int> run_rotate(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(auto settings, administrator_settings(arguments));
  if (arguments.has("--sealed")) {
    REKEY_TRY(settings.value, open_sealed_value(context, arguments, path));
  }
  std::FILE* const stream = arguments.wants_json() ? context.err : context.out;
  REKEY_TRY(auto intake, intake_options(context, arguments));
  std::optional<IntakeDoor> door;
  if (intake) {
    const auto key_of = [&](const std::string& client_id) {
      return intake_key_of(context, arguments, path, client_id);
    };
    settings.door = &door.emplace(context, *std::move(intake), key_of, stream);
  }
  TerminalAdministrator administrator(context, std::move(settings), stream);
  Desk desk(context, arguments, &administrator);
  rotation::EngineParts& parts = desk.parts;
  REKEY_TRY(RunTeller teller, RunTeller::from(context, arguments, path));
  REKEY_CHECK(check_reasons(arguments));
  const bool is_for_one =
      arguments.has("--integration") || arguments.has("--abandon") || arguments.has("--waive");
  if (arguments.has("--due") && is_for_one) {
    return fail(Code::kInvalidArgument,
                "--due takes every integration whose time has come; leave --integration, "
                "--abandon and --waive out, or leave --due out");
  }
  if (arguments.has("--due")) return rotate_due(context, arguments, path, parts, teller);
  const bool is_abandoning = arguments.has("--abandon");
  if (!is_abandoning) {
    REKEY_TRY(const bool goes_on, is_approved(context, arguments, path, parts));
    if (!goes_on) {
      std::fputs("rekey: nothing was changed\n", context.err);
      return kExitStopped;
    }
  }
  REKEY_CHECK(keep_waiver(arguments, path, parts));
  end_on_signals_saying(kInterrupted);
  if (is_abandoning) {
    return carried_out(context, arguments, teller, rotation::Ending::kAbandoned,
                       [&](rotation::Reporter& reporter) {
                         return rotation::abandon(path,
                                                  {parts.person, arguments.get_or("--reason", "")},
                                                  parts, reporter);
                       });
  }
  return carried_out(
      context, arguments, teller, rotation::Ending::kClosed,
      [&](rotation::Reporter& reporter) { return rotation::rotate(path, parts, reporter); });
}

}  // namespace rekey::cli
