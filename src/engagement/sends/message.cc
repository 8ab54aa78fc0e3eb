#include "engagement/sends/message.h"

#include <array>

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

#define REKEY_MESSAGE_COLUMNS                                                            \
  "m.id, m.guid, m.token, m.business_unit, m.definition_id, m.is_triggered, m.key, "     \
  "m.contact_key, m.address, m.from_address, m.from_name, m.attributes, m.accepted_at, " \
  "m.state, m.next_try_at, m.tries, m.content, m.settled_at, m.status_code, m.status_message"
constexpr int kColumns = 20;

constexpr std::array<MessageState, 4> kStates{MessageState::kQueued, MessageState::kSent,
                                              MessageState::kNotSent, MessageState::kBounced};

std::string attributes_text(const Attributes& attributes) {
  net::JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] : attributes) json.member(name, value);
  json.end_object();
  return json.release();
}

Result<Attributes> parse_attributes(std::string_view text) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(text));
  Attributes attributes;
  for (const auto& [name, value] : json.members()) {
    attributes.emplace_back(name, std::string(value.as_string().value_or("")));
  }
  return attributes;
}

Result<Message> read_message(const storage::Statement& row) {
  Message message;
  message.id = row.integer(0);
  message.guid = row.text(1);
  message.token = row.text(2);
  message.business_unit = row.integer(3);
  message.definition_id = row.integer(4);
  message.is_triggered = row.integer(5) != 0;
  message.key = row.text(6);
  message.contact_key = row.text(7);
  message.address = row.text(8);
  message.from_address = row.text(9);
  message.from_name = row.text(10);
  REKEY_TRY(message.attributes, parse_attributes(row.text(11)));
  message.accepted_at = base::from_millis(row.integer(12));
  const std::string state = row.text(13);
  for (const MessageState known : kStates) {
    if (name_of(known) == state) message.state = known;
  }
  message.next_try_at = base::from_millis(row.integer(14));
  message.tries = row.integer(15);
  message.content = row.text(16);
  if (const auto at = row.optional_integer(17)) message.settled_at = base::from_millis(*at);
  message.status_code = row.integer(18);
  message.status_message = row.text(19);
  return message;
}

Result<std::optional<Message>> first_message(storage::Statement rows) {
  REKEY_TRY(const bool has_row, rows.step());
  if (!has_row) return std::optional<Message>{};
  REKEY_TRY(Message message, read_message(rows));
  return std::optional<Message>(std::move(message));
}

Result<std::vector<Message>> all_messages(storage::Statement rows) {
  std::vector<Message> messages;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return messages;
    REKEY_TRY(Message message, read_message(rows));
    messages.push_back(std::move(message));
  }
}

}  // namespace

std::string_view name_of(MessageState state) noexcept {
  switch (state) {
    case MessageState::kQueued:
      return "Queued";
    case MessageState::kSent:
      return "Sent";
    case MessageState::kNotSent:
      return "NotSent";
    case MessageState::kBounced:
      return "Bounced";
  }
  return "";
}

base::Status insert_message(Connection& tables, Message& message) {
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO send_message(guid, token, business_unit, definition_id, "
                           "is_triggered, key, contact_key, address, from_address, from_name, "
                           "attributes, accepted_at, state, next_try_at, tries, content, "
                           "status_code, status_message, not_sent_event) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'Queued', "
                           "?13, 0, '', 0, '', 0)"));
  REKEY_CHECK(insert.bind(1, message.guid)
                  .bind(2, message.token)
                  .bind(3, message.business_unit)
                  .bind(4, message.definition_id)
                  .bind(5, std::int64_t{message.is_triggered})
                  .bind(6, message.key)
                  .bind(7, message.contact_key)
                  .bind(8, message.address)
                  .bind(9, message.from_address)
                  .bind(10, message.from_name)
                  .bind(11, attributes_text(message.attributes))
                  .bind(12, base::to_millis(message.accepted_at))
                  .bind(13, base::to_millis(message.next_try_at))
                  .run());
  message.id = tables.last_insert_id();
  return {};
}

Result<bool> is_key_taken(Connection& tables, std::int64_t business_unit, std::string_view key,
                          base::Instant since) {
  REKEY_TRY(auto row, tables.prepare("SELECT 1 FROM send_message WHERE business_unit = ?1 "
                                     "AND key = ?2 COLLATE NOCASE AND key = ?2 COLLATE BINARY "
                                     "AND accepted_at > ?3 LIMIT 1"));
  row.bind(1, business_unit).bind(2, key).bind(3, base::to_millis(since));
  return row.step();
}

Result<std::optional<Message>> find_message(Connection& tables, std::int64_t business_unit,
                                            std::string_view key) {
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_MESSAGE_COLUMNS
                                     " FROM send_message m WHERE m.business_unit = ?1 "
                                     "AND m.key = ?2 COLLATE NOCASE AND m.is_triggered = 0 "
                                     "ORDER BY m.key = ?2 COLLATE BINARY DESC, m.id DESC LIMIT 1"));
  row.bind(1, business_unit).bind(2, key);
  return first_message(std::move(row));
}

Result<std::optional<Message>> find_message_by_guid(Connection& tables, std::int64_t business_unit,
                                                    std::string_view guid) {
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_MESSAGE_COLUMNS " FROM send_message m "
                                     "WHERE m.guid = ?1 AND m.business_unit = ?2"));
  row.bind(1, guid).bind(2, business_unit);
  return first_message(std::move(row));
}

Result<std::optional<Message>> find_message(Connection& tables, std::int64_t id) {
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_MESSAGE_COLUMNS " FROM send_message m "
                                     "WHERE m.id = ?1"));
  row.bind(1, id);
  return first_message(std::move(row));
}

Result<std::optional<Message>> find_message_by_token(Connection& tables, std::string_view token) {
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_MESSAGE_COLUMNS " FROM send_message m "
                                     "WHERE m.token = ?1"));
  row.bind(1, token);
  return first_message(std::move(row));
}

Result<std::vector<Message>> list_newest(Connection& tables, std::int64_t limit) {
  REKEY_TRY(auto rows, tables.prepare("SELECT " REKEY_MESSAGE_COLUMNS
                                      " FROM send_message m ORDER BY m.id DESC LIMIT ?1"));
  rows.bind(1, limit);
  return all_messages(std::move(rows));
}

Result<std::vector<Message>> load_due(Connection& tables, base::Instant now, std::int64_t limit) {
  REKEY_TRY(auto rows,
            tables.prepare("SELECT " REKEY_MESSAGE_COLUMNS
                           " FROM send_message m JOIN send_definition d ON d.id = m.definition_id "
                           "WHERE m.state = 'Queued' AND m.next_try_at <= ?1 "
                           "AND d.status = 'Active' ORDER BY m.next_try_at, m.id LIMIT ?2"));
  rows.bind(1, base::to_millis(now)).bind(2, limit);
  return all_messages(std::move(rows));
}

Result<std::vector<Message>> load_overdue(Connection& tables, base::Instant before,
                                          std::int64_t limit) {
  REKEY_TRY(auto rows, tables.prepare("SELECT " REKEY_MESSAGE_COLUMNS
                                      " FROM send_message m WHERE m.state = 'Queued' "
                                      "AND m.accepted_at <= ?1 ORDER BY m.id LIMIT ?2"));
  rows.bind(1, base::to_millis(before)).bind(2, limit);
  return all_messages(std::move(rows));
}

Result<std::optional<base::Instant>> next_due_message(Connection& tables) {
  REKEY_TRY(auto row, tables.prepare("SELECT m.next_try_at FROM send_message m "
                                     "JOIN send_definition d ON d.id = m.definition_id "
                                     "WHERE m.state = 'Queued' AND d.status = 'Active' "
                                     "ORDER BY m.next_try_at LIMIT 1"));
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) return std::optional<base::Instant>{};
  return std::optional<base::Instant>(base::from_millis(row.integer(0)));
}

Result<std::vector<Message>> load_queued(Connection& tables, std::int64_t definition_id) {
  REKEY_TRY(auto rows, tables.prepare("SELECT " REKEY_MESSAGE_COLUMNS
                                      " FROM send_message m WHERE m.definition_id = ?1 "
                                      "AND m.state = 'Queued' ORDER BY m.id"));
  rows.bind(1, definition_id);
  return all_messages(std::move(rows));
}

Result<Queue> queue_of(Connection& tables, std::int64_t definition_id) {
  REKEY_TRY(auto row, tables.prepare("SELECT count(*), min(accepted_at) FROM send_message "
                                     "WHERE definition_id = ?1 AND state = 'Queued'"));
  row.bind(1, definition_id);
  REKEY_TRY(const bool has_row, row.step());
  Queue queue;
  if (!has_row) return queue;
  queue.count = row.integer(0);
  if (const auto oldest = row.optional_integer(1)) queue.oldest = base::from_millis(*oldest);
  return queue;
}

base::Status save_content(Connection& tables, const Message& message,
                          const std::vector<std::string>& links) {
  REKEY_TRY(auto update, tables.prepare("UPDATE send_message SET content = ?2, address = ?3 "
                                        "WHERE id = ?1"));
  REKEY_CHECK(update.bind(1, message.id).bind(2, message.content).bind(3, message.address).run());
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO send_link(message_id, number, url) VALUES(?1, ?2, ?3)"));
  std::int64_t number = 0;
  for (const std::string& url : links) {
    REKEY_CHECK(insert.bind(1, message.id).bind(2, number++).bind(3, url).run());
  }
  return {};
}

Result<std::optional<std::string>> find_link(Connection& tables, std::int64_t message_id,
                                             std::int64_t number) {
  REKEY_TRY(auto row,
            tables.prepare("SELECT url FROM send_link WHERE message_id = ?1 AND number = ?2"));
  row.bind(1, message_id).bind(2, number);
  REKEY_TRY(const bool has_row, row.step());
  return has_row ? std::optional<std::string>(row.text(0)) : std::nullopt;
}

base::Status save_next_try(Connection& tables, const Message& message) {
  REKEY_TRY(auto update, tables.prepare("UPDATE send_message SET next_try_at = ?2, tries = ?3, "
                                        "status_message = ?4 WHERE id = ?1 AND state = 'Queued'"));
  return update.bind(1, message.id)
      .bind(2, base::to_millis(message.next_try_at))
      .bind(3, message.tries)
      .bind(4, message.status_message)
      .run();
}

base::Status save_outcome(Connection& tables, const Message& message, std::int64_t not_sent_event) {
  REKEY_TRY(auto update,
            tables.prepare("UPDATE send_message SET state = ?2, settled_at = ?3, status_code = ?4, "
                           "status_message = ?5, not_sent_event = ?6 WHERE id = ?1"));
  const auto settled_at = message.settled_at
                              ? std::optional<std::int64_t>(base::to_millis(*message.settled_at))
                              : std::nullopt;
  return update.bind(1, message.id)
      .bind(2, name_of(message.state))
      .bind(3, settled_at)
      .bind(4, message.status_code)
      .bind(5, message.status_message)
      .bind(6, not_sent_event)
      .run();
}

Result<std::vector<Unsent>> list_unsent(Connection& tables, std::int64_t business_unit,
                                        std::int64_t after, std::int64_t limit) {
  REKEY_TRY(auto rows, tables.prepare("SELECT " REKEY_MESSAGE_COLUMNS
                                      ", m.not_sent_event, d.key FROM send_message m "
                                      "JOIN send_definition d ON d.id = m.definition_id "
                                      "WHERE m.business_unit = ?1 AND m.not_sent_event > 0 "
                                      "AND m.not_sent_event > ?2 AND m.is_triggered = 0 "
                                      "ORDER BY m.not_sent_event LIMIT ?3"));
  rows.bind(1, business_unit).bind(2, after).bind(3, limit);
  std::vector<Unsent> unsent;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return unsent;
    REKEY_TRY(Message message, read_message(rows));
    unsent.push_back({rows.integer(kColumns), std::move(message), rows.text(kColumns + 1)});
  }
}

base::Status forget_messages(Connection& tables, base::Instant before) {
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM send_message WHERE settled_at IS NOT NULL "
                                        "AND settled_at <= ?1"));
  return remove.bind(1, base::to_millis(before)).run();
}

Result<bool> has_forgettable(Connection& tables, base::Instant before) {
  REKEY_TRY(auto row, tables.prepare("SELECT 1 FROM send_message WHERE settled_at IS NOT NULL "
                                     "AND settled_at <= ?1 LIMIT 1"));
  row.bind(1, base::to_millis(before));
  return row.step();
}

}  // namespace rekey::engagement::sends
