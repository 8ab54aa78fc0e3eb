#include "notice/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "ledger/ledger.h"
#include "net/json.h"

namespace rekey::notice {
namespace {

using base::Code;
using base::Instant;
using storage::Connection;

constexpr std::array<std::string_view, 6> kStateNames{"queued",    "sending",  "failed",
                                                      "delivered", "given_up", "withdrawn"};
constexpr std::string_view kActor = "notice";
constexpr int kMaxErrorBytes = 500;
constexpr int kMaxSilences = 10;
constexpr int kMaxGivenUp = 100;

// The primary key of `said` is the guard of "never twice".
constexpr std::array kMigrations{storage::Migration{1, R"sql(
  CREATE TABLE installation (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    id       TEXT NOT NULL,
    pass_at  INTEGER
  ) STRICT;
  CREATE TABLE destination (
    destination_id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel        TEXT NOT NULL,
    address        TEXT NOT NULL,
    UNIQUE (channel, address)
  ) STRICT;
  CREATE TABLE delivery (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id    TEXT NOT NULL UNIQUE,
    destination_id INTEGER NOT NULL REFERENCES destination (destination_id),
    state          TEXT NOT NULL,
    urgency        INTEGER NOT NULL,
    about_notices  INTEGER NOT NULL,
    attempt        INTEGER NOT NULL DEFAULT 0,
    queued_at      INTEGER NOT NULL,
    next_try_at    INTEGER NOT NULL,
    ended_at       INTEGER,
    message        TEXT,
    last_error     TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE INDEX delivery_open ON delivery (next_try_at) WHERE ended_at IS NULL;
  CREATE TABLE said (
    destination_id INTEGER NOT NULL REFERENCES destination (destination_id),
    key            TEXT NOT NULL,
    number         INTEGER NOT NULL,
    PRIMARY KEY (destination_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX said_by ON said (number);
  CREATE TABLE silence (
    from_at  INTEGER PRIMARY KEY,
    until_at INTEGER NOT NULL
  ) STRICT;
)sql"},
                                 storage::Migration{2, R"sql(
  CREATE TABLE unread (
    id       TEXT PRIMARY KEY,
    since_at INTEGER NOT NULL
  ) STRICT;
)sql"}};

base::Status append_event(Connection& database, std::int64_t destination_id, std::string_view type,
                          std::string body, Instant now) {
  const std::string stream = fmt::format("notice/{}", destination_id);
  REKEY_TRY(const std::int64_t version, ledger::stream_version(database, stream));
  const std::array events{ledger::NewEvent{fmt::format("notice_{}", type), 1, std::move(body),
                                           std::string(kActor), now}};
  REKEY_TRY(const std::int64_t position, ledger::append(database, stream, version, events));
  static_cast<void>(position);
  return {};
}

net::JsonWriter event_of(const std::string& delivery_id) {
  net::JsonWriter json;
  json.begin_object().member("delivery", delivery_id);
  return json;
}

void add_texts(net::JsonWriter& json, std::string_view name,
               const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

base::Status say(Connection& database, std::int64_t destination_id, std::int64_t number,
                 const std::vector<std::string>& keys) {
  REKEY_TRY(auto insert, database.prepare("INSERT INTO said (destination_id, key, number) VALUES "
                                          "(?1, ?2, ?3)"));
  for (const std::string& key : keys) {
    REKEY_CHECK(insert.bind(1, destination_id).bind(2, key).bind(3, number).run());
  }
  return {};
}

base::Result<std::int64_t> count_open(Connection& database) {
  REKEY_TRY(auto query, database.prepare("SELECT count(*) FROM delivery WHERE ended_at IS NULL"));
  REKEY_TRY(const bool is_there, query.step());
  return is_there ? query.integer(0) : 0;
}

// Moves a delivery that is being sent; kConflict where it is not.
base::Status end_sending(Connection& database, const Delivery& delivery, DeliveryState state,
                         const std::string& error, std::optional<std::int64_t> ended_at,
                         Instant next_try_at) {
  REKEY_TRY(auto update,
            database.prepare("UPDATE delivery SET state = ?2, last_error = ?3, ended_at = ?4, "
                             "next_try_at = ?5, message = iif(?4 IS NULL, message, NULL) "
                             "WHERE number = ?1 AND state = 'sending' AND attempt = ?6"));
  update.bind(1, delivery.number).bind(2, name_of(state)).bind(3, std::string_view(error));
  update.bind(4, ended_at).bind(5, base::to_millis(next_try_at));
  REKEY_CHECK(update.bind(6, std::int64_t{delivery.attempt}).run());
  if (database.changes() == 1) return {};
  return base::fail(Code::kConflict,
                    fmt::format("the notice {} is not being sent (any more)", delivery.id));
}

base::Duration pause_after(int attempt, bool may_pass, const RetryRules& rules, double jitter) {
  const int doublings = std::clamp(attempt - 1, 0, 30);
  const double full =
      may_pass ? std::min(std::ldexp(static_cast<double>(rules.first_pause.count()), doublings),
                          static_cast<double>(rules.longest_pause.count()))
               : static_cast<double>(rules.longest_pause.count());
  const double spread = 0.5 + 0.5 * std::clamp(jitter, 0.0, 1.0);
  return base::Duration{static_cast<std::int64_t>(full * spread)};
}

bool is_about_notices(const Message& message) {
  return !message.items.empty() &&
         std::all_of(message.items.begin(), message.items.end(),
                     [](const Item& item) { return item.kind == SubjectKind::kUndelivered; });
}

base::Result<std::string> read_installation(Connection& database) {
  REKEY_TRY(auto query, database.prepare("SELECT id FROM installation"));
  REKEY_TRY(const bool is_there, query.step());
  return is_there ? query.text(0) : std::string();
}

base::Result<std::string> open_installation(Connection& database) {
  REKEY_TRY(std::string id, read_installation(database));
  if (!id.empty()) return id;
  id = base::hex_encode(crypto::random_bytes(16));
  REKEY_TRY(auto insert,
            database.prepare("INSERT INTO installation (only_row, id) VALUES (1, ?1)"));
  REKEY_CHECK(insert.bind(1, std::string_view(id)).run());
  return id;
}

}  // namespace

std::string_view name_of(DeliveryState state) noexcept {
  return kStateNames[static_cast<std::size_t>(state)];
}

Queue::Queue(platform::FileLock lock, Connection database, std::string installation)
    : lock_(std::move(lock)),
      database_(std::move(database)),
      installation_(std::move(installation)) {}

base::Result<std::unique_ptr<Queue>> Queue::open(platform::Files& files,
                                                 const std::string& folder) {
  REKEY_CHECK(files.make_folder(folder, 0700));
  auto lock = platform::FileLock::acquire(folder + "/notices.lock");
  if (!lock) {
    return tl::unexpected(
        base::with_context("another process sends notices from this state folder", lock.error()));
  }
  REKEY_TRY(Connection database,
            Connection::open(folder + "/notices.db", storage::OpenMode::kReadWriteCreate));
  // Erased texts and addresses are overwritten.
  REKEY_CHECK(database.execute("PRAGMA secure_delete = ON"));
  REKEY_CHECK(ledger::prepare_schema(database));
  REKEY_CHECK(storage::migrate(database, "notice", kMigrations));
  REKEY_TRY(std::string installation, open_installation(database));
  return std::unique_ptr<Queue>(
      new Queue(*std::move(lock), std::move(database), std::move(installation)));
}

base::Result<std::int64_t> Queue::destination_id(const std::string& channel,
                                                 const std::string& address) {
  REKEY_TRY(auto query, database_.prepare("SELECT destination_id FROM destination WHERE "
                                          "channel = ?1 AND address = ?2"));
  query.bind(1, std::string_view(channel)).bind(2, std::string_view(address));
  REKEY_TRY(const bool is_there, query.step());
  if (is_there) return query.integer(0);
  REKEY_TRY(auto insert, database_.prepare("INSERT INTO destination (channel, address) "
                                           "VALUES (?1, ?2)"));
  REKEY_CHECK(insert.bind(1, std::string_view(channel)).bind(2, std::string_view(address)).run());
  return database_.last_insert_id();
}

base::Result<std::set<std::string, std::less<>>> Queue::said_to(std::int64_t destination_id) {
  REKEY_TRY(auto query, database_.prepare("SELECT key FROM said WHERE destination_id = ?1"));
  query.bind(1, destination_id);
  std::set<std::string, std::less<>> keys;
  for (;;) {
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) return keys;
    keys.insert(query.text(0));
  }
}

base::Result<std::string> Queue::enqueue(std::int64_t destination_id, const Message& message,
                                         const std::vector<std::string>& covered, Instant now) {
  const std::string text = to_json(message, "", now);
  if (text.size() > kMaxMessageBytes) {
    return base::fail(Code::kLimitReached,
                      fmt::format("a notice is larger than {} bytes", kMaxMessageBytes));
  }
  std::string id;
  REKEY_CHECK(database_.in_transaction([&]() -> base::Status {
    REKEY_TRY(const std::int64_t open, count_open(database_));
    if (open >= kMaxOpenDeliveries) {
      return base::fail(
          Code::kLimitReached,
          fmt::format("{} notices wait already; see why they are not delivered", open));
    }
    // The id needs the row's number, which is known once the row is there.
    REKEY_TRY(auto insert, database_.prepare(
                               "INSERT INTO delivery (delivery_id, destination_id, state, urgency, "
                               "about_notices, queued_at, next_try_at, message) VALUES "
                               "('', ?1, 'queued', ?2, ?3, ?4, ?4, ?5)"));
    insert.bind(1, destination_id).bind(2, static_cast<std::int64_t>(urgency_of(message)));
    insert.bind(3, std::int64_t{is_about_notices(message)}).bind(4, base::to_millis(now));
    REKEY_CHECK(insert.bind(5, std::string_view(text)).run());
    const std::int64_t number = database_.last_insert_id();
    id = "ntc_" + base::hex_encode(crypto::Sha256()
                                       .add(installation_)
                                       .add_number(static_cast<std::uint64_t>(number))
                                       .finish())
                      .substr(0, 32);
    REKEY_TRY(auto update, database_.prepare("UPDATE delivery SET delivery_id = ?2 "
                                             "WHERE number = ?1"));
    REKEY_CHECK(update.bind(1, number).bind(2, std::string_view(id)).run());
    REKEY_CHECK(say(database_, destination_id, number, keys_of(message)));
    REKEY_CHECK(say(database_, destination_id, number, covered));
    net::JsonWriter json = event_of(id);
    add_texts(json, "keys", keys_of(message));
    add_texts(json, "covered", covered);
    json.end_object();
    return append_event(database_, destination_id, "queued", json.release(), now);
  }));
  return id;
}

base::Result<std::vector<Delivery>> Queue::ready(Instant now, int limit) {
  REKEY_TRY(auto query, database_.prepare(
                            "SELECT number, delivery_id, destination_id, channel, address, state, "
                            "attempt, queued_at, message FROM delivery JOIN destination USING "
                            "(destination_id) WHERE ended_at IS NULL AND (next_try_at <= ?1 OR "
                            "state = 'sending') ORDER BY urgency, number LIMIT ?2"));
  query.bind(1, base::to_millis(now)).bind(2, std::int64_t{limit});
  std::vector<Delivery> found;
  for (;;) {
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) return found;
    Delivery delivery;
    delivery.number = query.integer(0);
    delivery.id = query.text(1);
    delivery.destination_id = query.integer(2);
    delivery.channel = query.text(3);
    delivery.address = query.text(4);
    const std::string state = query.text(5);
    const auto name = std::find(kStateNames.begin(), kStateNames.end(), state);
    delivery.state = static_cast<DeliveryState>(name - kStateNames.begin());
    delivery.attempt = static_cast<int>(query.integer(6));
    delivery.queued_at = base::from_millis(query.integer(7));
    REKEY_TRY(delivery.message, from_json(query.text(8)));
    found.push_back(std::move(delivery));
  }
}

base::Status Queue::begin(Delivery& delivery, Instant now) {
  const int attempt = delivery.attempt + 1;
  REKEY_CHECK(database_.in_transaction([&]() -> base::Status {
    REKEY_TRY(auto update, database_.prepare("UPDATE delivery SET state = 'sending', attempt = ?2 "
                                             "WHERE number = ?1 AND ended_at IS NULL AND "
                                             "attempt = ?3"));
    update.bind(1, delivery.number).bind(2, std::int64_t{attempt});
    REKEY_CHECK(update.bind(3, std::int64_t{delivery.attempt}).run());
    if (database_.changes() != 1) {
      return base::fail(Code::kConflict, fmt::format("the notice {} has moved on", delivery.id));
    }
    net::JsonWriter json = event_of(delivery.id);
    json.member("attempt", attempt).end_object();
    return append_event(database_, delivery.destination_id, "sending", json.release(), now);
  }));
  delivery.attempt = attempt;
  delivery.state = DeliveryState::kSending;
  return {};
}

base::Status Queue::delivered(const Delivery& delivery, Instant now) {
  return database_.in_transaction([&]() -> base::Status {
    REKEY_CHECK(
        end_sending(database_, delivery, DeliveryState::kDelivered, "", base::to_millis(now), now));
    net::JsonWriter json = event_of(delivery.id);
    json.member("attempt", delivery.attempt).end_object();
    return append_event(database_, delivery.destination_id, "delivered", json.release(), now);
  });
}

base::Result<DeliveryState> Queue::failed(const Delivery& delivery, const base::Error& reason,
                                          const RetryRules& rules, double jitter, Instant now) {
  const bool gives_up = now - delivery.queued_at >= rules.give_up_after;
  const DeliveryState state = gives_up ? DeliveryState::kGivenUp : DeliveryState::kFailed;
  const bool may_pass = reason.code == Code::kUnavailable || reason.code == Code::kTimeout;
  const Instant next = now + pause_after(delivery.attempt, may_pass, rules, jitter);
  REKEY_CHECK(database_.in_transaction([&]() -> base::Status {
    const std::optional<std::int64_t> ended_at =
        gives_up ? std::optional(base::to_millis(now)) : std::nullopt;
    REKEY_CHECK(end_sending(database_, delivery, state, clean_text(reason.detail, kMaxErrorBytes),
                            ended_at, next));
    // Only the code: a server's words may hold an address.
    net::JsonWriter json = event_of(delivery.id);
    json.member("attempt", delivery.attempt).member("reason", base::name_of(reason.code));
    if (!gives_up) json.member("next_try_at", base::format_instant(next));
    json.end_object();
    return append_event(database_, delivery.destination_id, name_of(state), json.release(), now);
  }));
  return state;
}

base::Result<int> Queue::withdraw_void(std::span<const Subject> subjects, Instant now) {
  std::vector<const Subject*> by_id;
  for (const Subject& subject : subjects) by_id.push_back(&subject);
  std::sort(by_id.begin(), by_id.end(),
            [](const Subject* a, const Subject* b) { return a->id < b->id; });
  const auto is_void_item = [&](const Item& item) {
    const auto found = std::lower_bound(
        by_id.begin(), by_id.end(), item.subject_id,
        [](const Subject* subject, const std::string& id) { return subject->id < id; });
    return found != by_id.end() && (*found)->id == item.subject_id && (*found)->kind == item.kind &&
           is_void(item.key, **found);
  };
  REKEY_TRY(const auto waiting, ready(base::kFarFuture, static_cast<int>(kMaxOpenDeliveries)));
  int withdrawn = 0;
  for (const Delivery& delivery : waiting) {
    const auto& items = delivery.message.items;
    if (delivery.attempt > 0 || items.empty()) continue;
    if (!std::all_of(items.begin(), items.end(), is_void_item)) continue;
    REKEY_CHECK(database_.in_transaction([&]() -> base::Status {
      REKEY_TRY(auto update, database_.prepare("UPDATE delivery SET state = 'withdrawn', "
                                               "ended_at = ?2, message = NULL WHERE number = ?1"));
      REKEY_CHECK(update.bind(1, delivery.number).bind(2, base::to_millis(now)).run());
      REKEY_TRY(auto erase, database_.prepare("DELETE FROM said WHERE number = ?1"));
      REKEY_CHECK(erase.bind(1, delivery.number).run());
      net::JsonWriter json = event_of(delivery.id);
      json.end_object();
      return append_event(database_, delivery.destination_id, "withdrawn", json.release(), now);
    }));
    ++withdrawn;
  }
  return withdrawn;
}

base::Result<std::vector<GivenUp>> Queue::given_up() {
  REKEY_TRY(auto query, database_.prepare(
                            "SELECT delivery_id, destination_id, channel, ended_at FROM delivery "
                            "JOIN destination USING (destination_id) WHERE state = 'given_up' AND "
                            "about_notices = 0 ORDER BY number DESC LIMIT ?1"));
  query.bind(1, std::int64_t{kMaxGivenUp});
  std::vector<GivenUp> found;
  for (;;) {
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) return found;
    found.push_back(
        {query.text(0), query.integer(1), query.text(2), base::from_millis(query.integer(3))});
  }
}

base::Result<QueueCounts> Queue::counts() {
  QueueCounts counts;
  REKEY_TRY(auto query, database_.prepare(
                            "SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FILTER "
                            "(WHERE state = 'given_up'), min(queued_at) FILTER (WHERE ended_at IS "
                            "NULL) FROM delivery"));
  REKEY_TRY(const bool is_there, query.step());
  if (!is_there) return counts;
  counts.open = query.integer(0);
  counts.given_up = query.integer(1);
  if (const auto oldest = query.optional_integer(2)) {
    counts.oldest_open_at = base::from_millis(*oldest);
  }
  return counts;
}

base::Result<std::string> Queue::last_error(const std::string& delivery_id) {
  REKEY_TRY(auto query,
            database_.prepare("SELECT last_error FROM delivery WHERE delivery_id = ?1"));
  query.bind(1, std::string_view(delivery_id));
  REKEY_TRY(const bool is_there, query.step());
  if (is_there) return query.text(0);
  return base::fail(Code::kNotFound, fmt::format("no notice {} is remembered", delivery_id));
}

base::Result<std::optional<Instant>> Queue::last_pass() {
  REKEY_TRY(auto query, database_.prepare("SELECT pass_at FROM installation"));
  REKEY_TRY(const bool is_there, query.step());
  const auto at = is_there ? query.optional_integer(0) : std::nullopt;
  if (!at) return std::nullopt;
  return base::from_millis(*at);
}

base::Status Queue::record_pass(Instant now) {
  return database_.in_transaction([&]() -> base::Status {
    REKEY_TRY(auto update, database_.prepare("UPDATE installation SET pass_at = "
                                             "max(?1, coalesce(pass_at, ?1))"));
    REKEY_CHECK(update.bind(1, base::to_millis(now)).run());
    const std::int64_t forgotten = base::to_millis(now - kMemory);
    REKEY_TRY(auto deliveries, database_.prepare("DELETE FROM delivery WHERE ended_at < ?1"));
    REKEY_CHECK(deliveries.bind(1, forgotten).run());
    REKEY_TRY(auto silences, database_.prepare("DELETE FROM silence WHERE until_at < ?1"));
    return silences.bind(1, forgotten).run();
  });
}

base::Status Queue::note_silence(const Silence& silence) {
  REKEY_TRY(auto insert, database_.prepare("INSERT INTO silence (from_at, until_at) VALUES "
                                           "(?1, ?2) ON CONFLICT (from_at) DO UPDATE SET "
                                           "until_at = max(until_at, ?2)"));
  return insert.bind(1, base::to_millis(silence.from))
      .bind(2, base::to_millis(silence.until))
      .run();
}

base::Result<std::vector<Silence>> Queue::silences() {
  REKEY_TRY(auto query, database_.prepare("SELECT from_at, until_at FROM silence ORDER BY from_at "
                                          "DESC LIMIT ?1"));
  query.bind(1, std::int64_t{kMaxSilences});
  std::vector<Silence> found;
  for (;;) {
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) return found;
    found.push_back({base::from_millis(query.integer(0)), base::from_millis(query.integer(1))});
  }
}

base::Result<std::map<std::string, Instant>> Queue::note_unread(const std::set<std::string>& ids,
                                                                Instant now) {
  std::map<std::string, Instant> since;
  REKEY_CHECK(database_.in_transaction([&]() -> base::Status {
    std::vector<std::string> gone;
    REKEY_TRY(auto query, database_.prepare("SELECT id, since_at FROM unread"));
    for (;;) {
      REKEY_TRY(const bool is_there, query.step());
      if (!is_there) break;
      const std::string id = query.text(0);
      if (ids.contains(id)) {
        since.emplace(id, base::from_millis(query.integer(1)));
      } else {
        gone.push_back(id);
      }
    }
    REKEY_TRY(auto erase, database_.prepare("DELETE FROM unread WHERE id = ?1"));
    for (const std::string& id : gone) REKEY_CHECK(erase.bind(1, std::string_view(id)).run());
    REKEY_TRY(auto insert, database_.prepare("INSERT INTO unread (id, since_at) VALUES (?1, ?2)"));
    for (const std::string& id : ids) {
      if (!since.emplace(id, now).second) continue;
      REKEY_CHECK(insert.bind(1, std::string_view(id)).bind(2, base::to_millis(now)).run());
    }
    return {};
  }));
  return since;
}

base::Result<std::optional<Instant>> Queue::latest_instant() {
  return ledger::latest_instant(database_);
}

}  // namespace rekey::notice
