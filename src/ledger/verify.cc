#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "ledger/event_chain.h"
#include "ledger/ledger.h"
#include "ledger/rows.h"

namespace rekey::ledger {
namespace {

constexpr std::size_t kFindingLimit = 100;

std::string range(std::string_view noun, std::int64_t first, std::int64_t last) {
  return first == last ? fmt::format("{} {} is", noun, first)
                       : fmt::format("{}s {} to {} are", noun, first, last);
}

std::string name_of(const StoredEvent& stored) {
  return fmt::format("event {} (version {} of {})", stored.position, stored.version, stored.stream);
}

class Findings {
 public:
  void add(std::string what) {
    if (kept_.size() < kFindingLimit) {
      kept_.push_back({std::move(what)});
    } else {
      ++left_out_;
    }
  }
  [[nodiscard]] std::vector<Finding> take() {
    if (left_out_ > 0) kept_.push_back({fmt::format("and {} more findings", left_out_)});
    return std::move(kept_);
  }

 private:
  std::vector<Finding> kept_;
  std::int64_t left_out_ = 0;
};

struct Row {
  std::int64_t stream_id = 0;
  bool has_stream = false;
  bool has_hash = false;
  StoredEvent stored;
};

Row row_from(const storage::Statement& columns) {
  Row row;
  row.stream_id = columns.integer(1);
  row.has_stream = columns.optional_integer(2).has_value();
  const auto hash = digest_from(columns.blob(10));
  row.has_hash = hash.has_value();
  row.stored.position = columns.integer(0);
  row.stored.stream = columns.text(3);
  row.stored.version = columns.integer(4);
  row.stored.event = {.type = columns.text(5),
                      .type_version = static_cast<int>(columns.integer(6)),
                      .body = columns.text(9),
                      .actor = columns.text(8),
                      .at = base::from_millis(columns.integer(7))};
  row.stored.hash = hash.value_or(crypto::Digest{});
  return row;
}

// Walks events and checkpoints side by side. What it believes about a stream comes from the events
// alone; the stream table is only compared with it at the end.
class Verifier {
 public:
  Verifier(storage::Connection& connection, const crypto::PublicKey& key,
           const std::optional<Checkpoint>& anchor,
           const std::function<base::Status(const StoredEvent&)>& visit)
      : connection_(connection), key_(key), anchor_(anchor), visit_(visit) {}

  base::Status walk();
  [[nodiscard]] VerifyReport take_report() {
    report_.findings = findings_.take();
    return std::move(report_);
  }

 private:
  // The next checkpoint row, nullopt after the last.
  base::Result<std::optional<Checkpoint>> next_checkpoint(storage::Statement& rows);
  void check_event(Row row);
  void check_checkpoint(const Checkpoint& checkpoint);
  void check_against_anchor(const Checkpoint& checkpoint);
  void check_anchor_is_reached();
  base::Status check_stream_table();
  [[nodiscard]] std::vector<StreamHead> changed_heads() const;
  [[nodiscard]] bool is_signed(const Checkpoint& checkpoint) const {
    return crypto::is_valid_signature(key_, checkpoint.digest, checkpoint.signature);
  }

  storage::Connection& connection_;
  const crypto::PublicKey& key_;
  const std::optional<Checkpoint>& anchor_;
  const std::function<base::Status(const StoredEvent&)>& visit_;

  VerifyReport report_;
  Findings findings_;
  std::map<std::int64_t, StreamHead> heads_;  // by stream id
  std::set<std::int64_t> changed_;            // stream ids since the last checkpoint
  std::int64_t last_position_ = 0;
  Checkpoint last_checkpoint_;  // its digest is the one to go on from
};

base::Status Verifier::walk() {
  REKEY_TRY(auto rows,
            connection_.prepare("SELECT e.position, e.stream_id, s.id, s.name, e.version, e.type, "
                                "e.type_version, e.at, e.actor, e.body, e.hash "
                                "FROM event AS e LEFT JOIN stream AS s ON s.id = e.stream_id "
                                "ORDER BY e.position"));
  REKEY_TRY(auto checkpoints, connection_.prepare("SELECT number, position, at, digest, signature "
                                                  "FROM checkpoint ORDER BY number"));
  REKEY_TRY(auto checkpoint, next_checkpoint(checkpoints));
  for (;;) {
    REKEY_TRY(const bool has_event, rows.step());
    while (checkpoint && (!has_event || checkpoint->position < rows.integer(0))) {
      check_checkpoint(*checkpoint);
      REKEY_TRY(checkpoint, next_checkpoint(checkpoints));
    }
    if (!has_event) break;
    check_event(row_from(rows));
  }
  report_.streams = static_cast<std::int64_t>(heads_.size());
  check_anchor_is_reached();
  return check_stream_table();
}

base::Result<std::optional<Checkpoint>> Verifier::next_checkpoint(storage::Statement& rows) {
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return std::optional<Checkpoint>();
    if (auto checkpoint = checkpoint_from(rows)) return checkpoint;
    findings_.add(
        fmt::format("checkpoint {} has a digest or signature of a wrong size", rows.integer(0)));
  }
}

void Verifier::check_event(Row row) {
  StoredEvent& stored = row.stored;
  if (stored.position != last_position_ + 1) {
    findings_.add(
        fmt::format("{} missing", range("position", last_position_ + 1, stored.position - 1)));
  }
  last_position_ = stored.position;
  ++report_.events;
  ++report_.unsealed_events;
  if (!row.has_stream) {
    findings_.add(fmt::format("event {} belongs to stream number {}, which is missing",
                              stored.position, row.stream_id));
    return;
  }

  StreamHead& head = heads_[row.stream_id];
  head.name = stored.stream;
  stored.previous_hash = head.hash;
  if (stored.version != head.version + 1) {
    findings_.add(
        stored.version > head.version
            ? fmt::format("{} missing before event {}",
                          range(stored.stream + " version", head.version + 1, stored.version - 1),
                          stored.position)
            : fmt::format("{} comes after version {}", name_of(stored), head.version));
  } else if (!row.has_hash || hash_of_event(head, stored.version, stored.event) != stored.hash) {
    findings_.add(name_of(stored) + " was changed: it does not fit its hash and the one before");
  }
  // The stored hash goes on, so that one changed event is one finding and not one for each after
  // it.
  head.version = stored.version;
  head.hash = stored.hash;
  changed_.insert(row.stream_id);

  if (!visit_) return;
  if (const auto status = visit_(stored); !status) {
    findings_.add(fmt::format("replaying {}: {}", name_of(stored), status.error().detail));
  }
}

std::vector<StreamHead> Verifier::changed_heads() const {
  std::vector<StreamHead> heads;
  for (const std::int64_t id : changed_) heads.push_back(heads_.at(id));
  return heads;
}

void Verifier::check_checkpoint(const Checkpoint& checkpoint) {
  ++report_.checkpoints;
  if (checkpoint.number != last_checkpoint_.number + 1) {
    findings_.add(fmt::format(
        "{} missing", range("checkpoint", last_checkpoint_.number + 1, checkpoint.number - 1)));
  }
  const bool is_authentic = is_signed(checkpoint);
  if (!is_authentic) {
    findings_.add(
        fmt::format("checkpoint {} is not signed by this key: it was changed, or this is "
                    "another ledger's key",
                    checkpoint.number));
  }
  const auto computed = digest_of_checkpoint({.previous_digest = last_checkpoint_.digest,
                                              .number = checkpoint.number,
                                              .position = checkpoint.position,
                                              .at = checkpoint.at,
                                              .changed = changed_heads()});
  if (checkpoint.position > last_position_) {
    findings_.add(
        fmt::format("checkpoint {} covers position {}, but the last event before it is {}: "
                    "events are missing",
                    checkpoint.number, checkpoint.position, last_position_));
  } else if (computed != checkpoint.digest) {
    findings_.add(
        fmt::format("events in positions {} to {} are not those that checkpoint {} sealed",
                    last_checkpoint_.position + 1, checkpoint.position, checkpoint.number));
  }
  check_against_anchor(checkpoint);
  last_checkpoint_ = checkpoint;
  // What is signed is to be believed; what is not, may have been changed after the next was sealed.
  if (!is_authentic) last_checkpoint_.digest = computed;
  changed_.clear();
  report_.unsealed_events = 0;
}

void Verifier::check_against_anchor(const Checkpoint& checkpoint) {
  if (!anchor_ || anchor_->number != checkpoint.number) return;
  if (anchor_->digest != checkpoint.digest || anchor_->position != checkpoint.position) {
    findings_.add(
        fmt::format("checkpoint {} is not the one that the anchor keeps: the ledger was "
                    "rewritten after it",
                    checkpoint.number));
  }
}

void Verifier::check_anchor_is_reached() {
  if (!anchor_) return;
  if (!is_signed(*anchor_)) {
    findings_.add("the anchor is not signed by this key: it was changed, or is another ledger's");
  }
  if (anchor_->number > last_checkpoint_.number) {
    findings_.add(
        fmt::format("the anchor keeps checkpoint {} at position {}, but the ledger ends "
                    "with checkpoint {} at position {}: its end was cut off, or an old "
                    "copy was put in its place",
                    anchor_->number, anchor_->position, last_checkpoint_.number, last_position_));
  }
}

base::Status Verifier::check_stream_table() {
  REKEY_TRY(auto rows, connection_.prepare("SELECT id, name, version, head FROM stream"));
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return {};
    const auto found = heads_.find(rows.integer(0));
    const StreamHead walked = found == heads_.end() ? StreamHead{} : found->second;
    if (walked.version != rows.integer(2)) {
      findings_.add(fmt::format("stream {} says that it is at version {}, but its last event is {}",
                                rows.text(1), rows.integer(2), walked.version));
    } else if (digest_from(rows.blob(3)) != walked.hash) {
      findings_.add(
          fmt::format("the head of stream {} is not the hash of its last event", rows.text(1)));
    }
  }
}

}  // namespace

base::Result<VerifyReport> verify(storage::Connection& connection, const crypto::PublicKey& key,
                                  const std::optional<Checkpoint>& anchor,
                                  const std::function<base::Status(const StoredEvent&)>& visit) {
  Verifier verifier(connection, key, anchor, visit);
  REKEY_CHECK(connection.in_snapshot([&verifier] { return verifier.walk(); }));
  return verifier.take_report();
}

}  // namespace rekey::ledger
