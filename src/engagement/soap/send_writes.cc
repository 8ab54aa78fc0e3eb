// TriggeredSend: one object is a message for each of its subscribers.
#include <fmt/format.h>

#include <vector>

#include "engagement/sends/send_definition.h"
#include "engagement/sends/triggered_send.h"
#include "engagement/soap/send_lookup.h"
#include "engagement/soap/write_call.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;
using base::Result;
using sends::Recipient;
using sends::SendDefinition;

sends::Attributes attributes_of(const XmlElement& object) {
  sends::Attributes attributes;
  for (const XmlElement* one : object.all("Attributes")) {
    const XmlElement* value = one->child("Value");
    attributes.emplace_back(one->child_text("Name"),
                            value == nullptr ? std::string() : value->text);
  }
  return attributes;
}

base::Status check_attributes(const sends::Attributes& attributes) {
  constexpr std::size_t kLongestAttributeName = 128;
  if (attributes.size() > sends::kMostAttributes) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("a message takes at most {} attributes", sends::kMostAttributes));
  }
  for (const auto& [name, value] : attributes) {
    REKEY_CHECK(check_name("the name of an attribute", name, kLongestAttributeName));
    if (value.size() > sends::kLongestAttribute) {
      return base::fail(Code::kInvalidArgument,
                        fmt::format("the attribute \"{}\" takes at most {} bytes", name,
                                    sends::kLongestAttribute));
    }
  }
  return {};
}

Recipient recipient_of(const XmlElement& subscriber, const sends::Attributes& shared) {
  Recipient recipient;
  recipient.address = subscriber.child_text("EmailAddress");
  recipient.contact_key = subscriber.child_text("SubscriberKey");
  if (recipient.contact_key.empty()) recipient.contact_key = recipient.address;
  if (const XmlElement* owner = subscriber.child("Owner")) {
    recipient.from_address = owner->child_text("FromAddress");
    recipient.from_name = owner->child_text("FromName");
  }
  recipient.attributes = sends::merged(attributes_of(subscriber), shared);
  return recipient;
}

// What became of the subscribers of one object.
struct Sent {
  std::string first_guid;
  std::string problem;  // of the last that was refused
  XmlWriter failures;   // SubscriberFailures
};

base::Status send_to(const WriteCall& call, const SendDefinition& definition,
                     const std::vector<const XmlElement*>& subscribers, Sent& sent) {
  static const std::vector<std::string> kNoParts;
  static const Query kNoQuery;
  static const net::JsonValue kNoBody;
  Call as_call{call.tables, call.caller, kNoParts, kNoQuery, kNoBody, call.now, call.tools};
  const sends::Attributes shared = attributes_of(call.object);
  std::int64_t ordinal = 0;
  for (const XmlElement* subscriber : subscribers) {
    Recipient recipient = recipient_of(*subscriber, shared);
    const std::string key = recipient.contact_key;
    REKEY_CHECK(check_attributes(recipient.attributes));
    REKEY_TRY(const auto outcome,
              sends::queue_triggered(as_call, definition, std::move(recipient), true));
    if (sent.first_guid.empty()) sent.first_guid = outcome.message_guid;
    if (!outcome.problem.empty()) {
      sent.problem = outcome.problem;
      sent.failures.open("SubscriberFailures")
          .open("Subscriber")
          .nil("PartnerKey")
          .nil("ObjectID")
          .element("EmailAddress", subscriber->child_text("EmailAddress"))
          .element("SubscriberKey", key)
          .close()
          .element("ErrorCode", sends::kNotQueued)
          .element("ErrorDescription", outcome.problem)
          .element("Ordinal", ordinal)
          .close();
    }
    ++ordinal;
  }
  return {};
}

WriteAnswer send(const WriteCall& call) {
  const XmlElement* named = call.object.child("TriggeredSendDefinition");
  const std::vector<const XmlElement*> subscribers = call.object.all("Subscribers");
  if (named == nullptr || subscribers.empty()) {
    return base::fail(Code::kInvalidArgument,
                      "a TriggeredSend needs its TriggeredSendDefinition and Subscribers");
  }
  REKEY_TRY(const SendDefinition definition, meant_send_definition(call, *named));
  Sent sent;
  REKEY_CHECK(send_to(call, definition, subscribers, sent));
  std::string failures = sent.failures.release();
  if (!sent.first_guid.empty()) {
    return Written{"Created TriggeredSend", 0, sent.first_guid, std::move(failures)};
  }
  return tl::unexpected<WriteError>(
      WriteError(sends::kNotQueued, Code::kInvalidArgument, sent.problem)
          .with_tail(std::move(failures)));
}

base::Status echo_send(XmlWriter& xml, const WriteCall& call, const Written*) {
  xml.nil("PartnerKey").nil("ObjectID");
  const XmlElement* named = call.object.child("TriggeredSendDefinition");
  xml.open("TriggeredSendDefinition").nil("PartnerKey").nil("ObjectID");
  xml.element("CustomerKey", named == nullptr ? std::string() : named->child_text("CustomerKey"));
  xml.close();
  for (const XmlElement* one : call.object.all("Subscribers")) {
    xml.open("Subscribers")
        .nil("PartnerKey")
        .nil("ObjectID")
        .element("EmailAddress", one->child_text("EmailAddress"))
        .element("SubscriberKey", one->child_text("SubscriberKey"))
        .close();
  }
  return {};
}

}  // namespace

const WritableType& writable_triggered_send() {
  static constexpr WritableType kType{"TriggeredSend", "email_send", "TriggeredSend", "C", send,
                                      echo_send};
  return kType;
}

}  // namespace rekey::engagement::soap
