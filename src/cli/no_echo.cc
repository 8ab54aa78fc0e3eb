#include "cli/no_echo.h"

#include <unistd.h>

#include <array>
#include <csignal>

#include "base/assert.h"

namespace rekey::cli {
namespace {

constexpr std::array kEndingSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// What on_signal needs; written before it is installed.
int silenced = -1;
termios settings_before{};
std::array<struct sigaction, kEndingSignals.size()> actions_before{};

void put_signals_back() noexcept {
  for (std::size_t i = 0; i < kEndingSignals.size(); ++i) {
    ::sigaction(kEndingSignals[i], &actions_before[i], nullptr);
  }
}

// Only what POSIX calls async-signal-safe. What was to happen at this signal happens then.
extern "C" void end_silence(int signal) {
  ::tcsetattr(silenced, TCSAFLUSH, &settings_before);
  const auto written = ::write(STDERR_FILENO, "\n", 1);
  static_cast<void>(written);  // nobody is left to tell
  put_signals_back();
  ::raise(signal);
}

}  // namespace

NoEcho::NoEcho(int descriptor) noexcept : descriptor_(descriptor) {
  REKEY_ASSERT(silenced == -1);
  if (::tcgetattr(descriptor, &settings_before) != 0) return;
  silenced = descriptor;
  for (std::size_t i = 0; i < kEndingSignals.size(); ++i) {
    ::sigaction(kEndingSignals[i], nullptr, &actions_before[i]);
    if (actions_before[i].sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = end_silence;
    ::sigaction(kEndingSignals[i], &action, nullptr);
  }
  termios settings = settings_before;
  settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
  settings.c_cc[VSUSP] = _POSIX_VDISABLE;
  // What was typed before the question is no answer to it.
  is_on_ = ::tcsetattr(descriptor, TCSAFLUSH, &settings) == 0;
  termios now{};
  is_on_ = is_on_ && ::tcgetattr(descriptor, &now) == 0 && (now.c_lflag & ECHO) == 0;
}

NoEcho::~NoEcho() {
  if (silenced == -1) return;
  ::tcsetattr(descriptor_, TCSAFLUSH, &settings_before);
  put_signals_back();
  silenced = -1;
}

}  // namespace rekey::cli
