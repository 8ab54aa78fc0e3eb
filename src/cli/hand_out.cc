// rekey run value: a secret value for the person who carries it to a form.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/printable.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/one_look.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "rotation/engine/engine.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

Result<std::optional<int>> descriptor_of(const Arguments& arguments) {
  if (!arguments.has("--to-fd")) return std::nullopt;
  constexpr int kMost = 1023;
  REKEY_TRY(const auto number, arguments.number_or("--to-fd", 0, 3, kMost));
  const int descriptor = static_cast<int>(number);
  // Not even a terminal under another number: there it would stay on the screen.
  if (::isatty(descriptor) == 1) {
    return fail(Code::kInvalidArgument,
                fmt::format("descriptor {} is a terminal; without --to-fd the value is shown there "
                            "so that it does not stay",
                            descriptor));
  }
  if (errno == EBADF) {
    return fail(Code::kInvalidArgument,
                fmt::format("descriptor {} is not open; open it for a program, as in --to-fd 3 3> "
                            ">(wl-copy)",
                            descriptor));
  }
  return descriptor;
}

base::Status write_value(int descriptor, const base::Secret& value) {
  std::string_view left = value.reveal();
  while (!left.empty()) {
    const auto count = ::write(descriptor, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return fail(Code::kIo, fmt::format("descriptor {}: {}", descriptor,
                                         std::generic_category().message(errno)));
    }
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

base::Status check_terminal(const Context& context) {
  if (!can_ask(context)) {
    return fail(Code::kNeedsPerson,
                "nobody is at a terminal here, and a value is not written where it would stay; "
                "start this at one, or hand it to a program with --to-fd");
  }
  if (!has_no_second_screen(context.environment("TERM").value_or(""))) return {};
  return fail(Code::kUnavailable,
              "this kind of terminal (TERM) cannot take text back from its screen; use another, or "
              "--to-fd");
}

}  // namespace

Result<int> run_run_value(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(const auto descriptor, descriptor_of(arguments));
  const std::string consumer = arguments.argument("CONSUMER");
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  const std::string by = arguments.get_or("--by", person_at_work());
  if (by.empty() || base::find_hidden_character(by)) {
    return fail(Code::kInvalidArgument, "--by is one line of text without hidden characters");
  }
  if (descriptor) {
    const auto value = rotation::hand_out(inventory, consumer, by, "descriptor", desk.parts);
    if (!value) return tl::unexpected(as_none_open(value.error()));
    REKEY_CHECK(write_value(*descriptor, *value));
    return kExitOk;
  }
  REKEY_CHECK(check_terminal(context));
  if (!ask(context, fmt::format("A client secret will stand on this screen until you press Enter. "
                                "Is nobody else looking, and nothing recording this terminal?"))) {
    std::fputs("rekey: nothing was shown\n", context.err);
    return kExitStopped;
  }
  const auto value = rotation::hand_out(inventory, consumer, by, "terminal", desk.parts);
  if (!value) return tl::unexpected(as_none_open(value.error()));
  REKEY_CHECK(show_once(::fileno(context.out), STDIN_FILENO,
                        fmt::format("For {} (client id {}):", consumer, inventory.client_id),
                        *value));
  print_line(context, fmt::format("It is off the screen. When {} holds it: `rekey run attest {} "
                                  "--reason TEXT`",
                                  consumer, consumer));
  return kExitOk;
}

}  // namespace rekey::cli
