#include "net/mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/digest.h"

namespace rekey::net {
namespace {

using base::Code;

constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxAddress = 254;
constexpr std::size_t kMaxBodyLine = 76;
constexpr std::size_t kMaxHeaderLine = 76;
constexpr std::size_t kMostPlainText = 500;
constexpr std::string_view kWordBegin = "=?UTF-8?B?";
constexpr std::string_view kWordEnd = "?=";

bool is_letter_or_digit(char c) noexcept {
  const char low = base::to_lower(c);
  return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9');
}

bool is_printable(char c) noexcept {
  return c >= ' ' && c <= '~';
}

bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Atoms of `allowed` characters with single dots between them.
template <typename Allowed>
bool is_dotted(std::string_view text, const Allowed& allowed) {
  bool follows_dot = true;
  for (const char c : text) {
    if (c == '.' ? follows_dot : !allowed(c)) return false;
    follows_dot = c == '.';
  }
  return !follows_dot;
}

bool is_atom_character(char c) noexcept {
  return is_letter_or_digit(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_host(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.back() != '-' &&
         is_dotted(text, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at > kMaxLocalPart || text.size() > kMaxAddress) return false;  // npos is above it, too
  return is_dotted(text.substr(0, at), is_atom_character) && is_host(text.substr(at + 1));
}

// How many bytes of `text` fit into `limit` without cutting a character.
std::size_t whole_characters(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text.size();
  std::size_t size = limit;
  while (size > 0 && is_continuation(text[size])) --size;
  return size == 0 ? limit : size;
}

std::string encoded_words(std::string_view text, std::size_t name_size) {
  std::string out;
  std::size_t used = name_size;
  while (!text.empty()) {
    const std::size_t room = kMaxHeaderLine - std::min(used, kMaxHeaderLine / 2);
    const std::size_t bytes = (room - kWordBegin.size() - kWordEnd.size()) / 4 * 3;
    const std::size_t size = whole_characters(text, bytes);
    out += kWordBegin;
    out += base::base64_encode(base::bytes_of(text.substr(0, size)));
    out += kWordEnd;
    text.remove_prefix(size);
    if (!text.empty()) out += "\r\n ";
    used = 1;
  }
  return out;
}

// Breaks plain text at blanks. A single word may be longer than a line.
std::string folded(std::string_view text, std::size_t name_size) {
  std::string out;
  std::size_t used = name_size;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' ', 1), text.size());
    if (used + end > kMaxHeaderLine && text.front() == ' ' && end > 1) {
      out += "\r\n";
      used = 0;
    }
    out += text.substr(0, end);
    used += end;
    text.remove_prefix(end);
  }
  return out;
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

std::string mailbox(std::string_view name, const std::string& address, std::size_t header_size) {
  if (name.empty()) return address;
  // Characters that mean something beside an address (RFC 5322 section 3.2.3) are left out.
  std::string plain;
  for (const char c : name) {
    if (std::string_view("\"\\<>()[]:;@,.").find(c) == std::string_view::npos) plain += c;
  }
  const std::string words = encode_header_text(plain, header_size);
  const bool fits = header_size + words.size() + address.size() + 3 <= kMaxHeaderLine;
  return words + (fits ? " <" : "\r\n <") + address + ">";
}

void add_part(std::string& out, std::string_view boundary, std::string_view type,
              std::string_view content) {
  out.append("--").append(boundary).append("\r\n");
  add_header(out, "Content-Type", fmt::format("{}; charset=utf-8", type));
  add_header(out, "Content-Transfer-Encoding", "quoted-printable");
  out.append("\r\n").append(encode_quoted_printable(content)).append("\r\n");
}

// A URL in angle brackets: what could end it, or the line, has to be percent-encoded.
bool is_header_url(std::string_view url) {
  constexpr std::size_t kLongest = 900;
  return url.size() <= kLongest && std::all_of(url.begin(), url.end(), [](char c) {
           return is_printable(c) && c != ' ' && c != '<' && c != '>';
         });
}

base::Status check_parts(const Mail& mail) {
  REKEY_CHECK(check_mail_address(mail.from));
  REKEY_CHECK(check_mail_address(mail.to));
  if (mail.copies_to.size() > kMostCopies) {
    return base::fail(Code::kLimitReached,
                      fmt::format("a mail takes at most {} copies", kMostCopies));
  }
  for (const std::string& address : mail.copies_to) REKEY_CHECK(check_mail_address(address));
  if (!is_address(mail.message_id)) {
    return base::fail(Code::kInvalidArgument, "the mail's Message-ID must be local@domain");
  }
  if (!mail.list_id.empty() && !is_host(mail.list_id)) {
    return base::fail(Code::kInvalidArgument,
                      "the mail's List-Id must look like a host name: notices.example.org");
  }
  if (!is_header_url(mail.unsubscribe_url)) {
    return base::fail(Code::kInvalidArgument,
                      "the mail's URL for unsubscribing takes at most 900 characters of ASCII, "
                      "without blanks and angle brackets");
  }
  return {};
}

std::string joined_addresses(const std::vector<std::string>& addresses) {
  std::string out;
  for (const std::string& address : addresses) {
    if (!out.empty()) out += ",\r\n ";
    out += address;
  }
  return out;
}

}  // namespace

base::Status check_mail_address(std::string_view address) {
  if (is_address(address)) return {};
  const bool may_be_shown = std::all_of(address.begin(), address.end(), is_printable);
  return base::fail(Code::kInvalidArgument,
                    fmt::format("{} is not a mail address; write it as ops@example.org, in ASCII, "
                                "without a name",
                                may_be_shown ? fmt::format("\"{}\"", address.substr(0, 80))
                                             : std::string("what was given")));
}

std::string encode_header_text(std::string_view text, std::size_t name_size) {
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  // Encoded words can be folded anywhere, plain text at blanks only.
  const bool is_plain = std::all_of(clean.begin(), clean.end(), is_printable) &&
                        clean.find("=?") == std::string::npos && clean.size() <= kMostPlainText;
  return is_plain ? folded(clean, name_size) : encoded_words(clean, name_size);
}

std::string encode_quoted_printable(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool is_last = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    // A blank at the end of a line may be lost on the way.
    const bool is_literal = is_printable(c) && c != '=' && !(c == ' ' && is_last);
    const std::size_t size = is_literal ? 1 : 3;
    if (column + size > kMaxBodyLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    column += size;
    if (is_literal) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '=';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
  return out;
}

std::string format_mail_date(base::Instant at) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday{day}.c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
      time.seconds().count());
}

base::Result<std::string> format_mail(const Mail& mail) {
  REKEY_CHECK(check_parts(mail));
  // Quoted-printable never writes "=_", so no body can hold the boundary (RFC 2045 section 6.7).
  const std::string boundary =
      "=_rekey_" + base::hex_encode(crypto::sha256(mail.message_id)).substr(0, 32);
  std::string out;
  add_header(out, "Date", format_mail_date(mail.date));
  add_header(out, "From", mailbox(mail.from_name, mail.from, 6));
  add_header(out, "To", mail.to);
  if (!mail.copies_to.empty()) add_header(out, "Cc", joined_addresses(mail.copies_to));
  add_header(out, "Subject", encode_header_text(mail.subject, 9));
  add_header(out, "Message-ID", fmt::format("<{}>", mail.message_id));
  add_header(out, "MIME-Version", "1.0");
  add_header(out, "Auto-Submitted", "auto-generated");
  if (!mail.list_id.empty()) add_header(out, "List-Id", fmt::format("<{}>", mail.list_id));
  if (!mail.unsubscribe_url.empty()) {
    add_header(out, "List-Unsubscribe", fmt::format("<{}>", mail.unsubscribe_url));
    add_header(out, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  }
  if (mail.is_urgent) add_header(out, "Importance", "high");
  add_header(out, "Content-Type",
             fmt::format("multipart/alternative;\r\n boundary=\"{}\"", boundary));
  out += "\r\n";
  if (!mail.text.empty() || mail.html.empty()) add_part(out, boundary, "text/plain", mail.text);
  if (!mail.html.empty()) add_part(out, boundary, "text/html", mail.html);
  out.append("--").append(boundary).append("--\r\n");
  if (out.size() > kMaxMailBytes) {
    return base::fail(Code::kLimitReached,
                      fmt::format("the mail is larger than {} bytes", kMaxMailBytes));
  }
  return out;
}

}  // namespace rekey::net
