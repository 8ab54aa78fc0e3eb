#include "engagement/sends/composed_mail.h"

namespace rekey::engagement::sends {

namespace {

using base::Result;
using net::JsonValue;

void write_list(net::JsonWriter& json, std::string_view name,
                const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

std::vector<std::string> read_list(const JsonValue& object, std::string_view name) {
  std::vector<std::string> texts;
  const JsonValue* list = object.find(name);
  if (list == nullptr) return texts;
  for (const JsonValue& item : list->items()) {
    texts.emplace_back(item.as_string().value_or(""));
  }
  return texts;
}

}  // namespace

std::string to_json(const ComposedMail& mail) {
  net::JsonWriter json;
  json.begin_object()
      .member("from_address", mail.from_address)
      .member("from_name", mail.from_name)
      .member("to", mail.to)
      .member("subject", mail.subject)
      .member("text", mail.text)
      .member("html", mail.html)
      .member("unsubscribe_url", mail.unsubscribe_url);
  write_list(json, "copies_to", mail.copies_to);
  write_list(json, "hidden_copies_to", mail.hidden_copies_to);
  json.end_object();
  return json.release();
}

Result<ComposedMail> parse_composed_mail(std::string_view json) {
  REKEY_TRY(const JsonValue object, net::parse_json(json));
  ComposedMail mail;
  REKEY_TRY(mail.from_address, object.string_member("from_address"));
  REKEY_TRY(mail.from_name, object.string_member("from_name"));
  REKEY_TRY(mail.to, object.string_member("to"));
  REKEY_TRY(mail.subject, object.string_member("subject"));
  REKEY_TRY(mail.text, object.string_member("text"));
  REKEY_TRY(mail.html, object.string_member("html"));
  REKEY_TRY(mail.unsubscribe_url, object.string_member("unsubscribe_url"));
  mail.copies_to = read_list(object, "copies_to");
  mail.hidden_copies_to = read_list(object, "hidden_copies_to");
  return mail;
}

Result<std::string> format_composed(const ComposedMail& composed, const Message& message) {
  net::Mail mail;
  mail.from = composed.from_address;
  mail.from_name = composed.from_name;
  mail.to = composed.to;
  mail.copies_to = composed.copies_to;
  mail.subject = composed.subject;
  mail.date = message.accepted_at;
  mail.message_id = message.guid + composed.from_address.substr(composed.from_address.rfind('@'));
  mail.unsubscribe_url = composed.unsubscribe_url;
  mail.text = composed.text;
  mail.html = composed.html;
  return net::format_mail(mail);
}

}  // namespace rekey::engagement::sends
