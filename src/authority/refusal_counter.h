// Why clients were refused: counted per client, reason and network, bounded, for administrators.
//
// Only the refused path comes here. Unknown client ids are folded together (one row for each
// network and reason), so a stranger's guesses cost a bounded amount of memory and never a write
// each: the ledger gets an episode, the first refusal of a client for a reason after an hour
// without one. Any thread; one mutex.
//
// note() only writes the refusal down, in constant time whoever was refused, so that the time of an
// answer does not tell a known client from an unknown one; what was noted is folded into the counts
// together, when they are read or when the notes are full.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "authority/caller.h"
#include "authority/record.h"
#include "base/time.h"
#include "credential/authenticate.h"
#include "credential/ids.h"

namespace rekey::authority {

struct RefusalRow {
  std::string client_id;  // empty: unknown clients
  credential::Refusal reason = credential::Refusal::kNone;
  std::string network;  // "other": networks beyond the bounds
  base::Instant first_seen{};
  base::Instant last_seen{};
  std::int64_t count = 0;
};

struct RefusalEpisode {
  credential::IntegrationId integration_id;  // 0: unknown clients
  std::string client_id;                     // empty: unknown clients
  credential::Refusal reason = credential::Refusal::kNone;
  base::Instant at{};
};

class RefusalCounter {
 public:
  static constexpr std::size_t kMaxRows = 4096;
  static constexpr std::size_t kMaxRowsPerClient = 64;
  static constexpr std::size_t kMaxEpisodes = 1024;  // that wait to be taken
  static constexpr base::Duration kQuietTime = std::chrono::hours{1};
  static constexpr base::Duration kKeepTime = std::chrono::hours{24};  // where places run out

  explicit RefusalCounter(base::Instant started_at) : complete_since_(started_at) {
    notes_.reserve(kMaxNotes);
  }

  // `integration_id` is 0 for a client that nobody knows; its key counts for nothing then.
  // Allocates nothing itself.
  void note(credential::IntegrationId integration_id, const ClientKey& client,
            credential::Refusal reason, const net::PeerAddress& peer, base::Instant now);

  // Newest first; all clients, or the one named.
  [[nodiscard]] std::vector<RefusalRow> rows(std::optional<std::string_view> client_id = {});
  // Counts are kept in memory only: from the start of this process.
  [[nodiscard]] base::Instant complete_since() const noexcept { return complete_since_; }

  // Episodes since the last call, oldest first.
  [[nodiscard]] std::vector<RefusalEpisode> take_episodes();

 private:
  static constexpr std::size_t kMaxNotes = 256;  // few enough to stay near the processor

  struct Note {
    std::int64_t integration_id = 0;
    ClientKey client;
    credential::Refusal reason = credential::Refusal::kNone;
    CallerNetwork network;
    base::Instant at{};
  };
  struct Key {
    std::int64_t integration_id = 0;
    credential::Refusal reason = credential::Refusal::kNone;
    bool is_other = false;
    CallerNetwork network;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Count {
    base::Instant first_seen{};
    base::Instant last_seen{};
    std::int64_t count = 0;
    base::Instant told_client_at{};  // when the client's own last_seen heard of this row last
  };
  struct Client {
    std::string client_id;
    std::size_t rows = 0;
    std::array<std::optional<base::Instant>, credential::kRefusalCount> last_seen;  // for episodes
  };

  // With the mutex held.
  void fold_notes();
  void fold(const Note& note);
  void note_client(const Note& note);
  static void add(Count& count, base::Instant at);
  [[nodiscard]] Count& place_for(Key key, base::Instant now);
  void drop_old(base::Instant now);

  const base::Instant complete_since_;
  std::mutex mutex_;
  std::vector<Note> notes_;
  std::unordered_map<Key, Count, KeyHash> counts_;
  std::unordered_map<std::int64_t, Client> clients_;
  std::vector<RefusalEpisode> episodes_;
  std::optional<base::Instant> dropped_at_;
};

}  // namespace rekey::authority
