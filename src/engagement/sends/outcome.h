// What becomes of a message, written down in its row and as events for analytics.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engagement/sends/message.h"
#include "engagement/sends/send_definition.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sends {

// Why a message was not sent: Marketing Cloud's subscriber error codes.
struct SubscriberFault {
  int code = 0;
  std::string_view name;
};
inline constexpr SubscriberFault kUnsubscribed{1, "Unsubscribed"};
inline constexpr SubscriberFault kHeld{2, "Held"};
inline constexpr SubscriberFault kMissingEmailAddress{4, "MissingEmailAddress"};
inline constexpr SubscriberFault kInvalidEmailAddress{5, "InvalidEmailAddress"};
inline constexpr SubscriberFault kNoAllSubscribersListEntry{11, "NoAllSubscribersListEntry"};
inline constexpr SubscriberFault kUnspecifiedError{15, "UnspecifiedError"};
inline constexpr SubscriberFault kInvalidFieldValue{20, "InvalidFieldValue"};
inline constexpr SubscriberFault kDataExtensionInsertFailed{22, "DataExtensionInsertFailed"};
inline constexpr SubscriberFault kBuildEmailError{26, "BuildEmailError"};

// Why, in a sentence that holds no value of an attribute.
struct NotSent {
  SubscriberFault fault;
  std::string reason;
};

// What a mail server said for good.
struct Bounce {
  int smtp_code = 550;
  std::string reason;
};

[[nodiscard]] base::Status settle_sent(storage::Connection& tables, Message message,
                                       const SendDefinition& definition, base::Instant now);
// Also an event Sent: it was handed over, and came back.
[[nodiscard]] base::Status settle_bounced(storage::Connection& tables, Message message,
                                          const SendDefinition& definition, const Bounce& bounce,
                                          base::Instant now);
[[nodiscard]] base::Status settle_not_sent(storage::Connection& tables, Message message,
                                           const SendDefinition& definition,
                                           const NotSent& not_sent, base::Instant now);

}  // namespace rekey::engagement::sends
