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
#include "cli/rotate_due.h"
#include "cli/run_reporter.h"
#include "cli/secret_input.h"
#include "cli/telling.h"
#include "cli/terminal.h"
#include "rotation/engine/engine.h"
#include "rotation/inventory/intake_key.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

// Who says it again after a run may not know that the run has closed: another one is begun then.
base::Status tell_recent(const Context& context, const std::string& path,
                         rotation::EngineParts& parts) {
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, parts));
  REKEY_TRY(const auto open, rotation::peek_open_run(parts.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  if (open) return {};
  REKEY_TRY(const std::string recent, rotation::describe_recent_rotation(inventory, parts));
  if (!recent.empty()) std::fprintf(context.err, "rekey: %s\n", printable(recent).c_str());
  return {};
}

// The step after which there is no way back needs a person's yes; false where the answer is no.
Result<bool> is_approved(const Context& context, const Arguments& arguments,
                         const std::string& path, rotation::EngineParts& parts) {
  if (arguments.has("--yes")) {
    REKEY_CHECK(tell_recent(context, path, parts));
    return true;
  }
  if (!can_ask(context)) {
    return fail(Code::kInvalidArgument,
                "a rotation ends the old secret, and nobody is there to ask; say --yes");
  }
  // Where it begins, the plan is made anew, with another search of the roots: who was shown one may
  // have thought about it for long.
  REKEY_TRY(const auto plan, rotation::plan_from_file(path, parts));
  print_line(context, rotation::render_text(plan));
  parts.shown_plan = plan.digest;
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

// What is to become of the open run.
enum class Way { kRotate, kResume, kAbandon };

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
  REKEY_TRY(const auto open, rotation::peek_open_run(parts.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  if (!open) {
    return fail(Code::kRefused,
                fmt::format("no run of {} is open: there is nothing to waive yet, and nothing was "
                            "begun; start `rekey rotate` without --waive",
                            inventory.name));
  }
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
  const bool is_done = outcome.ending == wanted && !outcome.needs_person;
  auto* stream = is_done && !arguments.wants_json() ? context.out : context.err;
  std::fprintf(stream, "%s\n",
               printable(complete_commands(outcome.message, context.target)).c_str());
  return is_done ? kExitOk : kExitNeedsPerson;
}

Result<int> go_the_way(Context& context, const Arguments& arguments, Way way,
                       const std::string& path, rotation::EngineParts& parts, RunTeller& teller) {
  if (way != Way::kAbandon) {
    REKEY_TRY(const bool goes_on, is_approved(context, arguments, path, parts));
    if (!goes_on) {
      std::fputs("rekey: nothing was changed\n", context.err);
      return kExitStopped;
    }
  }
  REKEY_CHECK(keep_waiver(arguments, path, parts));
  end_on_signals_saying(kInterrupted);
  const auto ending =
      way == Way::kAbandon ? rotation::Ending::kAbandoned : rotation::Ending::kClosed;
  return carried_out(context, arguments, teller, ending, [&](rotation::Reporter& reporter) {
    switch (way) {
      case Way::kAbandon:
        return rotation::abandon(path, {parts.person, arguments.get_or("--reason", "")}, parts,
                                 reporter);
      case Way::kResume:
        return rotation::resume(path, parts, reporter);
      case Way::kRotate:
        break;
    }
    return rotation::rotate(path, parts, reporter);
  });
}

Result<int> carry_out(Context& context, const Arguments& arguments, Way way) {
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
  REKEY_TRY(RunTeller teller, RunTeller::from(context, arguments, path));
  if (arguments.has("--due")) return rotate_due(context, arguments, path, desk.parts);
  desk.search.show_progress_to(context);
  return go_the_way(context, arguments, way, path, desk.parts, teller);
}

// Nobody is asked to approve what there is nothing of.
base::Status check_open_run(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  REKEY_TRY(const auto open, rotation::peek_open_run(context.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  if (open) return {};
  return fail(
      Code::kRefused,
      fmt::format("no run of {} is open, and nothing was changed; `rekey rotate` begins one",
                  inventory.name));
}

}  // namespace

Result<int> run_plan(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  desk.search.show_progress_to(context);
  REKEY_TRY(const auto plan, rotation::plan_from_file(path, desk.parts));
  if (arguments.wants_json()) {
    print_json(context, rotation::render_json(plan));
  } else {
    print_line(context, rotation::render_text(plan));
  }
  return plan.is_runnable() ? kExitOk : kExitRefused;
}

Result<int> run_rotate(Context& context, const Arguments& arguments) {
  REKEY_CHECK(check_reasons(arguments));
  const bool is_for_one =
      arguments.has("--integration") || arguments.has("--abandon") || arguments.has("--waive");
  if (arguments.has("--due") && is_for_one) {
    return fail(Code::kInvalidArgument,
                "--due takes every integration whose time has come; leave --integration, "
                "--abandon and --waive out, or leave --due out");
  }
  if (!arguments.has("--abandon")) return carry_out(context, arguments, Way::kRotate);
  REKEY_CHECK(check_open_run(context, arguments));
  return carry_out(context, arguments, Way::kAbandon);
}

Result<int> run_run_resume(Context& context, const Arguments& arguments) {
  REKEY_CHECK(check_open_run(context, arguments));
  return carry_out(context, arguments, Way::kResume);
}

Result<int> run_run_abort(Context& context, const Arguments& arguments) {
  if (arguments.get_or("--reason", "").empty()) {
    return fail(Code::kInvalidArgument, "say --reason TEXT: why the run is given up");
  }
  REKEY_CHECK(check_open_run(context, arguments));
  return carry_out(context, arguments, Way::kAbandon);
}

}  // namespace rekey::cli
