#include "cli/command_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/shell.h"
#include "cli/command_table.h"

namespace rekey::cli {
namespace {

constexpr std::string_view kProgram = "rekey ";

// "run show run-1 --json" -> the row of `run show`; nullptr where it is none.
const CommandSpec* command_in(std::string_view words) {
  const std::size_t first = std::min(words.find(' '), words.size());
  const std::size_t second = std::min(words.find(' ', first + 1), words.size());
  const CommandSpec* found = find_command(words.substr(0, second));
  return found != nullptr ? found : find_command(words.substr(0, first));
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool is_begin = at == 0 || text[at - 1] == ' ';
    if (is_begin && (end == text.size() || text[end] == ' ' || text[end] == '=')) return true;
  }
  return false;
}

// What the command lacks of one option; empty where it takes none, or has it.
std::string option_for(const CommandSpec& command, std::string_view words, std::string_view name,
                       const std::string& value) {
  if (value.empty()) return {};
  const auto option = std::find_if(command.options.begin(), command.options.end(),
                                   [&](const OptionSpec& one) { return one.name == name; });
  if (option == command.options.end()) return {};
  const auto names = names_of(*option);
  const bool is_given = std::any_of(names.begin(), names.end(),
                                    [&](const std::string& one) { return has_word(words, one); });
  return is_given ? std::string() : fmt::format(" {} {}", names.back(), base::shell_quoted(value));
}

// What stands between two backticks.
std::string completed(std::string_view code, const CommandTarget& target) {
  std::string out(code);
  if (!code.starts_with(kProgram)) return out;
  const std::string_view words = code.substr(kProgram.size());
  const CommandSpec* command = command_in(words);
  if (command == nullptr || has_word(words, "--help")) return out;
  // The scan looks at an inventory for what its runs know, and is about files without that.
  if (command->name == "scan" && !has_word(words, "--known")) return out;
  // Those are about every integration of the file.
  const bool is_about_all = has_word(words, "--due") || command->name == "run list";
  out += option_for(*command, words, "--file", target.file);
  if (!is_about_all) out += option_for(*command, words, "--integration", target.integration);
  return out;
}

}  // namespace

std::string complete_commands(std::string_view text, const CommandTarget& target) {
  const bool has_commands = text.find("`rekey ") != std::string_view::npos;
  if (!has_commands || (target.file.empty() && target.integration.empty()) ||
      std::count(text.begin(), text.end(), '`') % 2 != 0) {
    return std::string(text);
  }
  std::string out;
  for (bool is_code = false;; is_code = !is_code) {
    const auto end = std::min(text.find('`'), text.size());
    const auto part = text.substr(0, end);
    out += is_code ? completed(part, target) : std::string(part);
    if (end == text.size()) return out;
    out += '`';
    text.remove_prefix(end + 1);
  }
}

rotation::Card complete_commands(rotation::Card card, const CommandTarget& target) {
  const auto complete = [&](std::string& text) { text = complete_commands(text, target); };
  complete(card.why);
  std::for_each(card.steps.begin(), card.steps.end(), complete);
  std::for_each(card.stops.begin(), card.stops.end(), complete);
  complete(card.way_back);
  return card;
}

}  // namespace rekey::cli
