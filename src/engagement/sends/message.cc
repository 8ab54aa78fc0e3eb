#include "engagement/sends/message.h"

#include <array>

#include "storage/select.h"

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
  message.settled_at = storage::optional_instant(row, 17);
  message.status_code = row.integer(18);
  message.status_message = row.text(19);
  return message;
}

Result<std::optional<Message>> first_message(Result<storage::Statement> rows) {
  return storage::first_row(std::move(rows), read_message);
}

Result<std::vector<Message>> all_messages(Result<storage::Statement> rows) {
  return storage::all_rows(std::move(rows), read_message);
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

Result<std::int64_t> insert_message(Connection& tables, const Message& message) {
  return storage::insert(
      tables,
      "INSERT INTO send_message(guid, token, business_unit, definition_id, "
      "is_triggered, key, contact_key, address, from_address, from_name, "
      "attributes, accepted_at, state, next_try_at, tries, content, "
      "status_code, status_message, not_sent_event) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'Queued', "
      "?13, 0, '', 0, '', 0)",
      {message.guid, message.token, message.business_unit, message.definition_id,
       message.is_triggered, message.key, message.contact_key, message.address,
       message.from_address, message.from_name, attributes_text(message.attributes),
       message.accepted_at, message.next_try_at});
}

Result<bool> is_key_taken(Connection& tables, std::int64_t business_unit, std::string_view key,
                          base::Instant since) {
  return storage::has_row(storage::select(tables,
                                          "SELECT 1 FROM send_message WHERE business_unit = ?1 "
                                          "AND key = ?2 COLLATE NOCASE AND key = ?2 COLLATE BINARY "
                                          "AND accepted_at > ?3 LIMIT 1",
                                          {business_unit, key, since}));
}

Result<std::optional<Message>> find_message(Connection& tables, std::int64_t business_unit,
                                            std::string_view key) {
  return first_message(storage::select(tables,
                                       "SELECT " REKEY_MESSAGE_COLUMNS
                                       " FROM send_message m WHERE m.business_unit = ?1 "
                                       "AND m.key = ?2 COLLATE NOCASE AND m.is_triggered = 0 "
                                       "ORDER BY m.key = ?2 COLLATE BINARY DESC, m.id DESC LIMIT 1",
                                       {business_unit, key}));
}

Result<std::optional<Message>> find_message_by_guid(Connection& tables, std::int64_t business_unit,
                                                    std::string_view guid) {
  return first_message(storage::select(tables,
                                       "SELECT " REKEY_MESSAGE_COLUMNS " FROM send_message m "
                                       "WHERE m.guid = ?1 AND m.business_unit = ?2",
                                       {guid, business_unit}));
}

Result<std::optional<Message>> find_message(Connection& tables, std::int64_t id) {
  return first_message(storage::select(tables,
                                       "SELECT " REKEY_MESSAGE_COLUMNS " FROM send_message m "
                                       "WHERE m.id = ?1",
                                       {id}));
}

Result<std::optional<Message>> find_message_by_token(Connection& tables, std::string_view token) {
  return first_message(storage::select(tables,
                                       "SELECT " REKEY_MESSAGE_COLUMNS " FROM send_message m "
                                       "WHERE m.token = ?1",
                                       {token}));
}

Result<std::vector<Message>> list_newest(Connection& tables, std::int64_t limit) {
  return all_messages(storage::select(
      tables, "SELECT " REKEY_MESSAGE_COLUMNS " FROM send_message m ORDER BY m.id DESC LIMIT ?1",
      {limit}));
}

Result<std::vector<Message>> load_due(Connection& tables, base::Instant now, std::int64_t limit) {
  return all_messages(
      storage::select(tables,
                      "SELECT " REKEY_MESSAGE_COLUMNS
                      " FROM send_message m JOIN send_definition d ON d.id = m.definition_id "
                      "WHERE m.state = 'Queued' AND m.next_try_at <= ?1 "
                      "AND d.status = 'Active' ORDER BY m.next_try_at, m.id LIMIT ?2",
                      {now, limit}));
}

Result<std::vector<Message>> load_overdue(Connection& tables, base::Instant before,
                                          std::int64_t limit) {
  return all_messages(storage::select(tables,
                                      "SELECT " REKEY_MESSAGE_COLUMNS
                                      " FROM send_message m WHERE m.state = 'Queued' "
                                      "AND m.accepted_at <= ?1 ORDER BY m.id LIMIT ?2",
                                      {before, limit}));
}

Result<std::optional<base::Instant>> next_due_message(Connection& tables) {
  return storage::first_instant(storage::select(tables,
                                                "SELECT m.next_try_at FROM send_message m "
                                                "JOIN send_definition d ON d.id = m.definition_id "
                                                "WHERE m.state = 'Queued' AND d.status = 'Active' "
                                                "ORDER BY m.next_try_at LIMIT 1"));
}

Result<std::vector<Message>> load_queued(Connection& tables, std::int64_t definition_id) {
  return all_messages(storage::select(tables,
                                      "SELECT " REKEY_MESSAGE_COLUMNS
                                      " FROM send_message m WHERE m.definition_id = ?1 "
                                      "AND m.state = 'Queued' ORDER BY m.id",
                                      {definition_id}));
}

Result<Queue> queue_of(Connection& tables, std::int64_t definition_id) {
  REKEY_TRY(const auto queue,
            storage::first_row(storage::select(tables,
                                               "SELECT count(*), min(accepted_at) "
                                               "FROM send_message WHERE definition_id = ?1 "
                                               "AND state = 'Queued'",
                                               {definition_id}),
                               [](const storage::Statement& row) {
                                 return Queue{row.integer(0), storage::optional_instant(row, 1)};
                               }));
  return queue.value_or(Queue{});
}

base::Status save_content(Connection& tables, const Message& message,
                          const std::vector<std::string>& links) {
  REKEY_CHECK(storage::run(tables,
                           "UPDATE send_message SET content = ?2, address = ?3 "
                           "WHERE id = ?1",
                           {message.id, message.content, message.address}));
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
  return storage::first_row(
      storage::select(tables, "SELECT url FROM send_link WHERE message_id = ?1 AND number = ?2",
                      {message_id, number}),
      storage::read_text);
}

base::Status save_next_try(Connection& tables, const Message& message) {
  return storage::run(tables,
                      "UPDATE send_message SET next_try_at = ?2, tries = ?3, "
                      "status_message = ?4 WHERE id = ?1 AND state = 'Queued'",
                      {message.id, message.next_try_at, message.tries, message.status_message});
}

base::Status save_outcome(Connection& tables, const Message& message, std::int64_t not_sent_event) {
  return storage::run(tables,
                      "UPDATE send_message SET state = ?2, settled_at = ?3, status_code = ?4, "
                      "status_message = ?5, not_sent_event = ?6 WHERE id = ?1",
                      {message.id, name_of(message.state), message.settled_at, message.status_code,
                       message.status_message, not_sent_event});
}

Result<std::vector<Unsent>> list_unsent(Connection& tables, std::int64_t business_unit,
                                        std::int64_t after, std::int64_t limit) {
  return storage::all_rows(
      storage::select(tables,
                      "SELECT " REKEY_MESSAGE_COLUMNS
                      ", m.not_sent_event, d.key FROM send_message m "
                      "JOIN send_definition d ON d.id = m.definition_id "
                      "WHERE m.business_unit = ?1 AND m.not_sent_event > 0 "
                      "AND m.not_sent_event > ?2 AND m.is_triggered = 0 "
                      "ORDER BY m.not_sent_event LIMIT ?3",
                      {business_unit, after, limit}),
      [](const storage::Statement& row) -> Result<Unsent> {
        REKEY_TRY(Message message, read_message(row));
        return Unsent{row.integer(kColumns), std::move(message), row.text(kColumns + 1)};
      });
}

base::Status forget_messages(Connection& tables, base::Instant before) {
  return storage::run(tables,
                      "DELETE FROM send_message WHERE settled_at IS NOT NULL "
                      "AND settled_at <= ?1",
                      {before});
}

Result<bool> has_forgettable(Connection& tables, base::Instant before) {
  return storage::has_row(storage::select(tables,
                                          "SELECT 1 FROM send_message WHERE settled_at IS NOT NULL "
                                          "AND settled_at <= ?1 LIMIT 1",
                                          {before}));
}

}  // namespace rekey::engagement::sends
