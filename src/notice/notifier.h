// The notifier: a pass says what is due to everybody, and hands over what waits.
//
//   1 the clock and the silence since the last pass   4 what is void is withdrawn
//   2 who is told of which subject                    5 what is ready is sent
//   3 what is due becomes one message a destination   6 the pass and the heartbeat are written
//
// A pass may come at any time, and be missed: what is due is computed from what is so now and what
// was said, both durable. Killed anywhere, the next pass goes on. One process at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "notice/channel.h"
#include "notice/queue.h"
#include "notice/settings.h"
#include "notice/subject.h"
#include "platform/files.h"

namespace rekey::notice {

// Any number from 0 to below 1; spreads retries of many programs.
using Jitter = std::function<double()>;
[[nodiscard]] double system_jitter();

// Asks a URL with GET and says whether it answered 2xx.
using Ping = std::function<base::Status(const std::string& url)>;
[[nodiscard]] Ping http_ping();

struct Attempt {
  std::string delivery_id;
  std::string channel;
  DeliveryState state = DeliveryState::kDelivered;
  std::string reason;  // of a failure; may hold an address
};

struct PassReport {
  int queued = 0;     // messages
  int said = 0;       // thresholds and occasions in them
  int held = 0;       // due, and waiting for the end of quiet hours
  int withdrawn = 0;  // queued before, no longer so, never sent
  std::vector<Attempt> attempts;
  std::int64_t waiting = 0;  // deliveries that are open after the pass
  std::vector<std::string>
      problems;  // a line each: unknown recipients, a full queue, the heartbeat
  [[nodiscard]] int delivered() const;
  [[nodiscard]] int failed() const;  // given up included
};

// How far the clock may stand behind the ledger.
inline constexpr base::Duration kClockSlack = std::chrono::minutes{5};
inline constexpr std::size_t kMaxProblems = 100;

class Notifier {
 public:
  // Checks the settings, opens the queue in `folder` and makes the channels. `files` outlives it.
  [[nodiscard]] static base::Result<std::unique_ptr<Notifier>> open(Settings settings,
                                                                    platform::Files& files,
                                                                    const std::string& folder,
                                                                    Jitter jitter = system_jitter,
                                                                    Ping ping = http_ping());
  // The same with other channels, for tests.
  [[nodiscard]] static base::Result<std::unique_ptr<Notifier>> open_over(Settings settings,
                                                                         platform::Files& files,
                                                                         const std::string& folder,
                                                                         Channels channels,
                                                                         Jitter jitter, Ping ping);

  // `subjects`: all that there are, but for those in what is `unread`: that is told to the fallback
  // recipients, once until it was read again, and is a problem of the pass. Blocks while it sends;
  // a failed delivery is in the report and no error. kRefused where the clock stands behind the
  // ledger; kLimitReached above kMaxSubjects; kInvalidArgument where a subject has no form, or two
  // have one id.
  [[nodiscard]] base::Result<PassReport> pass(base::Instant now,
                                              const std::vector<Subject>& subjects,
                                              const std::vector<Unread>& unread = {});

  // Tells the fallback recipients of what is unread, where there is nothing else to look at. Counts
  // as no pass: silence is what an outside monitor has to see then.
  [[nodiscard]] base::Result<PassReport> tell_unread(base::Instant now,
                                                     const std::vector<Unread>& unread);

  // Says at once what is due of `subjects`, which may be a part of all. Counts as no pass.
  [[nodiscard]] base::Result<PassReport> tell(base::Instant now,
                                              const std::vector<Subject>& subjects);

  struct SilenceReport {
    std::optional<base::Instant> last_pass;  // nullopt: there was none yet
    bool is_silent = false;                  // none within the limit
    PassReport told;
  };
  // Whether passes still happen. Where the last one is longer ago than `limit`, the fallback
  // recipients are told, once for each silence. Counts as no pass.
  [[nodiscard]] base::Result<SilenceReport> tell_silence(base::Instant now, base::Duration limit);

  // Sends a test by every way to a recipient of that name, or to that address; all fallback
  // recipients where it is empty. At once, past the queue: nothing is kept or tried again.
  // kInvalidArgument where it leads nowhere.
  [[nodiscard]] base::Result<std::vector<Attempt>> test(const std::string& recipient,
                                                        base::Instant now);

  [[nodiscard]] Queue& queue() noexcept { return *queue_; }

 private:
  Notifier(Settings settings, platform::Files& files, std::unique_ptr<Queue> queue,
           Channels channels, Jitter jitter, Ping ping);

  [[nodiscard]] base::Status check_clock(base::Instant now);
  [[nodiscard]] base::Status note_silence(base::Instant now, base::Duration limit);
  // Whether the silence since the last pass is over: it is while one goes on.
  enum class Watcher { kBack, kSilent };
  [[nodiscard]] base::Result<std::vector<Subject>> own_subjects(Watcher watcher);
  [[nodiscard]] base::Result<std::vector<Subject>> subjects_of(const std::vector<Unread>& unread,
                                                               base::Instant now);
  [[nodiscard]] base::Result<PassReport> say_what_is_due(base::Instant now,
                                                         const std::vector<Subject>& subjects,
                                                         Watcher watcher);
  [[nodiscard]] base::Status queue_due(const std::vector<Subject>& subjects, base::Instant now,
                                       PassReport& report);
  [[nodiscard]] base::Status send_ready(base::Instant now, PassReport& report);
  [[nodiscard]] base::Result<Attempt> send_one(Delivery& delivery, base::Instant now);
  [[nodiscard]] base::Status deliver(const Delivery& delivery, base::Instant now);
  [[nodiscard]] base::Status finish(base::Instant now, PassReport& report);

  Settings settings_;
  platform::Files& files_;
  std::unique_ptr<Queue> queue_;
  Channels channels_;
  Jitter jitter_;
  Ping ping_;
};

}  // namespace rekey::notice
