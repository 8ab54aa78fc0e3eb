// What a content and its attributes become: nothing crashes, no link is lost, nothing begins a
// header.
#include <optional>
#include <set>
#include <string>

#include "base/assert.h"
#include "base/text.h"
#include "engagement/sends/html_parts.h"
#include "engagement/sends/personalise.h"
#include "net/mail.h"

namespace {

using namespace rekey;

void check_headers(std::string_view mail) {
  static const std::set<std::string_view> kKnown{"Date",         "From",          "To",
                                                 "Subject",      "Message-ID",    "MIME-Version",
                                                 "Content-Type", "Auto-Submitted"};
  for (std::string_view head = mail.substr(0, mail.find("\r\n\r\n")); !head.empty();) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
    if (!line.starts_with(' ')) REKEY_ASSERT(kKnown.contains(line.substr(0, line.find(':'))));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  const std::string value(text.substr(0, 40));
  const auto filled = engagement::sends::personalise(
      text, [&](std::string_view) { return std::optional<std::string>(value); });
  if (!filled) return 0;
  const auto leave = [](std::string_view) { return std::optional<std::string>(); };
  REKEY_ASSERT(engagement::sends::replace_links(*filled, leave) == *filled);
  net::Mail mail;
  mail.from = "shop@example.org";
  mail.to = "ann@example.org";
  mail.message_id = "1@example.org";
  mail.subject = *filled;
  mail.from_name = value;
  mail.text = engagement::sends::text_of_html(*filled);
  mail.html = engagement::sends::append_to_body(*filled, "<img>");
  if (const auto formatted = net::format_mail(mail)) check_headers(*formatted);
  return 0;
}
