// Messages: one mail to one recipient, from its acceptance to what became of it, and their tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/json.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sends {

// A key is a message's alone for so long (contract section 4.6).
inline constexpr base::Duration kKeyTakenFor = base::Days{2};
// For so long its status is told (contract section 4.6), and so long it may wait.
inline constexpr base::Duration kStatusToldFor = base::Days{3};
inline constexpr base::Duration kLongestWait = base::Days{3};
// For so long its links work.
inline constexpr base::Duration kMessageKeptFor = base::Days{60};

enum class MessageState { kQueued, kSent, kNotSent, kBounced };
// "Queued", "Sent", "NotSent", "Bounced".
[[nodiscard]] std::string_view name_of(MessageState state) noexcept;

using Attributes = std::vector<std::pair<std::string, std::string>>;

struct Message {
  std::int64_t id = 0;
  std::string guid;   // the recipientSendId of a triggered send
  std::string token;  // 32 hexadecimal digits: what its links carry
  std::int64_t business_unit = 0;
  std::int64_t definition_id = 0;
  bool is_triggered = false;
  std::string key;  // messageKey
  std::string contact_key;
  std::string address;       // empty: the contact's own
  std::string from_address;  // empty: the sandbox's own
  std::string from_name;
  Attributes attributes;
  base::Instant accepted_at{};
  MessageState state = MessageState::kQueued;
  base::Instant next_try_at{};
  std::int64_t tries = 0;
  std::string content;  // JSON (composed_mail.h); empty until it was composed
  std::optional<base::Instant> settled_at;
  std::int64_t status_code = 0;  // of one that was not sent, or bounced
  std::string status_message;    // of these, and why one that was tried still waits
};

// Gives its id.
[[nodiscard]] base::Result<std::int64_t> insert_message(storage::Connection& tables,
                                                        const Message& message);

// Whether a message that was accepted after `since` has exactly this key.
[[nodiscard]] base::Result<bool> is_key_taken(storage::Connection& tables,
                                              std::int64_t business_unit, std::string_view key,
                                              base::Instant since);
// The newest of the transactional messages with that key: the one in this letter case, else in any.
[[nodiscard]] base::Result<std::optional<Message>> find_message(storage::Connection& tables,
                                                                std::int64_t business_unit,
                                                                std::string_view key);
[[nodiscard]] base::Result<std::optional<Message>> find_message_by_guid(storage::Connection& tables,
                                                                        std::int64_t business_unit,
                                                                        std::string_view guid);
[[nodiscard]] base::Result<std::optional<Message>> find_message(storage::Connection& tables,
                                                                std::int64_t id);
// In whatever business unit: the token says which.
[[nodiscard]] base::Result<std::optional<Message>> find_message_by_token(
    storage::Connection& tables, std::string_view token);

// The newest first, of every business unit.
[[nodiscard]] base::Result<std::vector<Message>> list_newest(storage::Connection& tables,
                                                             std::int64_t limit);

// What waits and is due by `now`, of definitions that are active, oldest first.
[[nodiscard]] base::Result<std::vector<Message>> load_due(storage::Connection& tables,
                                                          base::Instant now, std::int64_t limit);
// What was accepted before `before` and still waits, active or not.
[[nodiscard]] base::Result<std::vector<Message>> load_overdue(storage::Connection& tables,
                                                              base::Instant before,
                                                              std::int64_t limit);
// When the next one of an active definition is due.
[[nodiscard]] base::Result<std::optional<base::Instant>> next_due_message(
    storage::Connection& tables);
[[nodiscard]] base::Result<std::vector<Message>> load_queued(storage::Connection& tables,
                                                             std::int64_t definition_id);

struct Queue {
  std::int64_t count = 0;
  std::optional<base::Instant> oldest;
};
[[nodiscard]] base::Result<Queue> queue_of(storage::Connection& tables, std::int64_t definition_id);

// Keeps what the message says and to whom it goes; link `n` (from 0) leads to links[n].
[[nodiscard]] base::Status save_content(storage::Connection& tables, const Message& message,
                                        const std::vector<std::string>& links);
[[nodiscard]] base::Result<std::optional<std::string>> find_link(storage::Connection& tables,
                                                                 std::int64_t message_id,
                                                                 std::int64_t number);
// When it is tried again, how often it was, and why it waits.
[[nodiscard]] base::Status save_next_try(storage::Connection& tables, const Message& message);
// State, instant, code and words; `not_sent_event`: the event's id, 0 where there is none.
[[nodiscard]] base::Status save_outcome(storage::Connection& tables, const Message& message,
                                        std::int64_t not_sent_event);

// Transactional messages that were not sent, in the order of their events, from the one after
// `after` on.
struct Unsent {
  std::int64_t event = 0;
  Message message;
  std::string definition_key;
};
[[nodiscard]] base::Result<std::vector<Unsent>> list_unsent(storage::Connection& tables,
                                                            std::int64_t business_unit,
                                                            std::int64_t after, std::int64_t limit);

// Deletes what was settled before `before`.
[[nodiscard]] base::Status forget_messages(storage::Connection& tables, base::Instant before);
[[nodiscard]] base::Result<bool> has_forgettable(storage::Connection& tables, base::Instant before);

}  // namespace rekey::engagement::sends
