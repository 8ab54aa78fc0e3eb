// The terminal and the person before it: how wide it is, and a yes or no.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include "cli/context.h"

namespace rekey::cli {

[[nodiscard]] bool is_terminal(std::FILE* stream) noexcept;
// 80 where the terminal does not say.
[[nodiscard]] std::size_t terminal_columns(std::FILE* stream) noexcept;
// At most `columns` characters; an ellipsis stands for what was cut off at the end.
[[nodiscard]] std::string cut_to_columns(std::string_view text, std::size_t columns);

// True where somebody can be asked: standard input and the output are a terminal.
[[nodiscard]] bool can_ask(const Context& context) noexcept;
// Prints the question and waits for a line; true for y or yes.
[[nodiscard]] bool ask(const Context& context, std::string_view question);

// From now on SIGINT and SIGTERM write `sentence` to standard error and end the program with 130 or
// 143. A signal that is ignored stays so. `sentence` must live as long as the program.
void end_on_signals_saying(std::string_view sentence) noexcept;

}  // namespace rekey::cli
