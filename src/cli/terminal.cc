#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>

#include "cli/exit_code.h"
#include "cli/output.h"

namespace rekey::cli {
namespace {

constexpr std::size_t kUsualColumns = 80;
constexpr int kSignalBase = 128;

// What on_signal writes; set once, before it is installed.
const char* last_words = nullptr;
std::size_t last_words_size = 0;

// Only what POSIX calls async-signal-safe.
extern "C" void on_signal(int signal) {
  const auto written = ::write(STDERR_FILENO, last_words, last_words_size);
  static_cast<void>(written);  // nobody is left to tell
  ::_exit(kSignalBase + signal);
}

bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

bool is_terminal(std::FILE* stream) noexcept {
  return ::isatty(::fileno(stream)) == 1;
}

std::size_t terminal_columns(std::FILE* stream) noexcept {
  winsize size{};
  const bool is_known = ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : kUsualColumns;
}

std::string cut_to_columns(std::string_view text, std::size_t columns) {
  std::size_t width = 0;
  std::size_t end_of_kept = 0;  // where the text is cut to leave room for the ellipsis
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_continuation(text[i])) continue;
    if (width + 1 == columns) end_of_kept = i;
    if (++width > columns) return std::string(text.substr(0, end_of_kept)) + "…";
  }
  return std::string(text);
}

bool can_ask(const Context& context) noexcept {
  return ::isatty(STDIN_FILENO) == 1 && is_terminal(context.out);
}

bool ask(const Context& context, std::string_view question) {
  const auto text = printable(question);
  std::fprintf(context.out, "%s [y/N] ", text.c_str());
  std::fflush(context.out);
  std::string answer;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
    answer += static_cast<char>(c);
  }
  return answer == "y" || answer == "Y" || answer == "yes";
}

void end_on_signals_saying(std::string_view sentence) noexcept {
  last_words = sentence.data();
  last_words_size = sentence.size();
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = on_signal;
    ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace rekey::cli
