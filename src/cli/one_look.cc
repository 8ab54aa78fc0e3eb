#include "cli/one_look.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "cli/no_echo.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[2J\x1b[H";
constexpr std::string_view kLeave = "\x1b[2J\x1b[H\x1b[?1049l";
constexpr std::array kEndingSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// What on_signal needs; written before it is installed.
int shown_on = -1;
std::array<struct sigaction, kEndingSignals.size()> actions_before{};

void put_signals_back() noexcept {
  for (std::size_t i = 0; i < kEndingSignals.size(); ++i) {
    ::sigaction(kEndingSignals[i], &actions_before[i], nullptr);
  }
}

// Only what POSIX calls async-signal-safe. What was to happen at this signal happens then.
extern "C" void take_it_off(int signal) {
  const auto written = ::write(shown_on, kLeave.data(), kLeave.size());
  static_cast<void>(written);  // nobody is left to tell
  put_signals_back();
  ::raise(signal);
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// The second screen, while this lives.
class SecondScreen {
 public:
  explicit SecondScreen(int screen) noexcept : screen_(screen) {
    shown_on = screen;
    for (std::size_t i = 0; i < kEndingSignals.size(); ++i) {
      ::sigaction(kEndingSignals[i], nullptr, &actions_before[i]);
      if (actions_before[i].sa_handler == SIG_IGN) continue;
      struct sigaction action {};
      action.sa_handler = take_it_off;
      ::sigaction(kEndingSignals[i], &action, nullptr);
    }
    is_on_ = write_all(screen, kEnter);
  }
  SecondScreen(const SecondScreen&) = delete;
  SecondScreen& operator=(const SecondScreen&) = delete;
  ~SecondScreen() {
    static_cast<void>(write_all(screen_, kLeave));
    put_signals_back();
    shown_on = -1;
  }
  [[nodiscard]] bool is_on() const noexcept { return is_on_; }

 private:
  int screen_;
  bool is_on_ = false;
};

void wait_for_enter(int keyboard) {
  char typed = 0;
  for (;;) {
    const auto count = ::read(keyboard, &typed, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || typed == '\n') return;
  }
}

}  // namespace

bool has_no_second_screen(std::string_view terminal_name) noexcept {
  return terminal_name.empty() || terminal_name == "dumb" || terminal_name == "unknown" ||
         terminal_name == "linux" || terminal_name == "emacs";
}

base::Status show_once(int screen, int keyboard, std::string_view heading,
                       const base::Secret& value) {
  // Before anything is shown, and behind it in the order of ending: the signals' handlers nest.
  const NoEcho no_echo(keyboard);
  if (!no_echo.is_on()) {
    return fail(Code::kUnavailable,
                "the terminal does not stop showing what is typed; nothing was shown. Use --to-fd");
  }
  const SecondScreen second(screen);
  const auto below = fmt::format(
      "\r\n\r\n{} characters. Press Enter, and it is gone from this screen. What you copied "
      "stays in the clipboard: copy something else when it is in its place.\r\n",
      value.size_bytes());
  const bool is_shown = second.is_on() && write_all(screen, heading) &&
                        write_all(screen, "\r\n\r\n") && write_all(screen, value.reveal()) &&
                        write_all(screen, below);
  if (!is_shown) {
    return fail(Code::kUnavailable, fmt::format("cannot write to the terminal: {}",
                                                std::generic_category().message(errno)));
  }
  wait_for_enter(keyboard);
  return {};
}

}  // namespace rekey::cli
