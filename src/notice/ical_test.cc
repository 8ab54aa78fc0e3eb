#include "notice/ical.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "notice/notice_test_support.h"
#include "platform/temp_folder.h"

namespace rekey::notice {
namespace {

using std::chrono::days;

std::string unfolded(std::string text) {
  for (std::size_t at = 0; (at = text.find("\r\n ")) != std::string::npos;) text.erase(at, 3);
  return text;
}

TEST(Calendar, HasOneWholeDayForEachSecretThatEnds) {
  auto subject = secret_ending("1", kStart + days{10});
  subject.package = "Payments; north, \"A\\B\"";
  subject.contact = "Ada";
  auto endless = secret_ending("2", base::kFarFuture);
  const std::string text =
      to_calendar(std::vector{subject, endless, occasion(SubjectKind::kRunWaits, "3", kStart)},
                  {.domain = "rekey.example.org"}, kStart);
  EXPECT_EQ(unfolded(text),
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Rekey//Secrets that end//EN\r\n"
            "CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\nNAME:Secrets that end\r\n"
            "X-WR-CALNAME:Secrets that end\r\nREFRESH-INTERVAL;VALUE=DURATION:PT12H\r\n"
            "BEGIN:VEVENT\r\nUID:secret/1@rekey.example.org\r\nDTSTAMP:20261125T120000Z\r\n"
            "DTSTART;VALUE=DATE:20261205\r\n"
            "SUMMARY:A secret of \"Payments\\; north\\, \"A\\\\B\"\" ends\r\n"
            "DESCRIPTION:The secret fp:0123456789ab (client id abcdefghijklmnopqrstuvwx) ends at "
            "2026-12-05T12:00:00Z and is refused from then on.\\nNext: rekey status\\nAsk: Ada\r\n"
            "TRANSP:TRANSPARENT\r\n"
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\n"
            "DESCRIPTION:A secret of \"Payments\\; north\\, \"A\\\\B\"\" ends\r\n"
            "TRIGGER:-P1D\r\nEND:VALARM\r\n"
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\n"
            "DESCRIPTION:A secret of \"Payments\\; north\\, \"A\\\\B\"\" ends\r\n"
            "TRIGGER:-P7D\r\nEND:VALARM\r\n"
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\n"
            "DESCRIPTION:A secret of \"Payments\\; north\\, \"A\\\\B\"\" ends\r\n"
            "TRIGGER:-P30D\r\nEND:VALARM\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

TEST(Calendar, KeepsTheIdOfAnEventThatMoves) {
  const auto uid_line = [](const Subject& subject) {
    const std::string text = to_calendar(std::vector{subject}, {}, kStart);
    const std::size_t begin = text.find("UID:");
    return text.substr(begin, text.find("\r\n", begin) - begin);
  };
  EXPECT_EQ(uid_line(secret_ending("1", kStart)), uid_line(secret_ending("1", kStart + days{9})));
}

TEST(Calendar, TheFeedIsReplacedAsAWhole) {
  const platform::TempFolder folder;
  platform::SystemFiles files;
  const std::string path = folder / "secrets.ics";
  ASSERT_TRUE(write_calendar(files, path, "first"));
  ASSERT_TRUE(write_calendar(files, path, "second"));
  EXPECT_EQ(files.read(path, 100)->reveal(), "second");
}

RC_GTEST_PROP(Calendar, LinesAreFoldedAt75OctetsAndNothingBreaksOut, (const std::string& name)) {
  auto subject = secret_ending("1", kStart + days{10});
  subject.package = name + "\r\nBEGIN:VEVENT\r\n€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€";
  const std::string text = to_calendar(std::vector{subject}, {}, kStart);
  std::size_t begin = 0;
  int events = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find("\r\n", begin);
    RC_ASSERT(end != std::string::npos);
    const std::string line = text.substr(begin, end - begin);
    RC_ASSERT(line.size() <= 75U);
    RC_ASSERT(line.find('\n') == std::string::npos);
    events += line == "BEGIN:VEVENT" ? 1 : 0;
    begin = end + 2;
  }
  RC_ASSERT(events == 1);
}

}  // namespace
}  // namespace rekey::notice
