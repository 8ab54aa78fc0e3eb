// Who used which secret when: counted in memory, bounded, written behind.
//
// Counting a known caller takes no lock and allocates nothing; a new caller takes a mutex once.
// Each secret has at most kMaxCallers callers, the rest are counted together as "other". Counts are
// totals: a row that is written twice says the same thing. Any thread, except where stated.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "authority/caller.h"
#include "base/time.h"
#include "credential/ids.h"
#include "net/http.h"

namespace rekey::authority {

struct UsageCaller {
  std::string network;     // "192.0.2.7", "2001:db8::/64", "local"; empty in the row of the others
  std::string user_agent;  // printable ASCII, at most kMaxUserAgent; '?' for other bytes
  std::string slot;        // "-" or the tag of the secret's slot
  bool is_other = false;   // all callers after the first kMaxCallers
  friend bool operator==(const UsageCaller&, const UsageCaller&) = default;
};

struct UsageRow {
  credential::SecretId secret_id;
  UsageCaller caller;
  base::Instant first_seen{};
  base::Instant last_seen{};
  std::int64_t count = 0;
  friend bool operator==(const UsageRow&, const UsageRow&) = default;
};

class UsageMeter {
 public:
  static constexpr std::size_t kMaxCallers = 64;

  // One secret's counts. Its address is stable for the life of the meter.
  class SecretMeter;

  UsageMeter();
  ~UsageMeter();
  UsageMeter(const UsageMeter&) = delete;
  UsageMeter& operator=(const UsageMeter&) = delete;

  // The counts of that secret, made where there are none. `slot` is the secret's own.
  [[nodiscard]] SecretMeter& meter_of(credential::SecretId id, std::string_view slot);

  // One successful token request. Never called for probes.
  void note(SecretMeter& meter, const net::PeerAddress& peer, std::string_view user_agent,
            base::Instant now) noexcept;

  // 0 means never, as credential::authenticate wants it. No lock.
  // Asks for what note() will want of the meter, so that it is here by then.
  static void prefetch(const SecretMeter& meter) noexcept;
  [[nodiscard]] static std::int64_t last_used_millis(const SecretMeter& meter) noexcept;
  [[nodiscard]] std::optional<base::Instant> last_used_at(credential::SecretId id) const;

  // What is known now, flushed or not: callers in order of first use, the others last.
  [[nodiscard]] std::vector<UsageRow> rows(credential::SecretId id) const;

  // The rows that changed since the last call, with their totals. One flushing thread. Where the
  // write fails, mark_changed() each secret of the rows so that the next call returns them again.
  [[nodiscard]] std::vector<UsageRow> take_changed();
  void mark_changed(credential::SecretId id);

  // A row as it was flushed, at start-up; does not count as changed.
  void restore(const UsageRow& row);

  // From which instant on the counts miss nothing: restarts after a crash.
  void set_complete_since(base::Instant at) noexcept;
  [[nodiscard]] base::Instant complete_since() const noexcept;

 private:
  struct Caller;
  Caller* find_or_add(SecretMeter& meter, const CallerNetwork& network, std::string_view user_agent,
                      base::Instant first_seen);
  void mark(SecretMeter& meter) noexcept;

  mutable std::mutex mutex_;  // guards meters_ and every meter's list of callers while it grows
  std::unordered_map<std::int64_t, std::unique_ptr<SecretMeter>> meters_;
  std::atomic<SecretMeter*> changed_{nullptr};  // a stack through SecretMeter
  std::atomic<std::int64_t> complete_since_{0};
};

}  // namespace rekey::authority
