#include "rotation/administrator.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace rekey::rotation {
namespace {

constexpr std::size_t kNarrowest = 40;

// Breaks at spaces; every line after the first begins with `indent` spaces. A word that is longer
// than a line stands alone.
std::string wrap(std::string_view text, std::size_t columns, std::size_t indent,
                 std::size_t first_indent) {
  std::string out;
  std::size_t column = first_indent;
  bool is_first_of_line = true;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    if (!is_first_of_line && column + 1 + word.size() > columns) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
      is_first_of_line = true;
    }
    if (!is_first_of_line) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    is_first_of_line = false;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

// What Markdown would take for markup, in a text that is to be read as it stands.
std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>#|").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string to_terminal_text(const Card& card, std::size_t columns) {
  const std::size_t width = std::max(columns, kNarrowest);
  std::string out = fmt::format("{}\n{}\n\n", card.title, std::string(card.title.size(), '='));
  if (!card.why.empty()) out += wrap(card.why, width, 0, 0) + "\n\n";
  std::size_t widest = 0;
  for (const auto& fact : card.facts) widest = std::max(widest, fact.first.size());
  for (const auto& fact : card.facts) {
    out += fmt::format("  {:<{}}  {}\n", fact.first, widest, fact.second);
  }
  if (!card.facts.empty()) out += '\n';
  int number = 0;
  for (const std::string& step : card.steps) {
    const std::string mark = fmt::format(" {:>2}. ", ++number);
    out += mark + wrap(step, width, mark.size(), mark.size()) + '\n';
  }
  if (!card.stops.empty()) {
    out += "\nSTOP, and change nothing, if\n";
    for (const std::string& stop : card.stops) out += "  -  " + wrap(stop, width, 5, 5) + '\n';
  }
  if (!card.way_back.empty()) {
    constexpr std::string_view kLabel = "Way back: ";
    out +=
        fmt::format("\n{}{}\n", kLabel, wrap(card.way_back, width, kLabel.size(), kLabel.size()));
  }
  return out;
}

std::string to_markdown(const Card& card) {
  std::string out = fmt::format("# {}\n\n", escape_markdown(card.title));
  if (!card.why.empty()) out += escape_markdown(card.why) + "\n\n";
  if (!card.facts.empty()) out += "| what to see | |\n|---|---|\n";
  for (const auto& fact : card.facts) {
    out += fmt::format("| {} | {} |\n", escape_markdown(fact.first), escape_markdown(fact.second));
  }
  out += '\n';
  int number = 0;
  for (const std::string& step : card.steps) {
    out += fmt::format("{}. [ ] {}\n", ++number, escape_markdown(step));
  }
  if (!card.stops.empty()) {
    out += "\n**STOP, and change nothing, if**\n\n";
    for (const std::string& stop : card.stops) out += fmt::format("- {}\n", escape_markdown(stop));
  }
  if (!card.way_back.empty()) {
    out += fmt::format("\n**Way back:** {}\n", escape_markdown(card.way_back));
  }
  return out;
}

}  // namespace rekey::rotation
