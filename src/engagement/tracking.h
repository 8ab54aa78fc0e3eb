// What became of mails: the events that analytics read, written by whoever sends, opens, clicks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"

namespace rekey::engagement {

enum class TrackingKind { kSent, kNotSent, kBounce, kOpen, kClick, kUnsub };
// "Sent", "NotSent", "Bounce", "Open", "Click", "Unsub": as the table has it.
[[nodiscard]] std::string_view name_of(TrackingKind kind) noexcept;

struct TrackingEvent {
  std::int64_t business_unit = 0;
  TrackingKind kind = TrackingKind::kSent;
  std::string send_key;  // of the send definition
  std::string subscriber_key;
  std::string email;
  base::Instant at{};
  // A JSON object. NotSent: statusCode, statusMessage, reason; Bounce: smtpCode, smtpReason,
  // bounceCategory; Click: url, urlId; all: messageKey.
  std::string detail;
};

// Gives the event's id: they count up in the order of writing.
[[nodiscard]] base::Result<std::int64_t> record_event(storage::Connection& tables,
                                                      const TrackingEvent& event);

[[nodiscard]] base::Status prepare_tracking_schema(storage::Connection& connection);

}  // namespace rekey::engagement
