#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/html.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "rotation/report/audit_document.h"
#include "rotation/report/report_style.h"

namespace rekey::rotation {
namespace {

using base::escape_html;

constexpr std::size_t kLongRows = 25;
constexpr std::size_t kLongCodeBytes = 40;

std::string_view class_of(AuditTone tone) {
  switch (tone) {
    case AuditTone::kGood:
      return "good";
    case AuditTone::kWarning:
      return "warning";
    case AuditTone::kBad:
      return "bad";
    case AuditTone::kPlain:
      break;
  }
  return "";
}

bool is_time(std::string_view text) {
  return text.size() == std::string_view("2026-11-28 23:48:49").size() &&
         text.find_first_not_of("0123456789-: ") == std::string_view::npos;
}

std::string cell_html(const AuditCell& cell) {
  std::string text = escape_html(cell.text);
  if (cell.is_code) {
    text = fmt::format("<code{}>{}</code>",
                       cell.text.size() > kLongCodeBytes ? " class=\"long\"" : "", text);
  }
  if (is_time(cell.text)) text = fmt::format("<span class=\"time\">{}</span>", text);
  if (cell.tone == AuditTone::kPlain) return text;
  return fmt::format("<span class=\"{}\">{}</span>", class_of(cell.tone), text);
}

std::string table_html(const AuditSection& section) {
  std::string out = "<div class=\"scroll\"><table>\n<thead><tr>";
  for (const std::string& column : section.columns) {
    out += fmt::format("<th scope=\"col\">{}</th>", escape_html(column));
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : section.rows) {
    out += "<tr>";
    for (const AuditCell& cell : row) out += fmt::format("<td>{}</td>", cell_html(cell));
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table></div>\n";
}

std::string legend_html() {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kColours{{
      {"prepare", "staged, settling, proven"},
      {"move", "moving consumers"},
      {"watch", "observing, gate"},
      {"act", "activating"},
      {"retire", "retiring"},
      {"stop", "stopped"},
      {"back", "going back"},
      {"idle", "on the old secret"},
      {"moving", "written, not yet reloaded"},
      {"moved", "on the new secret"},
      {"undoing", "being put back"},
  }};
  std::string out = "<ul class=\"legend\">";
  for (const auto& [kind, words] : kColours) {
    out += fmt::format(
        "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{}\" width=\"10\" "
        "height=\"10\" rx=\"2\"/></svg>{}</li>",
        kind, words);
  }
  return out +
         "</ul>\n<p class=\"note\">Not to scale: the longer a phase, the more it is drawn "
         "together. "
         "Dashed: a wave that has held, the activation, each refusal of an old value.</p>\n";
}

std::string section_html(const AuditSection& section, const AuditReport& report) {
  std::string inside;
  if (!section.facts.empty()) {
    inside += "<dl>";
    for (const auto& [name, value] : section.facts) {
      inside += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(name), cell_html(value));
    }
    inside += "</dl>\n";
  }
  if (!section.note.empty()) {
    inside += fmt::format("<p class=\"note\">{}</p>\n", escape_html(section.note));
  }
  if (section.is_timeline) {
    inside += fmt::format("<div class=\"scroll\">{}</div>\n", timeline_svg(report)) + legend_html();
  } else if (!section.columns.empty()) {
    inside += table_html(section);
  }
  const std::string heading = escape_html(section.heading);
  const std::string_view kind = section.rows.size() > kLongRows ? " class=\"long\"" : "";
  if (section.is_appendix) {
    return fmt::format("<section{}><details><summary>{}</summary>\n{}</details></section>\n", kind,
                       heading, inside);
  }
  return fmt::format("<section{}><h2>{}</h2>\n{}</section>\n", kind, heading, inside);
}

}  // namespace

std::string render_html(const AuditReport& report) {
  const AuditDocument document = document_of(report);
  const std::string title = escape_html(document.title);
  // CSP level 3: nothing is run and nothing is fetched, whatever a name in the journal looks like.
  const auto policy = fmt::format("default-src 'none'; style-src 'sha256-{}'",
                                  base::base64_encode(crypto::sha256(kReportCss)));
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n<style>{}</style>\n</head>\n"
      "<body>\n<main>\n<p class=\"brand\">Rekey</p>\n<h1>{}</h1>\n"
      "<p class=\"verdict {}\"><strong>{}</strong> {}</p>\n",
      escape_html(policy), title, kReportCss, title, class_of(document.tone),
      escape_html(document.status), escape_html(document.verdict));
  for (const AuditSection& section : document.sections) out += section_html(section, report);
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace rekey::rotation
