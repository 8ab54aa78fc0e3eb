#include "notice/wording.h"

#include <fmt/format.h>

#include "base/text.h"

namespace rekey::notice {
namespace {

using base::Instant;

constexpr std::string_view kTestTitle = "Rekey test notice";
constexpr std::string_view kTestText =
    "This is a test. Notices about secrets that end, and about rotations that need somebody, will "
    "arrive here.";
constexpr std::string_view kFooter =
    "Sent by Rekey because you are named as owner or contact, or as the one who is told when "
    "nobody "
    "is. No notice holds a secret, or asks for one.";

std::string whose(const Item& item) {
  if (!item.package.empty()) return fmt::format("\"{}\"", item.package);
  return item.client_id.empty() ? item.subject_id : item.client_id;
}

std::string which_secret(const Item& item) {
  std::string text = "The secret";
  if (!item.secret.empty()) text += " " + item.secret;
  if (!item.package.empty()) text += fmt::format(" of the package \"{}\"", item.package);
  if (!item.client_id.empty()) text += fmt::format(" (client id {})", item.client_id);
  return text;
}

// "The secret …" inside a sentence.
std::string lower_first(std::string text) {
  if (!text.empty()) text.front() = base::to_lower(text.front());
  return text;
}

// "2027-03-29T00:00:00Z (in 29 days)"
std::string when(Instant at, Instant now) {
  return fmt::format("{} ({})", base::format_instant(at), base::describe_relative(at, now));
}

bool is_dormancy(const Item& item) {
  return item.rule.starts_with("dormant-");
}

std::string secret_title(const Item& item, Instant now) {
  if (is_dormancy(item)) {
    return fmt::format("An unused secret of {} goes dormant {}", whose(item),
                       base::describe_relative(item.at, now));
  }
  if (item.rule == "ended") return fmt::format("A superseded secret of {} has ended", whose(item));
  if (item.at <= now) return fmt::format("A secret of {} has expired", whose(item));
  return fmt::format("A secret of {} ends {}", whose(item), base::describe_relative(item.at, now));
}

std::string secret_text(const Item& item, Instant now) {
  const std::string which = which_secret(item);
  if (is_dormancy(item)) {
    return fmt::format(
        "{} has not been used for long and goes dormant at {}: it is refused from "
        "then on. If something still needs it, see why it does not ask for tokens; "
        "if nothing does, delete it.",
        which, when(item.at, now));
  }
  if (item.rule == "ended") {
    return fmt::format("{} was superseded and ended at {}, as planned.", which, when(item.at, now));
  }
  if (item.at <= now) {
    return fmt::format("{} expired at {}. Whatever still uses it is refused.", which,
                       when(item.at, now));
  }
  return fmt::format("{} ends at {} and is refused from then on.", which, when(item.at, now));
}

std::string base_text(const Item& item, Instant now) {
  switch (item.kind) {
    case SubjectKind::kSecret:
      return secret_text(item, now);
    case SubjectKind::kSupersededInUse:
      return fmt::format(
          "{} was superseded and is still used, since {}. Who uses it is refused "
          "when it ends.",
          which_secret(item), when(item.at, now));
    case SubjectKind::kRunWaits:
      return fmt::format(
          "The rotation {} for {} waits for a person since {}. Nothing is lost "
          "meanwhile; it goes on when the step is done.",
          item.subject_id, whose(item), when(item.at, now));
    case SubjectKind::kRunParked:
      return fmt::format(
          "The rotation {} for {} stopped at {} and does nothing more until somebody "
          "looks.",
          item.subject_id, whose(item), when(item.at, now));
    case SubjectKind::kCutTooEarly:
      return fmt::format(
          "{} ended at {}, before its rotation let it go: whoever still uses it is refused.",
          which_secret(item), when(item.at, now));
    case SubjectKind::kWatcherSilent:
      if (!item.until) {
        return fmt::format(
            "Rekey has not looked at any secret since {}, so nobody is told what falls due. Start "
            "`rekey watch` again, and see in its log why it ended.",
            when(item.at, now));
      }
      return fmt::format(
          "Rekey did not look at any secret from {} to {}. What fell due meanwhile "
          "is said now.",
          base::format_instant(item.at), base::format_instant(*item.until));
    case SubjectKind::kUndelivered:
      return fmt::format(
          "A notice was given up at {} after it had failed for too long; its "
          "receivers do not know what it says.",
          when(item.at, now));
    case SubjectKind::kNoSecretWorks:
      return fmt::format(
          "The rotation {} found at {} that no known secret of {} is accepted: nobody gets a "
          "token.",
          item.subject_id, when(item.at, now), whose(item));
    case SubjectKind::kUnread:
      return fmt::format(
          "Since {} Rekey cannot read what it is to watch, so nobody is told of what falls due "
          "there.",
          when(item.at, now));
    case SubjectKind::kStagedEnded:
      return fmt::format(
          "The secret that the rotation {} had staged for {} was found ended at {}, before its "
          "activation: whoever has got it already is refused.",
          item.subject_id, whose(item), when(item.at, now));
    case SubjectKind::kLeaked:
      return fmt::format(
          "The value of {} was reported at {} to have been found where it should not be. Whoever "
          "has seen it can use it for as long as it is accepted.",
          lower_first(which_secret(item)), when(item.at, now));
  }
  return {};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string_view colour_of(Urgency urgency) {
  switch (urgency) {
    case Urgency::kAlarm:
      return "#b3261e";
    case Urgency::kSoon:
      return "#8a5a00";
    default:
      return "#2b5797";
  }
}

std::string html_line(std::string_view label, const std::string& html) {
  return fmt::format("<p style=\"margin:8px 0 0\"><strong>{}</strong> {}</p>\n", label, html);
}

std::string html_item(const Item& item, Instant now) {
  std::string out = fmt::format(
      "<div style=\"margin:0 0 16px;padding:12px 14px;border-left:4px solid {};"
      "background:#f6f7f9\">\n<p style=\"margin:0;font-weight:bold\">{}</p>\n"
      "<p style=\"margin:8px 0 0\">{}</p>\n",
      colour_of(item.urgency), escaped(title_of(item, now)), escaped(text_of(item, now)));
  out +=
      html_line("Next:", fmt::format("<code style=\"font-family:monospace;word-break:break-all\">"
                                     "{}</code>",
                                     escaped(command_of(item))));
  if (!item.contact.empty()) out += html_line("Ask:", escaped(item.contact));
  if (item.link.starts_with("https://") || item.link.starts_with("http://")) {
    const std::string link = escaped(item.link);
    out += html_line("More:", fmt::format("<a href=\"{0}\" style=\"color:#2b5797;"
                                          "word-break:break-all\">{0}</a>",
                                          link));
  }
  return out + "</div>\n";
}

}  // namespace

std::string title_of(const Item& item, Instant now) {
  switch (item.kind) {
    case SubjectKind::kSecret:
      return secret_title(item, now);
    case SubjectKind::kSupersededInUse:
      return fmt::format("A superseded secret of {} is still used", whose(item));
    case SubjectKind::kRunWaits:
      return fmt::format("The rotation for {} waits for a person", whose(item));
    case SubjectKind::kRunParked:
      return fmt::format("The rotation for {} is parked", whose(item));
    case SubjectKind::kCutTooEarly:
      return fmt::format("The old secret of {} ended too early", whose(item));
    case SubjectKind::kWatcherSilent:
      return item.until ? "Rekey was silent" : "Rekey is silent";
    case SubjectKind::kUndelivered:
      return "A notice could not be delivered";
    case SubjectKind::kNoSecretWorks:
      return fmt::format("No secret of {} is accepted", whose(item));
    case SubjectKind::kUnread:
      return "Rekey cannot read what it is to watch";
    case SubjectKind::kStagedEnded:
      return fmt::format("The new secret of {} ended before its activation", whose(item));
    case SubjectKind::kLeaked:
      return fmt::format("A secret of {} has leaked", whose(item));
  }
  return {};
}

std::string title_of(const Message& message, Instant now) {
  if (message.items.empty()) return std::string(kTestTitle);
  const Item& first = message.items.front();
  std::string title = first.urgency == Urgency::kAlarm ? "Alarm: " : "";
  title += title_of(first, now);
  const std::size_t more = message.items.size() - 1;
  if (more > 0) title += fmt::format(", and {} more", more);
  return title;
}

std::string text_of(const Item& item, Instant now) {
  std::string text = base_text(item, now);
  if (!item.detail.empty()) text += " " + item.detail;
  return text;
}

std::string command_of(const Item& item) {
  return item.command.empty() ? "rekey status" : item.command;
}

std::string mail_text(const Message& message, Instant now) {
  std::string out;
  for (const Item& item : message.items) {
    out += fmt::format("{}{}\n\n{}\n\n", item.urgency == Urgency::kAlarm ? "ALARM: " : "",
                       title_of(item, now), text_of(item, now));
    out += fmt::format("Next: {}\n", command_of(item));
    if (!item.contact.empty()) out += fmt::format("Ask:  {}\n", item.contact);
    if (!item.link.empty()) out += fmt::format("More: {}\n", item.link);
    out += "\n--------\n\n";
  }
  if (message.items.empty()) out += fmt::format("{}\n\n", kTestText);
  return out + fmt::format("As of {}. {}\n", base::format_instant(now), kFooter);
}

std::string mail_html(const Message& message, Instant now) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>{0}</title></head>\n<body style=\"margin:0;padding:12px;background:#ffffff;"
      "color:#1c1d1f;font:16px/1.45 Arial,Helvetica,sans-serif\">\n"
      "<div style=\"max-width:600px;margin:0 auto;overflow-wrap:anywhere\">\n"
      "<h1 style=\"margin:4px 0 16px;font-size:20px;line-height:1.3\">{0}</h1>\n",
      escaped(title_of(message, now)));
  for (const Item& item : message.items) out += html_item(item, now);
  if (message.items.empty()) out += fmt::format("<p>{}</p>\n", kTestText);
  out += fmt::format(
      "<p style=\"margin:16px 0 0;font-size:13px;color:#5c5f66\">As of {}. {}</p>\n"
      "</div></body></html>\n",
      base::format_instant(now), kFooter);
  return out;
}

}  // namespace rekey::notice
