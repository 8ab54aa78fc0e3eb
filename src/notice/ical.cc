#include "notice/ical.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "notice/wording.h"

namespace rekey::notice {
namespace {

using base::Instant;

constexpr std::size_t kMostOctets = 75;
// For a web server to serve: end dates and names, no secret.
constexpr mode_t kFileMode = 0644;

bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// One content line, folded without cutting a character.
void add_line(std::string& out, std::string_view line) {
  std::size_t room = kMostOctets;
  while (line.size() > room) {
    std::size_t size = room;
    while (size > 1 && is_continuation(line[size])) --size;
    out.append(line.substr(0, size)).append("\r\n ");
    line.remove_prefix(size);
    room = kMostOctets - 1;
  }
  out.append(line).append("\r\n");
}

void add_text(std::string& out, std::string_view name, std::string_view text) {
  add_line(out, fmt::format("{}:{}", name, escape_calendar_text(text)));
}

std::string date_of(Instant at) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(at)};
  return fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string stamp_of(Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
  return fmt::format("{}T{:02}{:02}{:02}Z", date_of(at), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string summary_of(const Subject& subject) {
  const std::string whose = clean_text(!subject.package.empty()     ? subject.package
                                       : !subject.client_id.empty() ? subject.client_id
                                                                    : subject.id);
  return fmt::format("A secret of \"{}\" ends", whose);
}

std::string description_of(const Subject& subject) {
  std::string text = "The secret";
  if (!subject.secret.empty()) text += " " + clean_text(subject.secret);
  if (!subject.client_id.empty())
    text += fmt::format(" (client id {})", clean_text(subject.client_id));
  text += fmt::format(" ends at {} and is refused from then on.", base::format_instant(subject.at));
  if (!subject.detail.empty()) text += " " + clean_text(subject.detail, kMaxLongTextBytes);
  Item item;
  item.command = clean_text(subject.command, kMaxLongTextBytes);
  text += "\nNext: " + command_of(item);
  if (!subject.contact.empty()) text += "\nAsk: " + clean_text(subject.contact);
  if (!subject.link.empty()) text += "\nMore: " + clean_text(subject.link);
  return text;
}

void add_alarm(std::string& out, int days_before, std::string_view summary) {
  add_line(out, "BEGIN:VALARM");
  add_line(out, "ACTION:DISPLAY");
  add_text(out, "DESCRIPTION", summary);
  add_line(out, fmt::format("TRIGGER:-P{}D", days_before));
  add_line(out, "END:VALARM");
}

void add_event(std::string& out, const Subject& subject, const CalendarOptions& options,
               Instant now) {
  const std::string summary = summary_of(subject);
  add_line(out, "BEGIN:VEVENT");
  add_text(out, "UID", fmt::format("{}@{}", subject.id, options.domain));
  add_line(out, "DTSTAMP:" + stamp_of(now));
  add_line(out, "DTSTART;VALUE=DATE:" + date_of(subject.at));
  add_text(out, "SUMMARY", summary);
  add_text(out, "DESCRIPTION", description_of(subject));
  // An end date takes nobody's time.
  add_line(out, "TRANSP:TRANSPARENT");
  std::vector<int> days = options.alarm_days;
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  for (const int day : days) {
    if (day > 0) add_alarm(out, day, summary);
  }
  add_line(out, "END:VEVENT");
}

}  // namespace

std::string escape_calendar_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || c == ';' || c == ',') {
      out += '\\';
      out += c;
    } else {
      const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      out += is_control ? ' ' : c;
    }
  }
  return out;
}

std::string to_calendar(std::span<const Subject> subjects, const CalendarOptions& options,
                        Instant now) {
  std::string out;
  add_line(out, "BEGIN:VCALENDAR");
  add_line(out, "VERSION:2.0");
  add_line(out, "PRODID:-//Rekey//Secrets that end//EN");
  add_line(out, "CALSCALE:GREGORIAN");
  add_line(out, "METHOD:PUBLISH");
  add_text(out, "NAME", options.name);
  add_text(out, "X-WR-CALNAME", options.name);
  add_line(out, "REFRESH-INTERVAL;VALUE=DURATION:PT12H");
  std::set<std::string_view> written;
  for (const Subject& subject : subjects) {
    if (subject.kind != SubjectKind::kSecret || subject.at >= base::kFarFuture) continue;
    // A UID is there once, or a calendar takes the file for broken.
    if (!written.insert(subject.id).second) continue;
    add_event(out, subject, options, now);
  }
  add_line(out, "END:VCALENDAR");
  return out;
}

base::Status write_calendar(platform::Files& files, const std::string& path,
                            std::string_view calendar) {
  const auto written = files.replace(path, calendar, kFileMode);
  if (written || written.error().code != base::Code::kNotFound) return written;
  // A folder that is away, and not a thing that somebody asked about.
  return base::fail(
      base::Code::kUnavailable,
      fmt::format("{} cannot be written: {}; make its folder first", path, written.error().detail));
}

}  // namespace rekey::notice
