#include <fmt/format.h>

#include <optional>
#include <utility>

#include "ledger/event_chain.h"
#include "ledger/ledger.h"

namespace rekey::ledger {
namespace {

// A sentence where `stored` does not follow `head`; empty where it does.
std::string misfit(const StreamHead& head, const StoredEvent& stored) {
  if (stored.version != head.version + 1) {
    return fmt::format("event {} is followed by event {}: what was between them is missing",
                       head.version, stored.version);
  }
  if (hash_of_event(head, stored.version, stored.event) == stored.hash) return {};
  return fmt::format(
      "event {} ({}) was changed after it was written: it does not fit its hash and the one before",
      stored.version, stored.event.type);
}

base::Result<StreamHead> noted_head(storage::Connection& connection, const StreamName& stream) {
  REKEY_TRY(auto row, connection.prepare("SELECT version, head FROM stream WHERE name = ?1"));
  row.bind(1, stream);
  REKEY_TRY(const bool has_row, row.step());
  StreamHead head{.name = stream};
  if (!has_row) return head;
  head.version = row.integer(0);
  head.hash = digest_from(row.blob(1)).value_or(crypto::Digest{});
  return head;
}

// read_stream refuses what does not fit; here it is what is looked for.
base::Status collect_fitting(storage::Connection& connection, StreamHead& head,
                             CheckedStream& checked) {
  REKEY_TRY(auto rows,
            connection.prepare("SELECT e.position, e.version, e.type, e.type_version, e.at, "
                               "e.actor, e.body, e.hash FROM event AS e JOIN stream AS s ON s.id = "
                               "e.stream_id WHERE s.name = ?1 ORDER BY e.version"));
  rows.bind(1, head.name);
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return {};
    StoredEvent stored{rows.integer(0), head.name, rows.integer(1), {}, head.hash, {}};
    stored.event = {.type = rows.text(2),
                    .type_version = static_cast<int>(rows.integer(3)),
                    .body = rows.text(6),
                    .actor = rows.text(5),
                    .at = base::from_millis(rows.integer(4))};
    stored.hash = digest_from(rows.blob(7)).value_or(crypto::Digest{});
    checked.problem = misfit(head, stored);
    if (!checked.problem.empty()) return {};
    head.version = stored.version;
    head.hash = stored.hash;
    checked.events.push_back(std::move(stored));
  }
}

}  // namespace

base::Result<CheckedStream> read_checked_stream(storage::Connection& connection,
                                                const StreamName& stream) {
  CheckedStream checked;
  REKEY_CHECK(connection.in_snapshot([&]() -> base::Status {
    StreamHead head{.name = stream};
    REKEY_CHECK(collect_fitting(connection, head, checked));
    checked.head = head.hash;
    if (!checked.problem.empty()) return {};
    REKEY_TRY(const StreamHead noted, noted_head(connection, stream));
    if (noted.version != head.version) {
      checked.problem = fmt::format("the last event is {}, and {} were noted: the end is missing",
                                    head.version, noted.version);
    } else if (noted.hash != head.hash) {
      checked.problem = "the head that was noted is not the hash of the last event";
    }
    return {};
  }));
  return checked;
}

}  // namespace rekey::ledger
