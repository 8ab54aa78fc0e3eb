#include "notice/message.h"

#include <utility>

#include "net/json.h"
#include "notice/wording.h"

namespace rekey::notice {
namespace {

using base::Code;
using net::JsonValue;
using net::JsonWriter;

constexpr std::string_view kType = "rekey.notice.v1";

void write_item(JsonWriter& json, const Item& item, base::Instant now) {
  json.begin_object();
  json.member("key", item.key);
  json.member("subject", item.subject_id);
  json.member("kind", name_of(item.kind));
  json.member("rule", item.rule);
  json.member("urgency", name_of(item.urgency));
  json.member("title", title_of(item, now));
  json.member("text", text_of(item, now));
  json.member("package", item.package);
  json.member("client_id", item.client_id);
  json.member("secret", item.secret);
  json.member("at", base::format_instant(item.at));
  json.key("until");
  if (item.until) {
    json.value(base::format_instant(*item.until));
  } else {
    json.null();
  }
  json.member("detail", item.detail);
  json.member("command", command_of(item));
  json.member("contact", item.contact);
  json.member("link", item.link);
  json.end_object();
}

base::Result<Item> read_item(const JsonValue& value) {
  Item item;
  REKEY_TRY(item.key, value.string_member("key"));
  REKEY_TRY(item.subject_id, value.string_member("subject"));
  REKEY_TRY(const std::string kind, value.string_member("kind"));
  REKEY_TRY(item.kind, parse_subject_kind(kind));
  REKEY_TRY(item.rule, value.string_member("rule"));
  REKEY_TRY(const std::string urgency, value.string_member("urgency"));
  REKEY_TRY(item.urgency, parse_urgency(urgency));
  REKEY_TRY(item.package, value.string_member("package"));
  REKEY_TRY(item.client_id, value.string_member("client_id"));
  REKEY_TRY(item.secret, value.string_member("secret"));
  REKEY_TRY(const std::string at, value.string_member("at"));
  REKEY_TRY(item.at, base::parse_instant(at));
  REKEY_TRY(const std::string until, value.string_member_or("until", ""));
  if (!until.empty()) {
    REKEY_TRY(item.until, base::parse_instant(until));
  }
  REKEY_TRY(item.detail, value.string_member("detail"));
  REKEY_TRY(item.command, value.string_member("command"));
  REKEY_TRY(item.contact, value.string_member("contact"));
  REKEY_TRY(item.link, value.string_member("link"));
  return item;
}

base::Result<Message> read_message(std::string_view text) {
  REKEY_TRY(const JsonValue json, net::parse_json(text));
  Message message;
  REKEY_TRY(message.is_test, json.boolean_member_or("test", false));
  if (const JsonValue* notices = json.find("notices")) {
    for (const JsonValue& value : notices->items()) {
      REKEY_TRY(Item item, read_item(value));
      message.items.push_back(std::move(item));
    }
  }
  return message;
}

}  // namespace

Item make_item(const Due& due, const Subject& subject) {
  Item item;
  item.key = due.key;
  item.subject_id = subject.id;
  item.kind = subject.kind;
  item.rule = due.rule;
  item.urgency = due.urgency;
  item.package = clean_text(subject.package);
  item.client_id = clean_text(subject.client_id);
  item.secret = clean_text(subject.secret);
  item.at = due.about;
  item.until = subject.until;
  item.detail = clean_text(subject.detail, kMaxLongTextBytes);
  item.command = clean_text(subject.command, kMaxLongTextBytes);
  item.contact = clean_text(subject.contact);
  item.link = clean_text(subject.link);
  item.command = command_of(item);
  return item;
}

Message test_message() {
  return Message{true, {}};
}

Urgency urgency_of(const Message& message) noexcept {
  return message.items.empty() ? Urgency::kNotice : message.items.front().urgency;
}

std::vector<std::string> keys_of(const Message& message) {
  std::vector<std::string> keys;
  for (const Item& item : message.items) keys.push_back(item.key);
  return keys;
}

std::string to_json(const Message& message, std::string_view delivery_id, base::Instant now) {
  JsonWriter json;
  json.begin_object();
  json.member("type", kType);
  json.member("id", delivery_id);
  json.member("timestamp", base::format_instant(now));
  json.member("test", message.is_test);
  json.member("urgency", name_of(urgency_of(message)));
  json.member("title", title_of(message, now));
  json.key("notices").begin_array();
  for (const Item& item : message.items) write_item(json, item, now);
  json.end_array().end_object();
  return json.release();
}

base::Result<Message> from_json(std::string_view json) {
  auto message = read_message(json);
  if (message) return message;
  return base::fail(Code::kCorrupt, "a kept notice cannot be read: " + message.error().detail);
}

}  // namespace rekey::notice
