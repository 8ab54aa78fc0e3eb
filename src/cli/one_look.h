// Shows a secret value on a terminal so that it does not stay there: on the terminal's second
// screen, which has no history, until Enter is pressed.
//
// What records the terminal itself (script, a multiplexer's log, a shared screen) sees it. A signal
// that ends the program takes the value off the screen first. One at a time in a program, on its
// main thread.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::cli {

// `screen`: a terminal to write to; `keyboard`: one to read Enter from. kUnavailable where the
// terminal does not take part, or cannot be told not to show what is typed.
[[nodiscard]] base::Status show_once(int screen, int keyboard, std::string_view heading,
                                     const base::Secret& value);

// True where a terminal of that name (TERM) is known to have no second screen.
[[nodiscard]] bool has_no_second_screen(std::string_view terminal_name) noexcept;

}  // namespace rekey::cli
