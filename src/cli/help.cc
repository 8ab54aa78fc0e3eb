#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.h"

namespace rekey::cli {
namespace {

constexpr std::size_t kWidth = 88;

std::string usage_of(const CommandSpec& command) {
  std::string usage = fmt::format("rekey {}", command.name);
  for (const auto& argument : command.arguments) {
    const auto name =
        argument.is_repeated ? fmt::format("{}...", argument.name) : std::string(argument.name);
    usage += argument.is_required ? " " + name : fmt::format(" [{}]", name);
  }
  if (!command.options.empty()) usage += " [OPTION]...";
  return usage;
}

std::string option_head(const OptionSpec& option) {
  const auto names = option.letter == '\0' ? std::string(option.name)
                                           : fmt::format("-{}, {}", option.letter, option.name);
  return option.value.empty() ? names : fmt::format("{} {}", names, option.value);
}

// Two aligned columns.
std::string rows(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t width = 0;
  for (const auto& [left, right] : pairs) width = std::max(width, left.size());
  std::string text;
  for (const auto& [left, right] : pairs) text += fmt::format("  {:<{}}  {}\n", left, width, right);
  return text;
}

// In man(7) source a backslash, and a dot or quote that begins a line, mean something.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  if (escaped.starts_with('.') || escaped.starts_with('\'')) escaped.insert(0, "\\&");
  return escaped;
}

std::string man_head(std::string_view name, std::string_view summary) {
  return fmt::format(".TH \"{}\" 1 \"\" \"rekey {}\" \"Rekey\"\n.SH NAME\n{} \\- {}\n", roff(name),
                     REKEY_VERSION, roff(name), roff(summary));
}

std::string second_words_of(std::string_view group) {
  std::string words;
  for (const auto& command : commands()) {
    if (command.name.starts_with(std::string(group) + " ")) {
      if (!words.empty()) words += ' ';
      words += command.name.substr(group.size() + 1);
    }
  }
  return words;
}

std::string first_words() {
  std::string words;
  std::string last;
  for (const auto& command : commands()) {
    const auto word = std::string(command.name.substr(0, command.name.find(' ')));
    if (word == last) continue;
    if (!words.empty()) words += ' ';
    words += word;
    last = word;
  }
  return words + " help";
}

}  // namespace

std::string overview() {
  std::string text =
      "rekey gives every client secret an end date, and replaces it everywhere before that day.\n\n"
      "Usage: rekey COMMAND [OPTION]...\n\nCommands:\n";
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& command : commands()) {
    pairs.emplace_back(command.name, command.summary);
  }
  text += rows(pairs);
  return text + "\n`rekey COMMAND --help` tells more. `rekey --version` prints the version.\n";
}

std::string group_help(std::string_view group) {
  std::string text;
  for (const auto& spec : groups()) {
    if (spec.name == group) text = fmt::format("rekey {}: {}\n\nCommands:\n", group, spec.summary);
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& command : commands()) {
    if (command.name.starts_with(std::string(group) + " ")) {
      pairs.emplace_back(command.name, command.summary);
    }
  }
  return text + rows(pairs);
}

std::string command_help(const CommandSpec& command) {
  std::string text =
      fmt::format("{}: {}\n\nUsage: {}\n", command.name, command.summary, usage_of(command));
  if (!command.description.empty()) text += "\n" + wrapped(command.description, 0, kWidth);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& argument : command.arguments) pairs.emplace_back(argument.name, argument.help);
  if (!pairs.empty()) text += "\nArguments:\n" + rows(pairs);
  pairs.clear();
  for (const auto& option : command.options) pairs.emplace_back(option_head(option), option.help);
  if (!pairs.empty()) text += "\nOptions:\n" + rows(pairs);
  for (std::size_t i = 0; i < command.examples.size(); ++i) {
    text += fmt::format("{}  {}\n", i == 0 ? "\nExamples:\n" : "", command.examples[i]);
  }
  return text;
}

std::string man_page_name(const CommandSpec& command) {
  std::string name = fmt::format("rekey-{}", command.name);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string main_man_page() {
  auto text = man_head("rekey", "client secrets that end, replaced everywhere in time");
  text += ".SH SYNOPSIS\n.B rekey\n.I COMMAND\n[\\fIOPTION\\fR]...\n.SH DESCRIPTION\n";
  text += roff(
      "Gives every OAuth client secret an end date, and replaces it everywhere before that day "
      "without one refused request.");
  text += "\n.SH COMMANDS\n";
  for (const auto& command : commands()) {
    text +=
        fmt::format(".TP\n.BR {} (1)\n{}\n", roff(man_page_name(command)), roff(command.summary));
  }
  text +=
      ".SH ENVIRONMENT\n.TP\n.B REKEY_SERVER\nThe server, where no option gives it.\n"
      ".TP\n.B REKEY_CREDENTIAL\nThe admin credential file, where no option gives it.\n"
      ".TP\n.B NO_COLOR\nNo colours, whatever its value.\n"
      ".SH EXIT STATUS\n0 done; 1 failed; 2 wrong command line or configuration; 3 done, and "
      "somebody has to act; 4 a rule forbids it; 5 the server or a file is away, try again; "
      "130 stopped by Ctrl-C or a no to its question; 143 stopped by SIGTERM.\n";
  return text;
}

std::string man_page(const CommandSpec& command) {
  auto text = man_head(man_page_name(command), command.summary);
  text += fmt::format(".SH SYNOPSIS\n.B {}\n", roff(usage_of(command)));
  text += fmt::format(".SH DESCRIPTION\n{}\n",
                      roff(command.description.empty() ? command.summary : command.description));
  if (!command.arguments.empty()) text += ".SH ARGUMENTS\n";
  for (const auto& argument : command.arguments) {
    text += fmt::format(".TP\n.I {}\n{}\n", roff(argument.name), roff(argument.help));
  }
  if (!command.options.empty()) text += ".SH OPTIONS\n";
  for (const auto& option : command.options) {
    text += fmt::format(".TP\n.B {}\n{}\n", roff(option_head(option)), roff(option.help));
  }
  if (!command.examples.empty()) text += ".SH EXAMPLES\n";
  for (const auto& example : command.examples) text += fmt::format(".nf\n{}\n.fi\n", roff(example));
  return text + ".SH SEE ALSO\n.BR rekey (1)\n";
}

std::string bash_completion() {
  std::string text =
      "# bash completion for rekey, made from its command table\n"
      "_rekey() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  local first=\"${COMP_WORDS[1]}\" second=\"${COMP_WORDS[2]}\" options=\"\"\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  text += fmt::format("    COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return\n  fi\n",
                      first_words());
  text += "  if [ \"$COMP_CWORD\" -eq 2 ]; then\n    case \"$first\" in\n";
  for (const auto& group : groups()) {
    text += fmt::format("      {}) COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return ;;\n",
                        group.name, second_words_of(group.name));
  }
  text += "    esac\n  fi\n  case \"$previous\" in\n";
  std::vector<std::string> files;
  std::vector<std::string> folders;
  for (const auto& command : commands()) {
    for (const auto& option : command.options) {
      auto& list = option.completes == Completes::kFolder ? folders : files;
      if (option.completes == Completes::kNothing) continue;
      for (const auto& name : names_of(option)) {
        if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
      }
    }
  }
  text += fmt::format("    {}) COMPREPLY=($(compgen -d -- \"$current\")); return ;;\n",
                      fmt::join(folders, "|"));
  text += fmt::format("    {}) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n",
                      fmt::join(files, "|"));
  text += "  esac\n  case \"$first $second\" in\n";
  for (const auto& command : commands()) {
    std::string options;
    for (const auto& option : command.options) options += fmt::format("{} ", option.name);
    const bool is_grouped = command.name.find(' ') != std::string_view::npos;
    text += fmt::format("    \"{}\"{}) options=\"{}--help\" ;;\n", command.name,
                        is_grouped ? "" : "*", options);
  }
  return text +
         "  esac\n  COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n}\n"
         "complete -F _rekey rekey\n";
}

std::string zsh_completion() {
  std::string text =
      "#compdef rekey\n# zsh completion for rekey, made from its command table\n\n"
      "_rekey() {\n  local -a options\n  if (( CURRENT == 2 )); then\n";
  text += fmt::format("    compadd {}; return\n  fi\n", first_words());
  text += "  if (( CURRENT == 3 )); then\n    case $words[2] in\n";
  for (const auto& group : groups()) {
    text +=
        fmt::format("      {}) compadd {}; return ;;\n", group.name, second_words_of(group.name));
  }
  text += "    esac\n  fi\n  case \"$words[2] $words[3]\" in\n";
  const auto quoted = [](std::string_view words) {
    std::string safe;
    for (const char c : words) {
      if (c == '\'') {
        safe += "'\\''";
      } else if (c == '[' || c == ']' || c == ':') {
        safe += '\\';
        safe += c;
      } else {
        safe += c;
      }
    }
    return safe;
  };
  for (const auto& command : commands()) {
    const bool is_grouped = command.name.find(' ') != std::string_view::npos;
    text += fmt::format("    \"{}\"{}) options=(", command.name, is_grouped ? "" : "*");
    for (const auto& option : command.options) {
      const std::string_view action = option.completes == Completes::kFile     ? "_files"
                                      : option.completes == Completes::kFolder ? "_files -/"
                                                                               : " ";
      text += option.value.empty() ? fmt::format("'{}[{}]' ", option.name, quoted(option.help))
                                   : fmt::format("'{}[{}]:{}:{}' ", option.name,
                                                 quoted(option.help), quoted(option.value), action);
    }
    text += ") ;;\n";
  }
  return text + "  esac\n  _arguments $options '*:: :_files'\n}\n\n_rekey \"$@\"\n";
}

}  // namespace rekey::cli
