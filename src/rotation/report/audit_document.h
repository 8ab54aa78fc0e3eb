// The audit report in words: sections of facts and tables, as the page and the Markdown show them.
//
// Texts are as they were found; each renderer escapes them. Pure. For audit_report*.cc alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rotation/report/audit_report.h"

namespace rekey::rotation {

enum class AuditTone { kPlain, kGood, kWarning, kBad };

struct AuditCell {
  std::string text;
  bool is_code = false;  // an id, a fingerprint, a path
  AuditTone tone = AuditTone::kPlain;
};

struct AuditSection {
  std::string heading;
  std::string note;  // a sentence below the heading; may be empty
  std::vector<std::pair<std::string, AuditCell>> facts{};
  std::vector<std::string> columns{};  // of the table; empty: no table
  std::vector<std::vector<AuditCell>> rows{};
  bool is_timeline = false;  // the page shows a picture in place of the table
  bool is_appendix = false;  // folded up on the page
};

struct AuditDocument {
  std::string title;
  std::string status;  // a word: "closed"
  AuditTone tone = AuditTone::kPlain;
  std::string verdict;  // a sentence
  std::vector<AuditSection> sections;
};

[[nodiscard]] AuditDocument document_of(const AuditReport& report);

// "2026-11-28 23:48:49 UTC".
[[nodiscard]] std::string clock_text(base::Instant at);
// To the second from one second on: "3m20s", "450ms".
[[nodiscard]] std::string rough_duration(base::Duration duration);

// The picture: phases and consumers over time, as an SVG element that takes its colours from the
// page (page/report.css).
[[nodiscard]] std::string timeline_svg(const AuditReport& report);

}  // namespace rekey::rotation
