// Help texts, man pages and shell completions, all made from the command table.
#pragma once

#include <string>
#include <string_view>

#include "cli/command_table.h"

namespace rekey::cli {

// `rekey --help`: every command in one line each.
[[nodiscard]] std::string overview();
// `rekey package --help`.
[[nodiscard]] std::string group_help(std::string_view group);
// `rekey package create --help`.
[[nodiscard]] std::string command_help(const CommandSpec& command);

// man(7) source: rekey(1), or the page of one command, rekey-package-create(1).
[[nodiscard]] std::string main_man_page();
[[nodiscard]] std::string man_page(const CommandSpec& command);
[[nodiscard]] std::string man_page_name(const CommandSpec& command);

[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();

}  // namespace rekey::cli
