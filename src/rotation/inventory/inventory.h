// The inventory: rekey.yaml, which names integrations, their issuers, what is known of their
// secrets, and every consumer of them. A file with a single integration has a shorter form.
// docs/rotation.md has each key; those of issuers, sinks and probes are declared by their kinds
// (driver_kind.h).
//
// Reading is strict. Whatever is wrong is found in one go and told with file, line and column, and
// an unknown key with the nearest known one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/inventory/driver_spec.h"
#include "rotation/inventory/freeze.h"
#include "rotation/inventory/seen_as.h"
#include "rotation/inventory/window.h"
#include "rotation/inventory/workflow.h"
#include "rotation/machine/sibling.h"

namespace rekey::rotation {

struct DriverRegistry;  // registry.h

enum class ReloadForm {
  kPerCall,   // it reads its sinks for every token request
  kCached,    // it reads them again when what it read is `every` old
  kSchedule,  // it reads them at each start of its own, every `every` at the latest
  kCommand,   // the engine runs a command
  kSignal,    // the engine sends a signal
  kPerson,    // it reads them at its start alone, and a person has to restart it
};
// "per_call", "cached", "schedule", "command", "signal", "person"
[[nodiscard]] std::string_view name_of(ReloadForm form) noexcept;

// How a consumer comes to use what its sinks hold.
struct ReloadSpec {
  std::vector<std::string> command;  // the program and its arguments
  base::Duration timeout = std::chrono::seconds{30};
  bool reads_at_start = false;                  // only then, and only from its sinks
  ReloadForm by_itself = ReloadForm::kPerCall;  // where the engine does nothing
  base::Duration every{};                       // of kCached and kSchedule
  std::string signal{};                         // "HUP"
  std::string pid_file{};                       // whose process gets it
  // The engine brings it about.
  [[nodiscard]] bool is_by_engine() const noexcept { return !command.empty() || !signal.empty(); }
  // And it is an interruption: only what it reads at its start is read.
  [[nodiscard]] bool is_restart_by_engine() const noexcept {
    return is_by_engine() && reads_at_start;
  }
  [[nodiscard]] ReloadForm form() const noexcept;
  friend bool operator==(const ReloadSpec&, const ReloadSpec&) = default;
};
// "reads per call", "caches for 20m", "restarted by systemctl", …
[[nodiscard]] std::string describe(const ReloadSpec& reload);

struct Consumer {
  std::string name;
  // Where it reads its secret from; one alone where that is by hand.
  std::vector<DriverSpec> sinks = std::vector<DriverSpec>(1);
  int instances = 1;
  ReloadSpec reload;
  SeenAs seen_as;
  base::Duration interval{};  // between two of its token requests, at most; 0: as rhythm.h has it
  std::string owner{};        // who answers for it
  int max_length = 0;         // characters that its field holds; 0: any
  bool is_by_hand = false;    // its sink is one that only a person writes, and nobody reads back
  std::string kind{};         // what it is, as people call it: "service", "job"
  int wave = 0;               // of Inventory::waves: those of a later one move after it has held
  friend bool operator==(const Consumer&, const Consumer&) = default;
};

// "shop/.env, MCE_CLIENT_SECRET", where it has several joined by " and ".
[[nodiscard]] std::string places_of(const Consumer& consumer);

// Consumers that are moved together. The next wave begins when there is evidence for each of this
// one, and it was watched for `hold`.
struct Wave {
  std::string name;
  base::Duration hold{};
  friend bool operator==(const Wave&, const Wave&) = default;
};

// Usage that somebody answers for although no consumer claims it.
struct Waiver {
  SeenAs seen_as;
  std::string by;
  std::string reason;
  friend bool operator==(const Waiver&, const Waiver&) = default;
};

// A place that may hold a secret and from which nobody reads it, by the word of who answers for it.
struct NotConsumer {
  std::string path;  // absolute; a folder's is of all below it
  std::string by;
  std::string reason;
  friend bool operator==(const NotConsumer&, const NotConsumer&) = default;
};

// Where copies of the secrets are looked for.
struct DiscoveryRules {
  std::vector<std::string> roots;  // files and folders, absolute; empty: nowhere
  std::vector<NotConsumer> not_consumers;
  friend bool operator==(const DiscoveryRules&, const DiscoveryRules&) = default;
};

// How often, and over what time, a new value must be accepted before anything rests on it.
struct ProofSpec {
  int requests = 3;
  base::Duration span = std::chrono::seconds{2};
  friend bool operator==(const ProofSpec&, const ProofSpec&) = default;
};

// One integration: whose secret is replaced, what is known of it, and who uses it.
struct Inventory {
  std::string path;  // of the file itself
  std::string name;  // the package's name; the client id where none was given
  std::string owner;
  std::vector<std::string> contacts;
  std::string documentation;                  // a link
  std::optional<base::Instant> generated_at;  // of the present secret
  std::optional<base::Instant> expires_at;
  int approvals = 0;  // of people other than who begins a run, before its activation
  std::vector<std::string> approvers{};  // whose approval counts; empty: anybody's
  std::optional<Window> window;          // in which the activation may take place
  std::vector<Freeze> freezes;           // in which nothing is begun
  std::optional<base::Duration> lead;    // how long before its end the rotation begins
  std::optional<base::Duration> jitter;  // and up to how much earlier, each on a day of its own
  std::string issuer_name;               // in `issuers`; empty where the file has a single one
  DriverSpec issuer;
  DriverSpec probe;  // how a value is tried; the issuer's usual one where none is named
  std::vector<DriverSpec> usage_sources;  // that tell who asks for tokens, beside the issuer
  std::string client_id;  // empty only in a file with several, where it is not known yet
  std::string slot = "-";
  std::string state_folder;  // the run's ledger, key and lock
  ProofSpec proof;
  std::vector<Wave> waves;          // in their order; empty: one wave without a name
  std::vector<Consumer> consumers;  // in the order in which they are moved, wave by wave
  std::vector<Waiver> waivers;
  std::vector<Workflow> workflows;  // that have to work with the new secret
  DiscoveryRules discovery;         // of the file
  // Every client of each kind of issuer in the file, itself among them, once; one list for all.
  std::shared_ptr<const std::vector<Sibling>> siblings;
};

struct InventoryFile {
  std::string path;
  std::map<std::string, DriverSpec> issuers{};  // by name; empty where there is a single one
  std::vector<Inventory> integrations;          // in the file's order; none in a first file
  DiscoveryRules discovery{};
};

inline constexpr std::int64_t kInventoryLimitBytes = 1024 * 1024;

// `path` names the file in messages, and its folder is where relative paths start. Issuers, sinks
// and probes are checked against what their kinds in `registry` declare. Reads no file but the
// system's time zones, where a window names one.
// kInvalidArgument with one line for every problem.
[[nodiscard]] base::Result<InventoryFile> parse_inventory_file(std::string_view text,
                                                               const std::string& path,
                                                               const DriverRegistry& registry);
// The integration of that name or client id; the only one where `wanted` is empty. kInvalidArgument
// and kInvalidArgument list those that there are.
[[nodiscard]] base::Result<Inventory> choose_integration(InventoryFile file,
                                                         const std::string& wanted);
// Both, for a file with one integration.
[[nodiscard]] base::Result<Inventory> parse_inventory(std::string_view text,
                                                      const std::string& path,
                                                      const DriverRegistry& registry);

}  // namespace rekey::rotation
