#include "cli/parser.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/help.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using Parsed = std::variant<Invocation, Answer>;

bool is_group(std::string_view word) {
  return std::any_of(groups().begin(), groups().end(),
                     [&](const GroupSpec& group) { return group.name == word; });
}

// Whether the first two words are a command, though the first one alone is one too: "backup key".
bool is_command_of_two(const std::vector<std::string>& words) {
  return words.size() > 1 && find_command(words[0] + " " + words[1]) != nullptr;
}

std::vector<std::string_view> words_at(std::size_t level, std::string_view group) {
  std::vector<std::string_view> words;
  for (const auto& command : commands()) {
    const auto space = command.name.find(' ');
    if (level == 0) {
      words.push_back(command.name.substr(0, space));
    } else if (space != std::string_view::npos && command.name.substr(0, space) == group) {
      words.push_back(command.name.substr(space + 1));
    }
  }
  return words;
}

base::Error unknown_word(std::string_view word, std::size_t level, std::string_view group) {
  const auto words = words_at(level, group);
  const auto nearest = base::nearest_word(word, words);
  return {
      Code::kInvalidArgument,
      fmt::format("\"{}{}{}\" is not a command; {}`rekey --help` lists them", group,
                  group.empty() ? "" : " ", word,
                  nearest.empty() ? std::string{} : fmt::format("did you mean \"{}\"? ", nearest))};
}

// The option that "--scpoe" or "-s" may stand for; empty where none is likely.
std::string_view nearest_option(const CommandSpec& command, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& option : command.options) names.push_back(option.name);
  if (name.starts_with("--")) return base::nearest_word(name, names);
  const auto same_letter = [&](std::string_view known) {
    return name.size() > 1 && known[2] == base::to_lower(name[1]);
  };
  const auto found = std::find_if(names.begin(), names.end(), same_letter);
  return found == names.end() ? std::string_view{} : *found;
}

bool is_option_of(const CommandSpec& command, std::string_view name) {
  return std::any_of(command.options.begin(), command.options.end(), [&](const OptionSpec& option) {
    const auto names = names_of(option);
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

// A word such as "--html=page", of an option that takes no value; empty where there is none.
std::string_view flag_with_value(const CommandSpec& command,
                                 const std::vector<std::string>& words) {
  for (const std::string_view word : words) {
    const auto sign = word.find('=');
    if (sign == std::string_view::npos) continue;
    for (const auto& option : command.options) {
      if (option.value.empty() && option.name == word.substr(0, sign)) return option.name;
    }
  }
  return {};
}

// What CLI11 could not place, in this program's words. A long word is not repeated: it may be a
// value in the wrong place.
base::Error unplaced_word(const CommandSpec& command, const std::vector<std::string>& words) {
  constexpr std::size_t kLongestRepeated = 32;
  for (const auto& word : words) {
    if (word.size() < 2 || !word.starts_with('-')) continue;
    const auto name = word.substr(0, word.find('='));
    if (name.size() > kLongestRepeated || is_option_of(command, name)) continue;
    const auto likely = nearest_option(command, name);
    return {Code::kInvalidArgument,
            fmt::format("`rekey {}` has no option {}; {}see `rekey {} --help`", command.name, name,
                        likely.empty() ? std::string{} : fmt::format("did you mean {}? ", likely),
                        command.name)};
  }
  const auto shown = words.empty() || words.front().size() > kLongestRepeated
                         ? std::string("one more word")
                         : fmt::format("\"{}\"", words.front());
  return {
      Code::kInvalidArgument,
      fmt::format("`rekey {0}` does not take {1}; see `rekey {0} --help`", command.name, shown)};
}

// The options of one command as CLI11 sees them.
base::Result<Arguments> parse_options(const CommandSpec& command,
                                      const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, std::vector<std::string>> positional;
  std::map<std::string, bool> flags;
  for (const auto& option : command.options) {
    const std::string name(option.name);
    const auto names = fmt::format("{}", fmt::join(names_of(option), ","));
    if (option.value.empty()) {
      app.add_flag(names, flags[name]);
    } else {
      // One word each time that it is given: the next may be an argument.
      app.add_option(names, values[name])->expected(1)->take_all()->allow_extra_args(false);
    }
  }
  for (const auto& argument : command.arguments) {
    const std::string name(argument.name);
    auto* option = app.add_option(name, positional[name]);
    option->expected(1, argument.is_repeated ? 64 : 1);
    option->allow_extra_args(argument.is_repeated);
    if (argument.is_required) option->required();
  }
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // as CLI11 takes them
  try {
    app.parse(reversed);
  } catch (const CLI::ExtrasError&) {
    return tl::unexpected(unplaced_word(command, app.remaining()));
  } catch (const CLI::ParseError& problem) {
    for (const auto& word : words) {
      if (!word.starts_with("--") || is_option_of(command, word.substr(0, word.find('='))))
        continue;
      return tl::unexpected(unplaced_word(command, {word}));
    }
    if (const auto flag = flag_with_value(command, words); !flag.empty()) {
      return fail(Code::kInvalidArgument,
                  fmt::format("{} takes no value: leave out what stands behind it; see `rekey {} "
                              "--help`",
                              flag, command.name));
    }
    return fail(Code::kInvalidArgument,
                fmt::format("{}; see `rekey {} --help`", problem.what(), command.name));
  }
  Arguments arguments;
  for (auto& [name, list] : values) {
    if (!list.empty()) arguments.options[name] = std::move(list);
  }
  for (const auto& [name, is_given] : flags) {
    if (is_given) arguments.options[name] = {};
  }
  for (auto& [name, list] : positional) arguments.positional[name] = std::move(list);
  return arguments;
}

// What is no text could only be guessed at, and would be stored as something else.
base::Status check_utf8(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (base::is_valid_utf8(words[i])) continue;
    return fail(Code::kInvalidArgument,
                fmt::format("word {} of the command line{} is not valid UTF-8; type it again in a "
                            "terminal that is set to UTF-8",
                            i + 1, i == 0 ? "" : fmt::format(", after {},", words[i - 1])));
  }
  return {};
}

base::Result<Parsed> help_for(const std::vector<std::string>& words) {
  if (words.empty()) return Answer{overview()};
  if (words.size() == 1 && is_group(words[0])) return Answer{group_help(words[0])};
  const bool is_of_two = is_command_of_two(words) || (words.size() > 1 && is_group(words[0]));
  const auto name = is_of_two ? words[0] + " " + words[1] : words[0];
  if (const auto* command = find_command(name)) return Answer{command_help(*command)};
  return tl::unexpected(
      unknown_word(words.back(), words.size() - 1, words.size() > 1 ? words[0] : std::string{}));
}

}  // namespace

base::Result<Parsed> parse_command_line(const std::vector<std::string>& words) {
  REKEY_CHECK(check_utf8(words));
  if (words.empty() || words[0] == "--help" || words[0] == "-h") return Answer{overview()};
  if (words[0] == "--version") return Answer{fmt::format("rekey {}\n", REKEY_VERSION)};
  if (words[0] == "help") return help_for({words.begin() + 1, words.end()});
  std::string name = words[0];
  std::size_t used = 1;
  if (is_group(words[0])) {
    if (words.size() == 1 || words[1] == "--help" || words[1] == "-h") {
      return Answer{group_help(words[0])};
    }
    name += " " + words[1];
    used = 2;
  } else if (is_command_of_two(words)) {
    name += " " + words[1];
    used = 2;
  }
  const auto* command = find_command(name);
  if (command == nullptr) {
    return tl::unexpected(unknown_word(words[used - 1], used - 1, used == 2 ? words[0] : ""));
  }
  const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(used),
                                      words.end());
  for (const auto& word : rest) {
    if (word == "--") break;
    if (word == "--help" || word == "-h") return Answer{command_help(*command)};
  }
  REKEY_TRY(auto arguments, parse_options(*command, rest));
  return Invocation{command, std::move(arguments)};
}

}  // namespace rekey::cli
