#include <fmt/format.h>

#include "engagement/soap/object_types.h"

namespace rekey::engagement::soap {

namespace {

constexpr std::string_view kRead = "tracking_events_read";

Property plain(std::string name, ValueKind kind, std::string sql) {
  return {std::move(name), kind, std::move(sql), Presence::kAsked, {}, false};
}
Property nested_nil(std::string name) {
  return {std::move(name), ValueKind::kText, {}, Presence::kWithGroup, {}, false};
}
void append(ObjectType& type, const std::vector<Property>& properties) {
  type.properties.insert(type.properties.end(), properties.begin(), properties.end());
}

// A member of an event's detail.
std::string detail(std::string_view member) {
  return fmt::format("json_extract(e.detail, '$.{}')", member);
}

// Every send is taken for a triggered one: its GUID is its definition's. That of a send without one
// is made of its number.
constexpr std::string_view kGuid =
    "coalesce((SELECT d.guid FROM send_definition d WHERE d.business_unit = s.business_unit AND "
    "d.key = s.send_key ORDER BY d.id DESC LIMIT 1), "
    "printf('00000000-0000-4000-8000-%012x', s.id))";
constexpr std::string_view kQueued =
    "SELECT count(*) FROM send_message m JOIN send_definition d ON d.id = m.definition_id WHERE "
    "d.business_unit = s.business_unit AND d.key = s.send_key AND m.state = 'Queued'";

// The list that everybody is on: the only one there is.
std::vector<Property> list_properties() {
  return {nested_nil("List.PartnerKey"), plain("List.ID", ValueKind::kInteger, "1"),
          nested_nil("List.ObjectID"),
          plain("List.ListName", ValueKind::kText, "'All Subscribers'")};
}

ObjectType event(std::string name, std::string_view kind, std::string event_type,
                 const std::vector<Property>& own) {
  ObjectType type;
  type.name = std::move(name);
  type.read_scope = kRead;
  type.source =
      "tracking_events e JOIN tracking_send s ON s.business_unit = e.business_unit "
      "AND s.send_key = e.send_key";
  type.condition = fmt::format("e.business_unit = ?1 AND e.kind = '{}'", kind);
  type.cursor = "e.event_id";
  type.properties =
      base_properties({"e.business_unit", "e.at_ms", "e.at_ms", "e.event_id", {}, {}});
  append(type, {plain("SendID", ValueKind::kInteger, "s.id"),
                plain("SubscriberKey", ValueKind::kText, "e.subscriber_key"),
                plain("EventDate", ValueKind::kInstant, "e.at_ms"),
                plain("EventType", ValueKind::kText, std::move(event_type)),
                plain("TriggeredSendDefinitionObjectID", ValueKind::kText, std::string(kGuid)),
                plain("BatchID", ValueKind::kInteger, "coalesce(" + detail("batchId") + ", 1)")});
  append(type, own);
  return type;
}

std::string bounce_is(std::string_view beginning) {
  return fmt::format("{} LIKE '{}%'", detail("bounceCategory"), beginning);
}

std::vector<Property> bounce_properties() {
  return {plain("SMTPCode", ValueKind::kText, detail("smtpCode")),
          plain("BounceCategory", ValueKind::kText, detail("bounceCategory")),
          plain("SMTPReason", ValueKind::kText, detail("smtpReason")),
          plain("BounceType", ValueKind::kText, detail("bounceType"))};
}

std::vector<Property> click_properties() {
  return {plain("URLID", ValueKind::kInteger, detail("urlId")),
          plain("URL", ValueKind::kText, detail("url")),
          plain("URLIDLong", ValueKind::kInteger, detail("urlId"))};
}

// From one list, or from everything.
std::vector<Property> unsub_properties() {
  return {nested_nil("List.PartnerKey"),
          plain("List.ID", ValueKind::kInteger, "coalesce(" + detail("listId") + ", 1)"),
          nested_nil("List.ObjectID"),
          plain("List.ListName", ValueKind::kText,
                "coalesce(" + detail("listName") + ", 'All Subscribers')"),
          plain("IsMasterUnsubscribed", ValueKind::kBoolean, detail("listId") + " IS NULL")};
}

// A query over the events of the send `s`.
std::string over_events(std::string_view what, std::string_view kind,
                        std::string_view condition = {}) {
  return fmt::format(
      "SELECT {} FROM tracking_events e WHERE e.business_unit = s.business_unit "
      "AND e.send_key = s.send_key AND e.kind = '{}'{}{}",
      what, kind, condition.empty() ? "" : " AND ", condition);
}
std::string count_of(std::string_view kind, std::string_view condition = {}) {
  return over_events("count(*)", kind, condition);
}
std::string unique_of(std::string_view kind) {
  return over_events("count(DISTINCT e.subscriber_key)", kind);
}
std::string other_bounces() {
  return count_of("Bounce", fmt::format("({}) IS NOT TRUE AND ({}) IS NOT TRUE", bounce_is("hard"),
                                        bounce_is("soft")));
}
std::string because(std::string_view reason) {
  return count_of("NotSent", fmt::format("{} = '{}'", detail("statusMessage"), reason));
}
std::string first_sent(std::string_view member) {
  return over_events(detail(member), "Sent") + " LIMIT 1";
}

Property number(std::string name, std::string sql) {
  return plain(std::move(name), ValueKind::kInteger, std::move(sql));
}

// From Duplicates to MissingAddresses: Send and ListSend have them in one order.
std::vector<Property> send_figures() {
  return {
      number("Duplicates", "0"),
      number("InvalidAddresses", because("InvalidEmailAddress")),
      number("ExistingUndeliverables", because("Undeliverable")),
      number("ExistingUnsubscribes", because("Unsubscribed")),
      number("HardBounces", count_of("Bounce", bounce_is("hard"))),
      number("SoftBounces", count_of("Bounce", bounce_is("soft"))),
      number("OtherBounces", other_bounces()),
      number("ForwardedEmails", "0"),
      number("UniqueClicks", unique_of("Click")),
      number("UniqueOpens", unique_of("Open")),
      number("NumberSent", count_of("Sent")),
      number("NumberDelivered", fmt::format("({}) - ({})", count_of("Sent"), count_of("Bounce"))),
      number("Unsubscribes", unique_of("Unsub")),
      number("MissingAddresses", because("MissingEmailAddress")),
  };
}

ObjectType over_sends(std::string name, const BaseSql& base) {
  ObjectType type;
  type.name = std::move(name);
  type.read_scope = kRead;
  type.source = "tracking_send s";
  type.condition = "s.business_unit = ?1";
  type.cursor = "s.id";
  type.properties = base_properties(base);
  return type;
}

ObjectType send() {
  ObjectType type = over_sends("Send", {"s.business_unit", "s.first_at_ms", "s.first_at_ms", "s.id",
                                        std::string(kGuid), "s.send_key"});
  append(type,
         {nested_nil("Email.PartnerKey"), number("Email.ID", "s.id"), nested_nil("Email.ObjectID"),
          plain("SendDate", ValueKind::kInstant, "s.first_at_ms"),
          plain("FromAddress", ValueKind::kText, first_sent("fromAddress")),
          plain("FromName", ValueKind::kText, first_sent("fromName"))});
  append(type, send_figures());
  append(type, {plain("Subject", ValueKind::kText, first_sent("subject")),
                plain("PreviewURL", ValueKind::kText, {}),
                plain("SentDate", ValueKind::kInstant, over_events("max(e.at_ms)", "Sent")),
                plain("EmailName", ValueKind::kText, "s.send_key"),
                plain("Status", ValueKind::kText, "'Complete'"),
                plain("IsMultipart", ValueKind::kBoolean, "1"),
                plain("IsAlwaysOn", ValueKind::kBoolean, "0")});
  return type;
}

ObjectType list_send() {
  ObjectType type = over_sends("ListSend", {"s.business_unit", {}, {}, "s.id", {}, {}});
  append(type, {number("SendID", "s.id")});
  append(type, list_properties());
  append(type, send_figures());
  append(type, {plain("PreviewURL", ValueKind::kText, {})});
  return type;
}

ObjectType summary() {
  ObjectType type = over_sends(
      "TriggeredSendSummary",
      {"s.business_unit", "s.first_at_ms", "s.first_at_ms", {}, std::string(kGuid), "s.send_key"});
  append(type, {nested_nil("TriggeredSendDefinition.PartnerKey"),
                plain("TriggeredSendDefinition.ObjectID", ValueKind::kText, std::string(kGuid)),
                plain("TriggeredSendDefinition.CustomerKey", ValueKind::kText, "s.send_key"),
                number("Sent", count_of("Sent")),
                number("NotSentDueToOptOut", because("Unsubscribed")),
                number("NotSentDueToUndeliverable", because("Undeliverable")),
                number("Bounces", count_of("Bounce")),
                number("Opens", count_of("Open")),
                number("Clicks", count_of("Click")),
                number("UniqueOpens", unique_of("Open")),
                number("UniqueClicks", unique_of("Click")),
                number("OptOuts", unique_of("Unsub")),
                number("SurveyResponses", "0"),
                number("FTAFRequests", "0"),
                number("FTAFEmailsSent", "0"),
                number("FTAFOptIns", "0"),
                number("Conversions", "0"),
                number("UniqueConversions", "0"),
                number("InProcess", "0"),
                number("NotSentDueToError",
                       count_of("NotSent", "coalesce(" + detail("statusMessage") +
                                               ", '') NOT IN ('Unsubscribed', 'Undeliverable')")),
                number("Queued", std::string(kQueued))});
  return type;
}

}  // namespace

const std::vector<ObjectType>& tracking_types() {
  static const std::vector<ObjectType> kTypes = {
      event("SentEvent", "Sent", "'Sent'", {}),
      event("OpenEvent", "Open", "'Open'", {}),
      event("ClickEvent", "Click", "'Click'", click_properties()),
      event("BounceEvent", "Bounce",
            fmt::format("CASE WHEN {} THEN 'HardBounce' WHEN {} THEN 'SoftBounce' "
                        "ELSE 'OtherBounce' END",
                        bounce_is("hard"), bounce_is("soft")),
            bounce_properties()),
      event("UnsubEvent", "Unsub", "'Unsubscribe'", unsub_properties()),
      event("NotSentEvent", "NotSent", "'NotSent'", {}),
      send(),
      list_send(),
      summary(),
  };
  return kTypes;
}

}  // namespace rekey::engagement::soap
