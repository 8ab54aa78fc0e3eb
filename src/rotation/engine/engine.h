// The front door of the rotation engine: plan a rotation, carry it out.
//
//   platform::SystemClock clock; platform::SystemFiles files;
//   rotation::SystemDrivers drivers(clock, files);
//   rotation::EngineParts parts{clock, files, drivers};
//   auto plan = rotation::plan_from_file("rekey.yaml", parts);
//   auto outcome = rotation::rotate("rekey.yaml", parts, reporter);
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "rotation/drivers/drivers.h"
#include "rotation/inventory/inventory.h"
#include "rotation/journal/journal.h"
#include "rotation/plan/plan.h"
#include "rotation/report/report.h"

namespace rekey::rotation {

struct EngineParts {
  platform::Clock& clock;
  platform::Files& files;
  Drivers& drivers;
  std::string person{};       // who is at work here, as the journal keeps it
  std::string integration{};  // which one of an inventory with several: its name or client id
  // Shared by runs that this process carries out side by side in one state folder; else nullptr.
  std::mutex* journal_turn = nullptr;
  std::string
      shown_plan{};  // the digest of the plan that a person said yes to; empty: none was shown
  SecretSearch* search = nullptr;  // who looks for copies of a secret; nullptr: nobody does
};

enum class Ending {
  kClosed,     // retired and proven: exit 0
  kParked,     // needs a person; started again, the run goes on
  kAbandoned,  // given up: the sinks hold what they held, the staged secret has ended
};

struct Outcome {
  Ending ending = Ending::kParked;
  std::string run_id;
  std::string message;      // what was proven, or what is in the way and what to do
  bool is_waiting = false;  // parked, and nothing is wrong: it is a person's turn
  // Given up, and places are left with somebody else's refused value: `message` names them.
  bool needs_person = false;
};

// Every integration of the file, with the newer of two end dates: what the file says, and what the
// last closed run has put in place. Paths as below.
[[nodiscard]] base::Result<InventoryFile> load_inventories(const std::string& path,
                                                           EngineParts& parts);
// The one of `parts.integration`. kInvalidArgument where its client id is not filled in. Every path
// in it is absolute, and the same however `path` was spelled.
[[nodiscard]] base::Result<Inventory> load_inventory(const std::string& path, EngineParts& parts);

// Reads everything, changes nothing. The plan carries its problems (Plan::problems); an error means
// that the inventory cannot be read (kInvalidArgument, one line a problem; kNotFound; kIo).
[[nodiscard]] base::Result<Plan> plan_from_file(const std::string& path, EngineParts& parts);
// That a rotation of it was closed within the last hour, in a sentence; empty where none was.
[[nodiscard]] base::Result<std::string> describe_recent_rotation(const Inventory& inventory,
                                                                 EngineParts& parts);

// Goes on with the open run of this integration, or plans and begins one. Returns when it is closed
// or parked; one that a person parked stays so, untouched. kRefused with every problem of the
// plan where none may begin; kConflict where another process has the state folder.
[[nodiscard]] base::Result<Outcome> rotate(const std::string& path, EngineParts& parts,
                                           Reporter& reporter);
// The same for an inventory that was read already.
[[nodiscard]] base::Result<Outcome> rotate(const Inventory& inventory, EngineParts& parts,
                                           Reporter& reporter);

// Goes on with the open run, whoever parked it, and begins none: kNotFound without one.
[[nodiscard]] base::Result<Outcome> resume(const std::string& path, EngineParts& parts,
                                           Reporter& reporter);
[[nodiscard]] base::Result<Outcome> resume_in(const Inventory& inventory, RunJournal& journal,
                                              EngineParts& parts, Reporter& reporter);

// Who gives a run up, and why: both are kept in the journal.
struct Abandonment {
  std::string by;
  std::string reason;
};
// Gives the open run of this integration up: puts back what the sinks held, proves it, reloads,
// ends the staged secret when nobody uses it any more, and erases the sealed values. What was begun
// so is finished by rotate() too. kNotFound without an open run; kRefused after the activation.
[[nodiscard]] base::Result<Outcome> abandon(const std::string& path, const Abandonment& why,
                                            EngineParts& parts, Reporter& reporter);
[[nodiscard]] base::Result<Outcome> abandon_in(const Inventory& inventory, RunJournal& journal,
                                               const Abandonment& why, EngineParts& parts,
                                               Reporter& reporter);

// Somebody's word, kept in the journal.
struct Word {
  std::string by;
  std::string reason;
};
// The owner of a consumer says that it uses the new secret: evidence for an issuer that tells no
// usage, and, where only a person writes its sink, that the value is there. kNotFound without an
// open run or such a consumer; kRefused before its sink was written and it was reloaded, before
// the run has come to a sink that is by hand, and where the usage now tells otherwise, so that the
// word would count for nothing. What was kept comes back with what is to be said of its worth;
// empty: it counts.
[[nodiscard]] base::Result<std::string> attest(const Inventory& inventory,
                                               const std::string& consumer, const Word& word,
                                               EngineParts& parts);
// Somebody lets the old secret go although there is no evidence for a consumer: its verdict is
// "waived" until its sink is written again. kNotFound without an open run, and, naming those that
// there are, without such a consumer; kRefused before it was reloaded, after the old one ended, and
// where its evidence is there.
[[nodiscard]] base::Status waive(const Inventory& inventory, const std::string& consumer,
                                 const Word& word, EngineParts& parts);
// The value that a person has to put into a sink that is by hand: the new one, or, where the run
// rolls back, the one that it had before. That it was handed out, to whom and how ("terminal",
// "descriptor"), is in the journal before it is. kNotFound and kRefused as check_hand_out.
[[nodiscard]] base::Result<base::Secret> hand_out(const Inventory& inventory,
                                                  const std::string& consumer,
                                                  const std::string& by, const std::string& how,
                                                  EngineParts& parts);
// Lets the activation of the open run take place, as far as it needs approval: of the plan whose
// digest is `plan`. kRefused where who approves is who began the run or may not, and after the
// activation; kConflict where the plan is another one now.
struct ApprovalCount {
  std::string plan_digest;
  int given = 0;  // with this one
  int needed = 0;
};
[[nodiscard]] base::Result<ApprovalCount> approve(const Inventory& inventory, const Word& word,
                                                  const std::string& plan, EngineParts& parts);

// Stops the open run until somebody resumes it: neither rotate nor a watcher goes on with it.
// An engine that works on it is asked to, does so between two of its steps, and is waited for; its
// process ends or goes on with others. kNotFound without an open run; kRefused where somebody
// parked it already; kConflict where that engine has not come to it yet: it stays asked.
[[nodiscard]] base::Status park(const Inventory& inventory, const Word& word, EngineParts& parts);

// As open_journal; in its turn where others write beside it (EngineParts::journal_turn).
[[nodiscard]] base::Result<std::unique_ptr<RunJournal>> open_journal_of(const Inventory& inventory,
                                                                        EngineParts& parts);
// What rotate does once the inventory is read and the journal open.
[[nodiscard]] base::Result<Outcome> rotate_in(const Inventory& inventory, RunJournal& journal,
                                              EngineParts& parts, Reporter& reporter);

}  // namespace rekey::rotation
