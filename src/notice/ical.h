// End dates as a calendar (RFC 5545): PURE text, for a file to import or a feed to subscribe to.
//
// A secret is an event of the whole day (in UTC) on which it ends. Its UID is its subject's id, so
// that a calendar that reads again moves the event and makes no second one.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "notice/schedule.h"
#include "notice/subject.h"
#include "platform/files.h"

namespace rekey::notice {

struct CalendarOptions {
  std::string name = "Secrets that end";
  // Makes the UIDs this calendar's own: a host name.
  std::string domain = "rekey.invalid";
  // Alarms, in days before the end; 0 and doubles are left out.
  std::vector<int> alarm_days{30, 7, 1};
};

// One VEVENT for each subject of kind kSecret whose end lies before the far future; the rest is
// left out. DTSTAMP is `now`. Lines end in CRLF and are folded at 75 octets (section 3.1). The same
// arguments give the same bytes.
[[nodiscard]] std::string to_calendar(std::span<const Subject> subjects,
                                      const CalendarOptions& options, base::Instant now);

// Replaces the feed's file in one step, readable by this user only unless it exists with another
// mode.
[[nodiscard]] base::Status write_calendar(platform::Files& files, const std::string& path,
                                          std::string_view calendar);

// Escaped as a TEXT value (section 3.3.11); for tests.
[[nodiscard]] std::string escape_calendar_text(std::string_view text);

}  // namespace rekey::notice
