#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "rotation/report/audit_document.h"

namespace rekey::rotation {
namespace {

constexpr std::size_t kWidestColumn = 60;  // wider cells stand out of their column

// What Markdown would take for markup, in a text that is to be read as it stands.
std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : base::escape_hidden(text, base::EscapeForm::kBraces)) {
    if (std::string_view("\\`*_{}[]<>#|").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// An id or a path as a code span, where it can be one.
std::string cell_text(const AuditCell& cell) {
  const std::string text = base::escape_hidden(cell.text, base::EscapeForm::kBraces);
  const bool fits = cell.is_code && !text.empty() && text.find_first_of("`|") == std::string::npos;
  return fits ? fmt::format("`{}`", text) : escape_markdown(cell.text);
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t columns = columns_of(text);
  return columns < width ? text + std::string(width - columns, ' ') : text;
}

std::string table_text(const AuditSection& section) {
  std::vector<std::vector<std::string>> rows{section.columns};
  for (const auto& row : section.rows) {
    rows.emplace_back();
    for (const AuditCell& cell : row) rows.back().push_back(cell_text(cell));
  }
  std::vector<std::size_t> widths(section.columns.size(), 3);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(columns_of(row[i]), kWidestColumn));
    }
  }
  std::string out;
  for (std::size_t line = 0; line < rows.size(); ++line) {
    for (std::size_t i = 0; i < rows[line].size(); ++i) {
      out += fmt::format("| {} ", padded(rows[line][i], widths[i]));
    }
    out += "|\n";
    if (line > 0) continue;
    for (const std::size_t width : widths) out += fmt::format("|{}", std::string(width + 2, '-'));
    out += "|\n";
  }
  return out;
}

std::string section_text(const AuditSection& section) {
  std::string out = fmt::format("\n## {}\n\n", escape_markdown(section.heading));
  for (const auto& [name, value] : section.facts) {
    out += fmt::format("- {}: {}\n", escape_markdown(name), cell_text(value));
  }
  if (!section.facts.empty()) out += '\n';
  if (!section.note.empty()) out += escape_markdown(section.note) + "\n";
  if (!section.note.empty() && !section.columns.empty()) out += '\n';
  if (!section.columns.empty()) out += table_text(section);
  return out;
}

}  // namespace

std::string render_markdown(const AuditReport& report) {
  const AuditDocument document = document_of(report);
  std::string out =
      fmt::format("# {}\n\n**{}**: {}\n", escape_markdown(document.title),
                  escape_markdown(document.status), escape_markdown(document.verdict));
  for (const AuditSection& section : document.sections) out += section_text(section);
  return out;
}

}  // namespace rekey::rotation
