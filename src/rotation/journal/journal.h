// The run's journal: a stream "run/<id>" in a ledger of the engine's own, and the sealed values.
//
// What is appended is durable when append returns. Values stand in a table beside the ledger,
// sealed under a key file outside the database, because a chain cannot forget and a table can: they
// are erased with the event that closes the run.
//
// One writer at a time. The lock of a credential keeps a second engine out; its epoch keeps a first
// one out that lost the lock without knowing (its file was deleted or moved, the file system forgot
// it, the process was stopped for a while): who opens the journal takes the next epoch, and each
// append checks in its own transaction that no later one was taken.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fingerprint.h"
#include "base/result.h"
#include "base/secret.h"
#include "platform/files.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

// A value to be stored, sealed, with the events that speak of it.
struct KeptValue {
  base::Fingerprint fingerprint;
  base::Secret value;
};

// Somebody asks the engine at work to park a run.
struct ParkRequest {
  std::string by;
  std::string reason;
};

class RunJournal {
 public:
  virtual ~RunJournal() = default;
  // Under the journal's own key; equal values give equal fingerprints within one state folder.
  [[nodiscard]] virtual base::Fingerprint fingerprint(const base::Secret& value) = 0;
  // The run of this integration and slot that is neither closed nor given up.
  [[nodiscard]] virtual base::Result<std::optional<std::string>> find_open_run(
      const std::string& client_id, const std::string& slot) = 0;
  // kCorrupt, with what is to be done, where an event does not fit its hash or is missing.
  [[nodiscard]] virtual base::Result<std::vector<RunEvent>> load(const std::string& run_id) = 0;
  // All or nothing, after `expected_version` events of that run; kConflict where somebody else
  // wrote, or another engine has opened the journal of this credential since. RunPlanned opens a
  // run; RunClosed and RunAbandoned close it and erase its values.
  [[nodiscard]] virtual base::Status append(const std::string& run_id,
                                            std::int64_t expected_version,
                                            const std::vector<RunEvent>& events,
                                            const std::vector<KeptValue>& values) = 0;
  // kNotFound where it was never kept or is erased; kConflict as append, for another engine.
  [[nodiscard]] virtual base::Result<base::Secret> value(const std::string& run_id,
                                                         const base::Fingerprint& fingerprint) = 0;
  // To be asked right before every call that changes another system: kConflict as append. A call
  // that is on its way when another engine takes over cannot be called back.
  [[nodiscard]] virtual base::Status check_turn() = 0;
  // True where a closed run of this integration staged or replaced such a value.
  [[nodiscard]] virtual base::Result<bool> is_of_closed_run(
      const std::string& client_id, const std::string& slot,
      const base::Fingerprint& fingerprint) = 0;
  // What ask_to_park() has left, until the run is parked, resumed or closed.
  [[nodiscard]] virtual base::Result<std::optional<ParkRequest>> park_request(
      const std::string& run_id) {
    static_cast<void>(run_id);
    return std::nullopt;
  }
};

// Whose runs: one credential has one writer at a time, others beside it have theirs.
struct Credential {
  std::string client_id;
  std::string slot;
};
// Makes the state folder (0700), its key (run.key, 0600) and database (runs.db) where they are
// missing, holds the lock of that credential until it dies, and takes its next epoch at `now`.
// kConflict where another process has the lock.
[[nodiscard]] base::Result<std::unique_ptr<RunJournal>> open_journal(platform::Files& files,
                                                                     const std::string& folder,
                                                                     const Credential& whose,
                                                                     base::Instant now);
// Whether another process holds the lock of that credential now; takes nothing from anybody.
[[nodiscard]] base::Result<bool> is_journal_held(platform::Files& files, const std::string& folder,
                                                 const Credential& whose);

// Leaves word for the engine that has the lock of that run's credential: it parks the run between
// two of its steps. Takes no lock; kNotFound where there is no journal.
[[nodiscard]] base::Status ask_to_park(const std::string& folder, const std::string& run_id,
                                       const ParkRequest& request, base::Instant now);

// One run of a state folder, whoever's it is.
struct RunRecord {
  std::string run_id;
  Credential whose;
  base::Instant opened_at{};
  std::optional<base::Instant> closed_at{};
};
// Every run that was ever begun there, newest first, without the lock; none where there is no
// journal.
[[nodiscard]] base::Result<std::vector<RunRecord>> peek_runs(platform::Files& files,
                                                             const std::string& folder);

// Where an open run stands, without the lock and without changing anything. Whether its chain fits
// is not looked at: nothing is done on its word (RunJournal::load, read_run).
struct OpenRun {
  std::string run_id;
  RunState state;
  base::Instant last_event_at{};
};
// What the last closed run of an integration has put in place; nullopt where none has.
struct LastRotation {
  std::string run_id;
  base::Instant staged_at{};  // when its value was stored: never before it was generated
  base::Instant expires_at{};
  base::Instant closed_at{};
  std::optional<EarlyCut> early_cut{};
};
[[nodiscard]] base::Result<std::optional<LastRotation>> peek_last_rotation(
    platform::Files& files, const std::string& folder, const std::string& client_id,
    const std::string& slot);
[[nodiscard]] base::Result<std::optional<OpenRun>> peek_open_run(platform::Files& files,
                                                                 const std::string& folder,
                                                                 const std::string& client_id,
                                                                 const std::string& slot);

}  // namespace rekey::rotation
