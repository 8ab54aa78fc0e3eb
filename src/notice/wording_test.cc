#include "notice/wording.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "notice/notice_test_support.h"

namespace rekey::notice {
namespace {

using std::chrono::days;

Item item_of(const Subject& subject, base::Instant now) {
  const std::vector<Subject> subjects{subject};
  const auto due = due_now(
      subjects, [](std::string_view) { return false; }, Rules{}, now);
  return make_item(due.at(0), subject);
}

TEST(Wording, SaysWhatEndsWhenWhatToDoAndWhomToAsk) {
  auto subject = secret_ending("1", kStart + days{29});
  subject.command = "rekey rotate --due";
  subject.contact = "Ada, ext. 12";
  const Item item = item_of(subject, kStart);
  EXPECT_EQ(title_of(item, kStart), "A secret of \"Payments\" ends in 29 days");
  EXPECT_EQ(text_of(item, kStart),
            "The secret fp:0123456789ab of the package \"Payments\" (client id "
            "abcdefghijklmnopqrstuvwx) ends at 2026-12-24T12:00:00Z (in 29 days) and is refused "
            "from then on.");
  const std::string text = mail_text({false, {item}}, kStart);
  EXPECT_NE(text.find("Next: rekey rotate --due\nAsk:  Ada, ext. 12\n"), std::string::npos) << text;
  EXPECT_NE(text.find("As of 2026-11-25T12:00:00Z."), std::string::npos);
}

TEST(Wording, EveryKindHasATitleATextAndACommand) {
  for (const SubjectKind kind :
       {SubjectKind::kSecret, SubjectKind::kSupersededInUse, SubjectKind::kRunWaits,
        SubjectKind::kRunParked, SubjectKind::kCutTooEarly, SubjectKind::kWatcherSilent,
        SubjectKind::kUnread, SubjectKind::kNoSecretWorks, SubjectKind::kUndelivered,
        SubjectKind::kStagedEnded, SubjectKind::kLeaked}) {
    const Item item = item_of(occasion(kind, "1", kStart), kStart);
    EXPECT_GT(title_of(item, kStart).size(), 10U) << name_of(kind);
    EXPECT_GT(text_of(item, kStart).size(), 40U) << name_of(kind);
    EXPECT_FALSE(command_of(item).empty()) << name_of(kind);
    EXPECT_EQ(parse_subject_kind(name_of(kind)).value(), kind);
  }
}

TEST(Wording, AnExpiredAndADormantSecretAreToldApart) {
  auto subject = secret_ending("1", kStart - days{2});
  EXPECT_EQ(title_of(item_of(subject, kStart), kStart), "A secret of \"Payments\" has expired");
  subject.at = kStart + days{200};
  subject.dormant_at = kStart + days{20};
  EXPECT_EQ(title_of(item_of(subject, kStart), kStart),
            "An unused secret of \"Payments\" goes dormant in 20 days");
}

TEST(Wording, TheMailsHtmlIsOneColumnThatLoadsNothing) {
  auto subject = secret_ending("1", kStart + days{29});
  subject.link = "javascript:alert(1)";
  const std::string html = mail_html({false, {item_of(subject, kStart)}}, kStart);
  EXPECT_NE(html.find("width=device-width"), std::string::npos);
  EXPECT_NE(html.find("max-width:600px"), std::string::npos);
  for (const std::string part :
       {"<img", "src=", "url(", "<script", "<link", "<table", "javascript:", "http://"}) {
    EXPECT_EQ(html.find(part), std::string::npos) << part;
  }
}

TEST(Texts, AreCutBetweenCharactersAndLoseControls) {
  EXPECT_EQ(clean_text("a\r\nb\x7f"), "a  b ");
  EXPECT_EQ(clean_text("ab€", 4), "a…");
  EXPECT_EQ(clean_text("€€€", 8), "€…") << "not in the middle of a character";
  EXPECT_EQ(clean_text("ab€", 5), "ab€");
  EXPECT_EQ(clean_text("abcd", 2), "ab") << "no room for an ellipsis";
}

RC_GTEST_PROP(Texts, OfStrangersNeverBecomeMarkup, (const std::string& text)) {
  auto subject = secret_ending("1", kStart + days{29});
  subject.package = "<b onclick='x'>" + text;
  subject.detail = subject.package;
  subject.contact = subject.package;
  const std::string html = mail_html({false, {item_of(subject, kStart)}}, kStart);
  RC_ASSERT(html.find("<b ") == std::string::npos);
  RC_ASSERT(html.find("onclick='") == std::string::npos);
}

RC_GTEST_PROP(Message, IsReadBackFromItsJson, (const std::string& text)) {
  auto subject = secret_ending("1", kStart + days{29});
  if (base::is_valid_utf8(text)) subject.detail = text;
  const Message message{false, {item_of(subject, kStart)}};
  RC_ASSERT(from_json(to_json(message, "ntc_1", kStart)).value() == message);
}

TEST(Message, ThatIsNoneIsCorrupt) {
  EXPECT_EQ(from_json("{").error().code, base::Code::kCorrupt);
  EXPECT_EQ(from_json("{\"notices\":[{}]}").error().code, base::Code::kCorrupt);
  EXPECT_EQ(from_json(to_json(test_message(), "x", kStart)).value(), test_message());
}

}  // namespace
}  // namespace rekey::notice
