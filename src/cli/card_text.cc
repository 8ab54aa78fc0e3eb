#include "cli/card_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cli/output.h"

namespace rekey::cli {
namespace {

constexpr std::size_t kNarrowest = 40;

// `lead` stands in front of the first line; the others are indented as far.
std::string item(std::string_view lead, std::string_view text, std::size_t width) {
  std::string lines = wrapped(text, lead.size(), width);
  return lines.replace(0, lead.size(), lead);
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

// The same, with what stands between two backticks as a code span: a command is copied from there
// as it is.
std::string to_markdown_text(std::string_view text) {
  if (std::count(text.begin(), text.end(), '`') % 2 != 0) return escape_markdown(text);
  std::string out;
  for (bool is_code = false;; is_code = !is_code) {
    const auto end = std::min(text.find('`'), text.size());
    const auto part = text.substr(0, end);
    out += is_code ? fmt::format("`{}`", part) : escape_markdown(part);
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

// What has no blanks, such as an id or an address, is copied from the ticket: as a code span.
std::string fact_cell(std::string_view value) {
  const bool is_token = !value.empty() && value.find_first_of(" `|") == std::string_view::npos;
  return is_token ? fmt::format("`{}`", value) : escape_markdown(value);
}

}  // namespace

std::string to_terminal_text(const rotation::Card& card, std::size_t columns) {
  const std::size_t width = std::max(columns, kNarrowest);
  std::string out = fmt::format("{}\n{}\n\n", card.title, std::string(card.title.size(), '='));
  if (!card.why.empty()) out += wrapped(card.why, 0, width) + '\n';
  std::size_t widest = 0;
  for (const auto& fact : card.facts) widest = std::max(widest, fact.first.size());
  for (const auto& fact : card.facts) {
    out += fmt::format("  {:<{}}  {}\n", fact.first, widest, fact.second);
  }
  if (!card.facts.empty()) out += '\n';
  int number = 0;
  for (const std::string& step : card.steps) {
    out += item(fmt::format(" {:>2}. ", ++number), step, width);
  }
  if (!card.stops.empty()) {
    out += "\nSTOP, and change nothing, if\n";
    for (const std::string& stop : card.stops) out += item("  -  ", stop, width);
  }
  if (!card.way_back.empty()) out += '\n' + item("Way back: ", card.way_back, width);
  return out;
}

std::string to_markdown(const rotation::Card& card) {
  std::string out = fmt::format("# {}\n\n", escape_markdown(card.title));
  if (!card.why.empty()) out += to_markdown_text(card.why) + "\n\n";
  if (!card.facts.empty()) out += "| what to see | |\n|---|---|\n";
  for (const auto& fact : card.facts) {
    out += fmt::format("| {} | {} |\n", escape_markdown(fact.first), fact_cell(fact.second));
  }
  out += '\n';
  int number = 0;
  for (const std::string& step : card.steps) {
    out += fmt::format("{}. [ ] {}\n", ++number, to_markdown_text(step));
  }
  if (!card.stops.empty()) {
    out += "\n**STOP, and change nothing, if**\n\n";
    for (const std::string& stop : card.stops) out += fmt::format("- {}\n", to_markdown_text(stop));
  }
  if (!card.way_back.empty()) {
    out += fmt::format("\n**Way back:** {}\n", to_markdown_text(card.way_back));
  }
  return out;
}

intake::Card to_page_card(const rotation::Card& card) {
  return {card.title, card.why, card.facts, card.steps, card.stops, card.way_back};
}

}  // namespace rekey::cli
