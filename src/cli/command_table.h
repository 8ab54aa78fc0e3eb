// The one table of commands: the parser, `--help`, the man pages and the shell completions are all
// made from it. One row a command, its code in the file of its group.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"

namespace rekey::cli {

// How a shell completes a value.
enum class Completes { kNothing, kFile, kFolder };

struct OptionSpec {
  std::string_view name;   // "--data"
  std::string_view value;  // "DIR"; empty for a flag
  std::string_view help;
  Completes completes = Completes::kNothing;
  char letter = '\0';  // of its short form: 'f' for "-f"
};

// "--file", and "-f" where it has a letter.
[[nodiscard]] std::vector<std::string> names_of(const OptionSpec& option);

struct ArgumentSpec {
  std::string_view name;  // "CLIENT_ID"
  std::string_view help;
  bool is_required = true;
  bool is_repeated = false;
};

// Ok holds the exit code.
using Run = base::Result<int> (*)(Context&, const Arguments&);

struct CommandSpec {
  std::string_view name;     // "package create"
  std::string_view summary;  // one line
  std::string_view description;
  std::vector<ArgumentSpec> arguments;
  std::vector<OptionSpec> options;
  std::vector<std::string_view> examples;
  Run run;
};

[[nodiscard]] const std::vector<CommandSpec>& commands();
// "package" -> "installed packages and their integrations"; for the groups' own help.
struct GroupSpec {
  std::string_view name;
  std::string_view summary;
};
[[nodiscard]] std::span<const GroupSpec> groups();
[[nodiscard]] const CommandSpec* find_command(std::string_view name);

}  // namespace rekey::cli
