// Takes messages in: what is checked before a send is accepted, and the queue that it goes into.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engagement/call.h"
#include "engagement/sends/message.h"
#include "engagement/sends/send_definition.h"
#include "engagement/sends/utm_error.h"
#include "net/json.h"

namespace rekey::engagement::sends {

inline constexpr std::size_t kLongestMessageKey = 100;
inline constexpr std::size_t kLongestContactKey = 254;
inline constexpr std::size_t kMostAttributes = 500;
inline constexpr std::size_t kLongestAttribute = 128 * 1024;  // bytes

// Members of an object as attributes: texts, numbers and truths; null counts as empty.
// kInvalidArgument naming the one that is a list, an object, or has a bad name or is too long.
[[nodiscard]] base::Result<Attributes> read_attributes(const net::JsonValue* object);
// `own` and, of `shared`, what it does not name itself in whatever letter case.
[[nodiscard]] Attributes merged(Attributes own, const Attributes& shared);

struct Recipient {
  std::string message_key;
  std::string contact_key;
  std::string address;  // empty: the contact's own
  std::string from_address;
  std::string from_name;
  Attributes attributes;
};

// nullopt where the recipient may be queued.
[[nodiscard]] base::Result<std::optional<Fault>> check_recipient(storage::Connection& tables,
                                                                 std::int64_t business_unit,
                                                                 const Recipient& recipient,
                                                                 base::Instant now);

// Puts it into the queue; gives the message.
[[nodiscard]] base::Result<Message> queue_message(Call& call, const SendDefinition& definition,
                                                  const Recipient& recipient, bool is_triggered);
// The same for what is due.
[[nodiscard]] base::Result<Message> queue_message(storage::Connection& tables, const Tools& tools,
                                                  base::Instant now,
                                                  const SendDefinition& definition,
                                                  const Recipient& recipient, bool is_triggered);

}  // namespace rekey::engagement::sends
