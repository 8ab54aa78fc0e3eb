#include "engagement/soap/execute.h"

#include <fmt/format.h>

#include <charconv>

#include "engagement/contacts/contact.h"
#include "engagement/contacts/list.h"
#include "engagement/contacts/subscriber.h"
#include "engagement/soap/envelope.h"
#include "engagement/soap/write_call.h"
#include "engagement/soap/xml_writer.h"
#include "engagement/tracking.h"
#include "net/json.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;
using base::Result;
using contacts::Contact;

constexpr std::string_view kScope = "list_and_subscribers_write";

// Parameters/{Name, Value}
std::string parameter(const XmlElement& request, std::string_view name) {
  for (const XmlElement* one : request.all("Parameters")) {
    if (one->child_text("Name") == name) return one->child_text("Value");
  }
  return {};
}

std::int64_t number_or_zero(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} && end == text.data() + text.size() ? number : 0;
}

Result<std::optional<Contact>> find_subscriber(const VerbCall& call, const XmlElement& request) {
  const std::int64_t unit = call.caller.business_unit;
  std::string key = parameter(request, "SubscriberKey");
  if (key.empty()) key = parameter(request, "EmailAddress");
  if (!key.empty()) return contacts::find_contact(call.tables, unit, key);
  return contacts::find_contact(call.tables, unit,
                                number_or_zero(parameter(request, "SubscriberID")));
}

// The key of the send with that JobID; "unsubscribe" where it is none of this business unit's.
Result<std::string> send_key_of(const VerbCall& call, std::int64_t job) {
  REKEY_TRY(auto row, call.tables.prepare("SELECT send_key FROM tracking_send WHERE id = ?1 "
                                          "AND business_unit = ?2"));
  row.bind(1, job).bind(2, call.caller.business_unit);
  REKEY_TRY(const bool has_row, row.step());
  return has_row ? row.text(0) : std::string("unsubscribe");
}

// From that list, where ListID names one that was made; else from everything.
base::Status unsubscribe(const VerbCall& call, const Contact& contact,
                         const std::optional<contacts::List>& list) {
  constexpr auto kUnsubscribed = contacts::SubscriberStatus::kUnsubscribed;
  if (list) {
    return contacts::save_membership(call.tables, list->id, contact.id, kUnsubscribed, call.now);
  }
  REKEY_TRY(auto subscriber, contacts::load_subscriber(call.tables, contact.id));
  contacts::set_status(subscriber, kUnsubscribed, call.now);
  return contacts::save_subscriber(call.tables, contact.id, subscriber);
}

base::Status record_unsubscription(const VerbCall& call, const XmlElement& request,
                                   const Contact& contact,
                                   const std::optional<contacts::List>& list) {
  TrackingEvent event;
  event.business_unit = call.caller.business_unit;
  event.kind = TrackingKind::kUnsub;
  REKEY_TRY(event.send_key, send_key_of(call, number_or_zero(parameter(request, "JobID"))));
  event.subscriber_key = contact.key;
  event.email = parameter(request, "EmailAddress");
  event.at = call.now;
  net::JsonWriter detail;
  detail.begin_object().member("reason", parameter(request, "Reason"));
  if (list) detail.member("listId", list->id).member("listName", list->name);
  event.detail = detail.end_object().release();
  REKEY_TRY(const std::int64_t id, record_event(call.tables, event));
  static_cast<void>(id);
  return {};
}

WriteAnswer log_unsubscription(const VerbCall& call, const XmlElement& request) {
  if (!holds_all(call.caller, kScope)) {
    return refuse(kNoPermission, Code::kForbidden, missing_scope(kScope));
  }
  REKEY_TRY(const auto contact, find_subscriber(call, request));
  if (!contact) {
    return refuse(kSubscriberNotFound, Code::kNotFound,
                  "SubscriberNotFound: no subscriber has this key, address or ID");
  }
  const std::string list_id = parameter(request, "ListID");
  REKEY_TRY(const auto list,
            contacts::find_list(call.tables, call.caller.business_unit, number_or_zero(list_id)));
  const bool means_all = list_id.empty() || list_id == std::to_string(contacts::kAllSubscribers);
  if (!list && !means_all) {
    return refuse(kUnexpectedError, Code::kNotFound,
                  "ListID: this business unit has no such list; without ListID the subscriber is "
                  "unsubscribed from everything");
  }
  REKEY_CHECK(unsubscribe(call, *contact, list));
  REKEY_CHECK(record_unsubscription(call, request, *contact, list));
  return Written{"Event posted", 0, {}};
}

WriteAnswer run_one(const VerbCall& call, const XmlElement& request) {
  const std::string name = request.child_text("Name");
  if (name == "LogUnsubEvent") return log_unsubscription(call, request);
  return refuse(
      kUnexpectedError, Code::kUnsupported,
      fmt::format("Execute knows LogUnsubEvent and nothing else, not {}", name.substr(0, 200)));
}

}  // namespace

VerbAnswer execute(const VerbCall& call) {
  XmlWriter results;
  bool is_good = true;
  for (const XmlElement* one : call.request.all("Requests")) {
    const WriteAnswer answer = run_one(call, *one);
    if (!answer && !is_clients(answer.error().error)) {
      return tl::unexpected<base::Error>(answer.error().error);
    }
    is_good = is_good && answer.has_value();
    results.open("Results")
        .element("StatusCode", answer ? "OK" : "Error")
        .element("StatusMessage", answer ? answer->message : answer.error().error.detail);
    if (!answer) results.element("ErrorCode", answer.error().error_code);
    results.close();
  }
  XmlWriter xml;
  xml.open("ExecuteResponseMsg", fmt::format(" xmlns=\"{}\"", kPartnerSpace))
      .element("OverallStatus", is_good ? "OK" : "Error")
      .element("RequestID", call.tools.ids.guid())
      .raw(results.release());
  return xml.close().release();
}

VerbAnswer system_status(const VerbCall& call) {
  XmlWriter xml;
  xml.open("SystemStatusResponseMsg", fmt::format(" xmlns=\"{}\"", kPartnerSpace))
      .open("Results")
      .open("Result")
      .element("StatusCode", "OK")
      .element("StatusMessage", "System Status Retrieved")
      .element("SystemStatus", "OK")
      .close()
      .close()
      .element("OverallStatus", "OK")
      .element("OverallStatusMessage", "")
      .element("RequestID", call.tools.ids.guid());
  return xml.close().release();
}

}  // namespace rekey::engagement::soap
