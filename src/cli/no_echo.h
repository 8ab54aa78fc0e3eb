// A terminal that does not show what is typed, while this lives.
//
// A signal that ends the program puts the terminal back first; Ctrl-Z is off meanwhile, so that no
// shell is met without echo. One at a time in a program, on its main thread.
#pragma once

#include <termios.h>

namespace rekey::cli {

class NoEcho {
 public:
  // `descriptor`: a terminal.
  explicit NoEcho(int descriptor) noexcept;
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  // Throws away what was typed and not read, so that it reaches no shell.
  ~NoEcho();
  [[nodiscard]] bool is_on() const noexcept { return is_on_; }

 private:
  int descriptor_;
  bool is_on_ = false;
};

}  // namespace rekey::cli
