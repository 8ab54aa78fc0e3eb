#include "cli/administrator.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "cli/card_text.h"
#include "cli/output.h"
#include "cli/secret_input.h"
#include "cli/terminal.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;

constexpr int kMostTries = 5;

}  // namespace

void TerminalAdministrator::print(const rotation::Card& card) {
  const auto text =
      to_terminal_text(complete_commands(card, context_.target), terminal_columns(stream_));
  std::fprintf(stream_, "\n%s\n", printable(text).c_str());
  std::fflush(stream_);
}

base::Result<base::Secret> TerminalAdministrator::take_value(
    const rotation::ValueRequest& request) {
  const rotation::Card& card = request.card;
  if (auto value = take_given()) {
    const base::Status verdict = *value ? request.check(**value) : tl::unexpected(value->error());
    if (verdict) return *std::move(value);
    return fail(
        Code::kNeedsPerson,
        fmt::format("the value that was given was not taken: {}. Nothing was changed; start "
                    "the run again with the right one",
                    verdict.error().detail));
  }
  if (settings_.door != nullptr) {
    print(card);
    return settings_.door->take_value(request);
  }
  if (::isatty(STDIN_FILENO) == 0) {
    return fail(
        Code::kNeedsPerson,
        fmt::format("{}: nobody is at a terminal here. Start `rekey rotate` at one, give the value "
                    "on a descriptor (--value-fd), or have it brought on a page (--intake); `rekey "
                    "run card` prints the task",
                    card.title));
  }
  print(card);
  for (int attempt = 0; attempt < kMostTries; ++attempt) {
    auto value =
        read_secret_value(context_, {.descriptor = {},
                                     .question = "New client secret, or Enter alone to do it later",
                                     .may_be_later = true});
    if (!value && value.error().code == Code::kNeedsPerson) {
      return fail(Code::kNeedsPerson,
                  fmt::format("{}: left for later. Start the run again when there is time for it",
                              card.title));
    }
    const base::Status verdict = value ? request.check(*value) : tl::unexpected(value.error());
    if (verdict) return value;
    std::fprintf(context_.err, "rekey: not taken: %s\n", printable(verdict.error().detail).c_str());
  }
  return fail(Code::kNeedsPerson,
              fmt::format("{}: {} values in a row could not be taken; nothing was changed. Look at "
                          "the card (`rekey run card`), then start the run again",
                          card.title, kMostTries));
}

std::optional<base::Result<base::Secret>> TerminalAdministrator::take_given() {
  if (auto value = std::exchange(settings_.value, std::nullopt)) return *std::move(value);
  const auto descriptor = std::exchange(settings_.value_fd, std::nullopt);
  if (!descriptor) return std::nullopt;
  return read_secret_value(context_, {.descriptor = descriptor, .question = {}});
}

base::Status TerminalAdministrator::show(const rotation::Card& card) {
  if (!settings_.is_waiting && ::isatty(STDIN_FILENO) == 0) {
    return fail(
        Code::kNeedsPerson,
        fmt::format(
            "{}: nobody is at a terminal here. Do it at the issuer (`rekey run card` prints "
            "the task) and start the run again, or start it with --wait",
            card.title));
  }
  print(card);
  return {};
}

base::Result<TerminalAdministrator::Settings> administrator_settings(const Arguments& arguments) {
  TerminalAdministrator::Settings settings;
  settings.is_waiting = arguments.has("--wait");
  REKEY_TRY(settings.value_fd, value_descriptor(arguments));
  return settings;
}

}  // namespace rekey::cli
