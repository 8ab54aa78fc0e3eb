// The queue of notices, in a ledger of its own: notices.db in a state folder, one process at a
// time.
//
//   queued ─► sending ─► delivered
//     │          │
//     │          └─► failed ─► sending …  or, after too long, given up
//     └► withdrawn (what it says is no longer so, and it was never sent)
//
// Each change is an event in the stream "notice/<destination id>" and a change of the tables, in
// one transaction; it is durable when the call returns. Addresses and texts stand in tables, never
// in the chain, and a text is erased when its delivery has ended.
//
// "sending" is written before anything is sent. Where the program dies after it, nobody can know
// whether the notice arrived; it is sent again under the same id. So: queued once, delivered at
// least once, and a repeat carries the id of the first.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "notice/message.h"
#include "notice/subject.h"
#include "platform/files.h"
#include "storage/sqlite.h"

namespace rekey::notice {

enum class DeliveryState { kQueued, kSending, kFailed, kDelivered, kGivenUp, kWithdrawn };
// "queued", "sending", "failed", "delivered", "given_up", "withdrawn".
[[nodiscard]] std::string_view name_of(DeliveryState state) noexcept;

// How long a delivery is tried.
struct RetryRules {
  base::Duration first_pause = std::chrono::minutes{1};   // doubles with each failure, up to
  base::Duration longest_pause = std::chrono::hours{1};   // this; at once where nothing can mend it
  base::Duration give_up_after = std::chrono::hours{72};  // from queueing; then at the next failure
};

struct Delivery {
  std::int64_t number = 0;  // in order of queueing
  std::string id;           // "ntc_" and 32 hex digits; the same for every attempt
  std::int64_t destination_id = 0;
  std::string channel;  // "email", "webhook/<name>", "command/<name>"
  std::string address;  // of a mail; else empty
  DeliveryState state = DeliveryState::kQueued;
  int attempt = 0;  // how many were begun
  base::Instant queued_at{};
  Message message;
};

struct GivenUp {
  std::string id;
  std::int64_t destination_id = 0;
  std::string channel;
  base::Instant at{};
};

struct Silence {
  base::Instant from{};
  base::Instant until{};
};

struct QueueCounts {
  std::int64_t open = 0;      // queued, sending or failed
  std::int64_t given_up = 0;  // and still remembered
  std::optional<base::Instant> oldest_open_at;
};

inline constexpr std::int64_t kMaxOpenDeliveries = 10'000;
// How long an ended delivery and a silence are remembered. What was said is remembered for good.
inline constexpr base::Duration kMemory = std::chrono::days{90};

class Queue {
 public:
  // Makes the folder (0700) and database where they are missing, and holds its lock
  // ("notices.lock") until it dies. kConflict where another process has it.
  [[nodiscard]] static base::Result<std::unique_ptr<Queue>> open(platform::Files& files,
                                                                 const std::string& folder);

  // Its number, given out at the first call.
  [[nodiscard]] base::Result<std::int64_t> destination_id(const std::string& channel,
                                                          const std::string& address);
  // Every key that was said or covered.
  [[nodiscard]] base::Result<std::set<std::string, std::less<>>> said_to(
      std::int64_t destination_id);

  // Returns the delivery's id. kAlreadyExists where one of its keys was said there before;
  // kLimitReached where kMaxOpenDeliveries wait or the message is above kMaxMessageBytes; nothing
  // is recorded then.
  [[nodiscard]] base::Result<std::string> enqueue(std::int64_t destination_id,
                                                  const Message& message,
                                                  const std::vector<std::string>& covered,
                                                  base::Instant now);
  // Takes back what was never sent and speaks only of instants that its subjects have no longer.
  // Their keys may be said again. Returns how many.
  [[nodiscard]] base::Result<int> withdraw_void(std::span<const Subject> subjects,
                                                base::Instant now);

  // Whose time has come, alarms first, and those that were being sent when the program ended.
  [[nodiscard]] base::Result<std::vector<Delivery>> ready(base::Instant now, int limit);
  // The intent, durable when it returns; counts the attempt. Then send, then tell how it went.
  [[nodiscard]] base::Status begin(Delivery& delivery, base::Instant now);
  [[nodiscard]] base::Status delivered(const Delivery& delivery, base::Instant now);
  // `jitter` from 0 to below 1 spreads the next try over the second half of its pause.
  [[nodiscard]] base::Result<DeliveryState> failed(const Delivery& delivery,
                                                   const base::Error& reason,
                                                   const RetryRules& rules, double jitter,
                                                   base::Instant now);

  // Those remembered, but for notices about notices.
  [[nodiscard]] base::Result<std::vector<GivenUp>> given_up();
  [[nodiscard]] base::Result<QueueCounts> counts();
  // Why the delivery failed last; empty where it did not.
  [[nodiscard]] base::Result<std::string> last_error(const std::string& delivery_id);

  [[nodiscard]] base::Result<std::optional<base::Instant>> last_pass();
  // Remembers the pass and forgets what is older than kMemory. A time before the last one is kept
  // out.
  [[nodiscard]] base::Status record_pass(base::Instant now);
  // The silence stays known for kMemory, so that a notice about it can wait.
  [[nodiscard]] base::Status note_silence(const Silence& silence);
  [[nodiscard]] base::Result<std::vector<Silence>> silences();

  // Since when each of these could not be read: since `now` for one that is new. One that is not
  // among them any more is forgotten.
  [[nodiscard]] base::Result<std::map<std::string, base::Instant>> note_unread(
      const std::set<std::string>& ids, base::Instant now);

  // The latest instant in the ledger: a clock behind it is not to be trusted.
  [[nodiscard]] base::Result<std::optional<base::Instant>> latest_instant();
  // Tells this queue from all others, in Message-IDs.
  [[nodiscard]] const std::string& installation() const noexcept { return installation_; }

 private:
  Queue(platform::FileLock lock, storage::Connection database, std::string installation);

  platform::FileLock lock_;
  storage::Connection database_;
  std::string installation_;
};

}  // namespace rekey::notice
