#include "engagement/sends/accept.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "engagement/json_parts.h"
#include "engagement/sends/addressee.h"
#include "engagement/text_rules.h"
#include "net/mail.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;
using storage::Connection;

constexpr std::size_t kLongestName = 128;

bool names(const Attributes& attributes, std::string_view wanted) {
  return std::any_of(attributes.begin(), attributes.end(), [&](const auto& attribute) {
    return base::equal_ignoring_case(attribute.first, wanted);
  });
}

std::string token_of(const Ids& ids) {
  std::string token;
  for (const char c : ids.guid()) {
    if (c != '-') token += c;
  }
  return token;
}

std::optional<Fault> check_keys(const Recipient& recipient) {
  if (!check_name("a messageKey", recipient.message_key, kLongestMessageKey)) {
    return Fault{kInvalidMessageKey,
                 "a messageKey takes 1 to 100 characters, none of them a control character"};
  }
  if (recipient.contact_key.empty()) {
    return Fault{kMissingSubscriberKey, "contactKey is missing"};
  }
  if (!check_name("contactKey", recipient.contact_key, kLongestContactKey)) {
    return Fault{kInvalidSubscriberKey,
                 "contactKey takes 1 to 254 characters, none of them a control character"};
  }
  return std::nullopt;
}

}  // namespace

Result<Attributes> read_attributes(const JsonValue* object) {
  Attributes attributes;
  if (object == nullptr || object->is_null()) return attributes;
  if (object->kind() != JsonValue::Kind::kObject) {
    return fail(Code::kInvalidArgument, "attributes take an object");
  }
  for (const auto& [name, value] : object->members()) {
    REKEY_CHECK(check_name("the name of an attribute", name, kLongestName));
    auto text = scalar_text(value);
    if (!text) {
      return fail(Code::kInvalidArgument,
                  fmt::format("the attribute \"{}\" takes a text, a number, true or false", name));
    }
    if (text->value_or("").size() > kLongestAttribute) {
      return fail(Code::kInvalidArgument, fmt::format("the attribute \"{}\" takes at most {} bytes",
                                                      name, kLongestAttribute));
    }
    if (names(attributes, name)) {
      return fail(Code::kInvalidArgument,
                  fmt::format("the attribute \"{}\" is given in two letter cases", name));
    }
    attributes.emplace_back(name, text->value_or(""));
    if (attributes.size() > kMostAttributes) {
      return fail(Code::kInvalidArgument,
                  fmt::format("a message takes at most {} attributes", kMostAttributes));
    }
  }
  return attributes;
}

Attributes merged(Attributes own, const Attributes& shared) {
  for (const auto& attribute : shared) {
    if (!names(own, attribute.first)) own.push_back(attribute);
  }
  return own;
}

Result<std::optional<Fault>> check_recipient(Connection& tables, std::int64_t business_unit,
                                             const Recipient& recipient, base::Instant now) {
  using Found = std::optional<Fault>;
  if (auto fault = check_keys(recipient)) return fault;
  if (recipient.address.empty()) {
    REKEY_TRY(const auto known, known_address(tables, business_unit, recipient.contact_key));
    if (!known) return Found(Fault{kMissingTo, "Invalid subscriber"});
  } else if (!net::check_mail_address(recipient.address)) {
    return Found(Fault{kInvalidTo, "to takes one address, such as ann@example.org"});
  }
  REKEY_TRY(const bool is_taken,
            is_key_taken(tables, business_unit, recipient.message_key, now - kKeyTakenFor));
  if (is_taken) {
    return Found(Fault{kDuplicateMessageKey,
                       "a message with that messageKey was accepted within the last two days"});
  }
  return Found{};
}

Result<Message> queue_message(Call& call, const SendDefinition& definition,
                              const Recipient& recipient, bool is_triggered) {
  return queue_message(call.tables, call.tools, call.now, definition, recipient, is_triggered);
}

Result<Message> queue_message(Connection& tables, const Tools& tools, base::Instant now,
                              const SendDefinition& definition, const Recipient& recipient,
                              bool is_triggered) {
  Message message;
  message.guid = tools.ids.guid();
  message.token = token_of(tools.ids);
  message.business_unit = definition.business_unit;
  message.definition_id = definition.id;
  message.is_triggered = is_triggered;
  message.key = recipient.message_key;
  message.contact_key = recipient.contact_key;
  message.address = recipient.address;
  message.from_address = recipient.from_address;
  message.from_name = recipient.from_name;
  message.attributes = recipient.attributes;
  message.accepted_at = now;
  message.next_try_at = now + tools.settings.sends_taken_up_after;
  REKEY_TRY(message.id, insert_message(tables, message));
  return message;
}

}  // namespace rekey::engagement::sends
