#include <fmt/format.h>

#include <algorithm>

#include "net/json.h"
#include "notice/channels/webhook.h"
#include "notice/wording.h"

namespace rekey::notice {
namespace {

using base::Instant;
using net::JsonWriter;

constexpr std::size_t kMaxSlackItems = 40;
constexpr std::size_t kMaxSlackHeader = 150;
constexpr std::size_t kMaxTeamsItems = 12;

// Slack's mrkdwn knows three characters to escape.
std::string slack_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

void slack_section(JsonWriter& json, const std::string& text) {
  json.begin_object().member("type", "section").key("text").begin_object();
  json.member("type", "mrkdwn").member("text", text).end_object().end_object();
}

std::string slack_item(const Item& item, Instant now) {
  std::string text =
      fmt::format("*{}*\n{}\nNext: `{}`", slack_escaped(title_of(item, now)),
                  slack_escaped(text_of(item, now)), slack_escaped(command_of(item)));
  if (!item.contact.empty()) text += "\nAsk: " + slack_escaped(item.contact);
  if (!item.link.empty()) text += "\nMore: " + slack_escaped(item.link);
  return text;
}

std::string more_line(std::size_t count) {
  return fmt::format("And {} more: run rekey status.", count);
}

// A text block of a card reads a little Markdown; a backslash keeps a character plain.
std::string teams_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\*_`[]<>#").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

void teams_block(JsonWriter& json, const std::string& text, bool is_title, Urgency urgency) {
  json.begin_object().member("type", "TextBlock").member("text", text).member("wrap", true);
  if (is_title) {
    json.member("weight", "Bolder");
    json.member("color", urgency == Urgency::kAlarm  ? "Attention"
                         : urgency == Urgency::kSoon ? "Warning"
                                                     : "Accent");
  }
  json.end_object();
}

void teams_item(JsonWriter& json, const Item& item, Instant now) {
  teams_block(json, teams_escaped(title_of(item, now)), true, item.urgency);
  teams_block(json, teams_escaped(text_of(item, now)), false, item.urgency);
  std::string next = "Next: " + teams_escaped(command_of(item));
  if (!item.contact.empty()) next += "\n\nAsk: " + teams_escaped(item.contact);
  if (!item.link.empty()) next += "\n\nMore: " + item.link;
  teams_block(json, next, false, item.urgency);
}

}  // namespace

std::string slack_body(const Message& message, Instant now) {
  const std::string title = title_of(message, now);
  JsonWriter json;
  json.begin_object().member("text", slack_escaped(title)).key("blocks").begin_array();
  json.begin_object().member("type", "header").key("text").begin_object();
  json.member("type", "plain_text").member("text", clean_text(title, kMaxSlackHeader));
  json.end_object().end_object();
  const std::size_t shown = std::min(message.items.size(), kMaxSlackItems);
  for (std::size_t i = 0; i < shown; ++i) slack_section(json, slack_item(message.items[i], now));
  if (message.items.empty()) slack_section(json, "This is a test. Notices will arrive here.");
  if (shown < message.items.size()) {
    slack_section(json, more_line(message.items.size() - shown));
  }
  json.end_array().end_object();
  return json.release();
}

std::string teams_body(const Message& message, Instant now) {
  JsonWriter json;
  json.begin_object().member("type", "message").key("attachments").begin_array().begin_object();
  json.member("contentType", "application/vnd.microsoft.card.adaptive").key("contentUrl").null();
  json.key("content").begin_object();
  json.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
  json.member("type", "AdaptiveCard").member("version", "1.4").key("body").begin_array();
  teams_block(json, teams_escaped(title_of(message, now)), true, urgency_of(message));
  const std::size_t shown = std::min(message.items.size(), kMaxTeamsItems);
  for (std::size_t i = 0; i < shown; ++i) teams_item(json, message.items[i], now);
  if (message.items.empty()) {
    teams_block(json, "This is a test. Notices will arrive here.", false, Urgency::kNotice);
  }
  if (shown < message.items.size()) {
    teams_block(json, more_line(message.items.size() - shown), false, Urgency::kNotice);
  }
  json.end_array().end_object().end_object().end_array().end_object();
  return json.release();
}

}  // namespace rekey::notice
