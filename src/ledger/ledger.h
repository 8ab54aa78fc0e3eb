// The ledger: streams of typed, versioned events, each stream a hash chain.
//
// Knows types and bytes, no domain. append() runs inside the caller's transaction, together with
// the tables that the event changes. Positions are gap-free in commit order: there is one writer.
//
//   hash = SHA-256(previous hash, stream, version, type, type version, at, actor, body)
//
// A text is framed by its length, every number is 8 bytes big-endian, `at` is in milliseconds, and
// the hash before a stream's first event is all zeros.
//
// A sealer signs checkpoints: each covers the heads of the streams that changed since the one
// before and carries that one's digest, so checkpoints are a chain too. The newest signed
// checkpoint is also kept outside the database (the anchor), so that cutting the end of the
// database off is noticed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/signing.h"
#include "storage/sqlite.h"

namespace rekey::ledger {

// "integration/12", "tenant/1", "run/2026-11-24-x1": a kind, a slash, a name; at most 120
// characters.
using StreamName = std::string;

struct NewEvent {
  std::string type;  // "secret_issued"
  int type_version = 1;
  std::string body;   // JSON text; stored and hashed as it is
  std::string actor;  // an id of who caused it, never a name or an address
  base::Instant at{};
};

struct StoredEvent {
  std::int64_t position = 0;  // over all streams, from 1, without gaps
  StreamName stream;
  std::int64_t version = 0;  // in its stream, from 1
  NewEvent event;
  crypto::Digest previous_hash{};
  crypto::Digest hash{};
};

// Creates the ledger's tables (component "ledger").
[[nodiscard]] base::Status prepare_schema(storage::Connection& connection);

// Appends at `expected_version` (0: the stream must be new); kConflict where it is at another,
// kInvalidArgument where the stream's name or an event's type has no form, or there is no event.
// Returns the last position. Call inside a transaction.
[[nodiscard]] base::Result<std::int64_t> append(storage::Connection& connection,
                                                const StreamName& stream,
                                                std::int64_t expected_version,
                                                std::span<const NewEvent> events);

// The stream's newest version, 0 where it has none.
[[nodiscard]] base::Result<std::int64_t> stream_version(storage::Connection& connection,
                                                        const StreamName& stream);
[[nodiscard]] base::Result<std::vector<StoredEvent>> read_stream(storage::Connection& connection,
                                                                 const StreamName& stream,
                                                                 std::int64_t after_version,
                                                                 int limit);
// One stream, each event held against its hash and the one before.
struct CheckedStream {
  std::vector<StoredEvent> events;  // as far as they fit, from the first one
  crypto::Digest head{};            // the hash of the last of them
  std::string problem;              // a sentence; empty where all fit, to the end that was noted
};
// Of a chain nobody can tell whether its end was cut off and its head noted anew: compare the head
// with one that is kept elsewhere. An error where the database cannot be read.
[[nodiscard]] base::Result<CheckedStream> read_checked_stream(storage::Connection& connection,
                                                              const StreamName& stream);
// All streams in commit order, for followers. Pass the last position seen.
[[nodiscard]] base::Result<std::vector<StoredEvent>> read_all(storage::Connection& connection,
                                                              std::int64_t after_position,
                                                              int limit);
// The position of the newest event, 0 where there is none.
[[nodiscard]] base::Result<std::int64_t> last_position(storage::Connection& connection);
// The latest `at` of any event: a system clock behind it is not to be trusted.
[[nodiscard]] base::Result<std::optional<base::Instant>> latest_instant(
    storage::Connection& connection);

struct Checkpoint {
  std::int64_t number = 0;    // from 1
  std::int64_t position = 0;  // covers all events up to here
  base::Instant at{};
  crypto::Digest digest{};  // over the previous digest, the position, and the changed heads
  crypto::Signature signature{};
};

// Signs a checkpoint over what came since the last; nullopt where nothing did. In a transaction;
// keep its anchor only after the commit.
[[nodiscard]] base::Result<std::optional<Checkpoint>> seal_checkpoint(
    storage::Connection& connection, const crypto::SigningKey& key, base::Instant now);

// The newest one: after a crash its anchor may still have to be kept.
[[nodiscard]] base::Result<std::optional<Checkpoint>> latest_checkpoint(
    storage::Connection& connection);

// The anchor: one line of text, to be kept in a file outside the database.
[[nodiscard]] std::string format_anchor(const Checkpoint& checkpoint);
[[nodiscard]] base::Result<Checkpoint> parse_anchor(std::string_view text);

struct Finding {
  std::string what;  // a sentence: which stream, version, position; what does not fit
};
struct VerifyReport {
  std::int64_t events = 0;
  std::int64_t streams = 0;
  std::int64_t checkpoints = 0;
  std::int64_t unsealed_events = 0;  // after the newest checkpoint: covered by chains only
  std::vector<Finding> findings;     // at most 100, then one that says how many more
};

// Walks every event in order: gaps, chains, checkpoints, signatures, anchor. Calls `visit` with
// each event, so that the caller can replay it; what visit returns as an error becomes a finding.
// Reads one state of the database, beside a live writer too; wrap it in Connection::in_snapshot to
// compare tables with that same state. Holds one head for each stream in memory. An error where the
// database cannot be read to its end.
[[nodiscard]] base::Result<VerifyReport> verify(
    storage::Connection& connection, const crypto::PublicKey& key,
    const std::optional<Checkpoint>& anchor,
    const std::function<base::Status(const StoredEvent&)>& visit);

}  // namespace rekey::ledger
