#include "discovery/report/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/html.h"
#include "discovery/report/layers_text.h"

namespace rekey::discovery {
namespace {

using base::escape_html;

// Everything is in the page: nothing may be loaded or run.
constexpr std::string_view kPolicy = "default-src 'none'; style-src 'unsafe-inline'";
constexpr std::string_view kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:80em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.3em .8em;border-bottom:1px solid #ccc;vertical-align:top}"
    "code{font-size:90%;overflow-wrap:anywhere}.bad{color:#a00}.good{color:#060}.faint{color:#666}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}.bad{color:#f88}"
    ".good{color:#8d8}.faint{color:#999}th,td{border-color:#444}}";

std::string code(std::string_view text) {
  return text.empty() ? std::string("–") : fmt::format("<code>{}</code>", escape_html(text));
}

std::string state_of(const Finding& finding) {
  if (finding.allowed) {
    return fmt::format("<span class=\"faint\">allowed: {}</span>", escape_html(*finding.allowed));
  }
  if (finding.is_known) return "<span class=\"faint\">known</span>";
  return fmt::format("<span class=\"bad\">{}</span>", name_of(finding.confidence));
}

std::string verdict_of(const Finding& finding) {
  if (!finding.verification) return {};
  const Verification& verification = *finding.verification;
  const bool is_accepted = verification.verdict == Verdict::kAccepted;
  return fmt::format("<br><span class=\"{}\">{}{}{}{}{}</span>", is_accepted ? "bad" : "faint",
                     words_of(verification.verdict), verification.at.empty() ? "" : " at ",
                     escape_html(verification.at), verification.detail.empty() ? "" : ": ",
                     escape_html(verification.detail));
}

std::string where_of(const Finding& finding) {
  std::string where = code(fmt::format("{}:{}", describe(finding.place), finding.line));
  if (finding.place.revision && !finding.place.revision->commit.empty()) {
    where += fmt::format("<br><span class=\"faint\">{} by {}, {}</span>",
                         escape_html(finding.place.revision->commit),
                         escape_html(finding.place.revision->author),
                         escape_html(finding.place.revision->authored));
  }
  return where;
}

std::string row_of(const Finding& finding) {
  const std::string rewrite = finding.not_rewritable.empty()
                                  ? "<span class=\"good\">the sink file</span>"
                                  : escape_html(finding.not_rewritable);
  return fmt::format(
      "<tr><td>{}</td><td>{}</td><td>{} {}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
      "<td>{}{}</td></tr>\n",
      where_of(finding), escape_html(finding.detector->title),
      finding.shown.empty() ? "" : code(finding.shown + "…"),
      code(base::display(finding.fingerprint)), code(finding.key_path),
      finding.layers.empty() ? "–" : layers_text(finding.layers), escape_html(finding.owner),
      rewrite, state_of(finding), verdict_of(finding));
}

std::string coverage_of(const Certificate& certificate) {
  std::string html = fmt::format(
      "<h2>What was read</h2>\n<p>{} of {} files, {} bytes. <b class=\"{}\">{}</b></p>\n",
      certificate.files_read, certificate.files_expected, certificate.bytes_read,
      certificate.is_complete() ? "good" : "bad",
      certificate.is_complete() ? "Everything was read."
                                : "Not everything was read: this is no proof of absence.");
  if (!certificate.left_out.empty()) html += "<p>Left out:</p>\n<ul>\n";
  for (const auto& [reason, count] : certificate.left_out) {
    html += fmt::format("<li>{} {}", count, name_of(reason));
    for (const std::string& example : certificate.left_out_examples.at(reason)) {
      html += " " + code(example);
    }
    html += "</li>\n";
  }
  if (!certificate.left_out.empty()) html += "</ul>\n";
  if (!certificate.problems.empty()) html += "<p>Not read:</p>\n<ul>\n";
  for (const Problem& problem : certificate.problems) {
    html += fmt::format("<li>{}: {} ({})</li>\n", code(problem.where), escape_html(problem.detail),
                        name_of(problem.reason));
  }
  if (!certificate.problems.empty()) html += "</ul>\n";
  return html;
}

}  // namespace

std::string html_of(std::span<const Finding> findings, const Certificate& certificate) {
  const auto found = std::count_if(findings.begin(), findings.end(), counts);
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" "
      "content=\"noindex\">\n<title>Where secrets stand</title>\n<style>{}</style>\n</head>\n"
      "<body>\n<h1>Where secrets stand</h1>\n<p>Found: {}. No value is shown; equal fingerprints "
      "are equal values.</p>\n",
      kPolicy, kStyle, found);
  html +=
      "<table>\n<tr><th>Where</th><th>What</th><th>Value</th><th>Key</th><th>Encoded</th>"
      "<th>Owner</th><th>Rewritten by</th><th>Sure</th></tr>\n";
  for (const Finding& finding : findings) {
    if (is_sensitive(finding.detector->role)) html += row_of(finding);
  }
  html += "</table>\n" + coverage_of(certificate) + "</body>\n</html>\n";
  return html;
}

}  // namespace rekey::discovery
