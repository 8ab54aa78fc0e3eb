// rekey: wires the system's clock, files and streams to the command that was asked for.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/command_table.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/parser.h"
#include "platform/process.h"

namespace {

using namespace rekey;

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

// Used by the build only: `rekey generate-documentation FOLDER` writes man pages and completions.
int generate_documentation(const std::string& folder) {
  namespace fs = std::filesystem;
  fs::create_directories(fs::path(folder) / "man");
  fs::create_directories(fs::path(folder) / "completions");
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(fs::path(folder) / name, std::ios::binary) << text;
  };
  write("man/rekey.1", cli::main_man_page());
  for (const auto& command : cli::commands()) {
    write("man/" + cli::man_page_name(command) + ".1", cli::man_page(command));
  }
  write("completions/rekey.bash", cli::bash_completion());
  write("completions/_rekey", cli::zsh_completion());
  return cli::kExitOk;
}

int report(const cli::Context& context, const base::Error& error) {
  std::string text = "rekey: ";
  const auto detail = cli::printable(cli::complete_commands(error.detail, context.target));
  for (const char c : detail) {
    text += c;
    if (c == '\n') text += "       ";
  }
  text += '\n';
  std::fwrite(text.data(), 1, text.size(), context.err);
  return cli::exit_code_of(error.code);
}

int run(const std::vector<std::string>& words) {
  platform::SystemClock clock;
  platform::SystemFiles files;
  cli::Context context{
      clock,  files,  environment_variable,
      stdout, stderr, ::isatty(STDOUT_FILENO) == 1 && !environment_variable("NO_COLOR")};
  if (words.size() == 2 && words[0] == "generate-documentation") {
    return generate_documentation(words[1]);
  }
  const auto parsed = cli::parse_command_line(words);
  if (!parsed) return report(context, parsed.error());
  if (const auto* answer = std::get_if<cli::Answer>(&*parsed)) {
    std::fwrite(answer->text.data(), 1, answer->text.size(), stdout);
    return cli::kExitOk;
  }
  const auto& invocation = std::get<cli::Invocation>(*parsed);
  const auto code = invocation.command->run(context, invocation.arguments);
  if (!code) return report(context, code.error());
  if (std::fflush(stdout) != 0) {
    return report(context, {base::Code::kIo, "standard output could not be written"});
  }
  return *code;
}

}  // namespace

int main(int argc, char** argv) {
  platform::forbid_core_dumps();
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    const auto text = fmt::format("rekey: an internal error: {}\n", cli::printable(problem.what()));
    std::fwrite(text.data(), 1, text.size(), stderr);
    return cli::kExitFailed;
  }
}
