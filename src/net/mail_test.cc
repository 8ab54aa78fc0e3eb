#include "net/mail.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>

#include "base/text.h"

namespace rekey::net {
namespace {

Mail example() {
  Mail mail;
  mail.from = "rekey@example.org";
  mail.from_name = "Rekey";
  mail.to = "ops@example.org";
  mail.subject = "A secret ends in 7 days";
  mail.date = base::parse_instant("2026-11-25T02:26:27Z").value();
  mail.message_id = "0123abcd@example.org";
  mail.list_id = "notices.example.org";
  mail.text = "Grüße\n.\nend";
  mail.html = "<p style=\"margin:0\">Grüße</p>";
  return mail;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// What a reader of quoted-printable sees.
std::string decode_quoted_printable(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      if (text[i] != '\r') out += text[i];
      continue;
    }
    if (text[i + 1] != '\r') {
      out += static_cast<char>(base::hex_decode(text.substr(i + 1, 2)).value().at(0));
    }
    i += 2;
  }
  return out;
}

TEST(Mail, HasTheHeadersOfAMailThatAProgramSends) {
  const std::string text = format_mail(example()).value();
  for (const std::string line :
       {"Date: Wed, 25 Nov 2026 02:26:27 +0000\r\n", "From: Rekey <rekey@example.org>\r\n",
        "To: ops@example.org\r\n", "Subject: A secret ends in 7 days\r\n",
        "Message-ID: <0123abcd@example.org>\r\n", "Auto-Submitted: auto-generated\r\n",
        "List-Id: <notices.example.org>\r\n", "MIME-Version: 1.0\r\n",
        "Content-Type: multipart/alternative;\r\n boundary=\"=_rekey_"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  EXPECT_LT(text.find("text/plain"), text.find("text/html"));
  EXPECT_NE(text.find("Gr=C3=BC=C3=9Fe"), std::string::npos);
}

TEST(Mail, EveryLineEndsInCrlfAndIsShort) {
  Mail mail = example();
  mail.subject = std::string(3'000, 'x') + std::string(200, ' ') + "ü";
  mail.from_name = std::string(300, 'n');
  mail.text = std::string(5'000, 'y');
  mail.html = mail.text;
  for (const std::string& line : lines_of(format_mail(mail).value())) {
    EXPECT_TRUE(line.ends_with('\r')) << line;
    EXPECT_LE(line.size(), 400U) << line;
  }
}

TEST(Mail, TheSameMailGivesTheSameBytes) {
  EXPECT_EQ(format_mail(example()).value(), format_mail(example()).value());
}

TEST(Mail, NothingFromOutsideBeginsAHeaderOfItsOwn) {
  Mail mail = example();
  mail.subject = "a\r\nBcc: evil@example.org";
  mail.from_name = "b\r\nBcc: evil@example.org";
  for (const std::string& line : lines_of(format_mail(mail).value())) {
    EXPECT_FALSE(line.starts_with("Bcc")) << line;
  }
  for (const std::string address :
       {"a@b.org\r\nBcc: evil@example.org", "a@b.org>", "<a@b.org>", "a b@c.org", "a@b,c@d", "a@",
        "@b", "ab", "a..b@c", ".a@b", "a@b..c", "a@-b", "a@b\n", "ü@b", "a@[127.0.0.1]"}) {
    mail = example();
    mail.to = address;
    EXPECT_EQ(format_mail(mail).error().code, base::Code::kInvalidArgument) << address;
    EXPECT_FALSE(check_mail_address(address)) << address;
  }
  mail = example();
  mail.message_id = "a@b\r\nX: y";
  EXPECT_FALSE(format_mail(mail));
  mail = example();
  mail.list_id = "a>\r\nX: y";
  EXPECT_FALSE(format_mail(mail));
}

TEST(Mail, TakesTheAddressesThatPeopleHave) {
  for (const std::string address :
       {"ops@example.org", "a.b+c@mail.example.co.uk", "x_y@localhost", "o'brien@example.org"}) {
    EXPECT_TRUE(check_mail_address(address)) << address;
  }
  EXPECT_FALSE(check_mail_address(std::string(65, 'a') + "@example.org"));
  EXPECT_FALSE(check_mail_address("a@" + std::string(260, 'b')));
}

TEST(Mail, AHeaderBeyondAsciiBecomesEncodedWordsAtCharacterBounds) {
  EXPECT_EQ(encode_header_text("plain words", 9), "plain words");
  EXPECT_EQ(encode_header_text("Grüße", 9), "=?UTF-8?B?R3LDvMOfZQ==?=");
  std::string text;
  for (int i = 0; i < 60; ++i) text += "€";
  std::string decoded;
  for (std::string line : lines_of(encode_header_text(text, 9))) {
    EXPECT_LE(line.size(), 76U);
    const std::size_t begin = line.find("?B?") + 3;
    const auto bytes = base::base64_decode(line.substr(begin, line.find("?=") - begin)).value();
    EXPECT_TRUE(base::is_valid_utf8(base::text_of(bytes)));
    decoded += base::text_of(bytes);
  }
  EXPECT_EQ(decoded, text);
}

TEST(Mail, TooLargeAMailIsRefused) {
  Mail mail = example();
  mail.text = std::string(kMaxMailBytes, 'x');
  EXPECT_EQ(format_mail(mail).error().code, base::Code::kLimitReached);
}

RC_GTEST_PROP(Mail, QuotedPrintableIsReadBackAndItsLinesAreShort, (std::string text)) {
  std::string unix_text;
  for (const char c : text) unix_text += c == '\r' ? '\n' : c;
  const std::string encoded = encode_quoted_printable(unix_text);
  RC_ASSERT(decode_quoted_printable(encoded) == unix_text);
  for (const std::string& line : lines_of(encoded)) RC_ASSERT(line.size() <= 77U);
}

TEST(Mail, LeavesOutABodyThatIsEmpty) {
  Mail mail = example();
  mail.html.clear();
  EXPECT_EQ(format_mail(mail).value().find("text/html"), std::string::npos);
  mail = example();
  mail.text.clear();
  const std::string text = format_mail(mail).value();
  EXPECT_EQ(text.find("text/plain"), std::string::npos);
  EXPECT_NE(text.find("text/html"), std::string::npos);
}

TEST(Mail, SaysHowToUnsubscribeAndWhoGetsCopies) {
  Mail mail = example();
  mail.unsubscribe_url = "http://127.0.0.1:1/track/unsubscribe/0123";
  mail.copies_to = {"a@example.org", "b@example.org"};
  const std::string text = format_mail(mail).value();
  EXPECT_NE(text.find("Cc: a@example.org,\r\n b@example.org\r\n"), std::string::npos);
  EXPECT_NE(text.find("List-Unsubscribe: <http://127.0.0.1:1/track/unsubscribe/0123>\r\n"
                      "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"),
            std::string::npos);
}

TEST(Mail, TakesNoUrlOrCopyThatCouldBeginAHeader) {
  for (const std::string url : {"http://a/\r\nBcc: x@example.org", "http://a/ b", "http://a/>"}) {
    Mail mail = example();
    mail.unsubscribe_url = url;
    EXPECT_FALSE(format_mail(mail)) << url;
  }
  Mail mail = example();
  mail.copies_to = {"a@example.org\r\nBcc: x@example.org"};
  EXPECT_FALSE(format_mail(mail));
  mail.copies_to.assign(kMostCopies + 1, "a@example.org");
  EXPECT_EQ(format_mail(mail).error().code, base::Code::kLimitReached);
}

}  // namespace
}  // namespace rekey::net
