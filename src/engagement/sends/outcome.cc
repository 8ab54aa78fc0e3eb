#include "engagement/sends/outcome.h"

#include "engagement/sends/composed_mail.h"
#include "engagement/tracking.h"
#include "net/json.h"

namespace rekey::engagement::sends {

namespace {

using storage::Connection;

TrackingEvent event_of(TrackingKind kind, const Message& message, const SendDefinition& definition,
                       base::Instant now) {
  TrackingEvent event;
  event.business_unit = message.business_unit;
  event.kind = kind;
  event.send_key = definition.key;
  event.subscriber_key = message.contact_key;
  event.email = message.address;
  event.at = now;
  return event;
}

base::Status record_sent(Connection& tables, const Message& message,
                         const SendDefinition& definition, base::Instant now) {
  TrackingEvent event = event_of(TrackingKind::kSent, message, definition, now);
  REKEY_TRY(const ComposedMail mail, parse_composed_mail(message.content));
  net::JsonWriter detail;
  detail.begin_object()
      .member("messageKey", message.key)
      .member("subject", mail.subject)
      .member("fromName", mail.from_name)
      .member("fromAddress", mail.from_address)
      .end_object();
  event.detail = detail.release();
  REKEY_TRY(const std::int64_t id, record_event(tables, event));
  static_cast<void>(id);
  return {};
}

}  // namespace

base::Status settle_sent(Connection& tables, Message message, const SendDefinition& definition,
                         base::Instant now) {
  REKEY_CHECK(record_sent(tables, message, definition, now));
  message.state = MessageState::kSent;
  message.settled_at = now;
  return save_outcome(tables, message, 0);
}

base::Status settle_bounced(Connection& tables, Message message, const SendDefinition& definition,
                            const Bounce& bounce, base::Instant now) {
  REKEY_CHECK(record_sent(tables, message, definition, now));
  TrackingEvent event = event_of(TrackingKind::kBounce, message, definition, now);
  net::JsonWriter detail;
  detail.begin_object()
      .member("messageKey", message.key)
      .member("smtpCode", std::to_string(bounce.smtp_code))
      .member("smtpReason", bounce.reason)
      .member("bounceCategory", "Hard bounce")
      .end_object();
  event.detail = detail.release();
  REKEY_TRY(const std::int64_t id, record_event(tables, event));
  static_cast<void>(id);
  message.state = MessageState::kBounced;
  message.settled_at = now;
  message.status_code = bounce.smtp_code;
  message.status_message = bounce.reason;
  return save_outcome(tables, message, 0);
}

base::Status settle_not_sent(Connection& tables, Message message, const SendDefinition& definition,
                             const NotSent& not_sent, base::Instant now) {
  TrackingEvent event = event_of(TrackingKind::kNotSent, message, definition, now);
  net::JsonWriter detail;
  detail.begin_object()
      .member("messageKey", message.key)
      .member("statusCode", not_sent.fault.code)
      .member("statusMessage", not_sent.fault.name)
      .member("reason", not_sent.reason)
      .end_object();
  event.detail = detail.release();
  REKEY_TRY(const std::int64_t id, record_event(tables, event));
  message.state = MessageState::kNotSent;
  message.settled_at = now;
  message.status_code = not_sent.fault.code;
  message.status_message = not_sent.fault.name;
  return save_outcome(tables, message, id);
}

}  // namespace rekey::engagement::sends
