// A small world for tests of whole runs: an issuer with the rules of a lifecycle, client programs
// that ask for tokens at every tick, files in memory, a journal that survives crashes, and one
// counter of places at which the engine can be killed.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crypto/digest.h"
#include "documents/document.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "rotation/drivers/drivers.h"
#include "rotation/journal/journal.h"
#include "rotation/report/report.h"
#include "rotation/sinks/file.h"

namespace rekey::rotation::fakes {

using base::Code;
using base::Duration;
using base::Instant;
using base::Secret;
using std::chrono::seconds;

struct Crash {};

// A file sink as the inventory's reader would give it.
inline DriverSpec file_spec(const std::string& path, const std::string& format,
                            const std::string& key) {
  return make_spec(file_sink().kind, {{"path", path}, {"format", format}, {"key", key}});
}

class MemoryFiles final : public platform::Files {
 public:
  std::map<std::string, std::string> content;

  base::Result<Secret> read(const std::string& path, std::int64_t) override {
    REKEY_CHECK(need(path));
    return Secret(content[path]);
  }
  base::Result<platform::FileFacts> facts(const std::string& path) override {
    REKEY_CHECK(need(path));
    return platform::FileFacts{0600, 0, 0, 0, false, true};
  }
  base::Status create(const std::string& path, std::string_view text, mode_t) override {
    content[path] = std::string(text);
    return {};
  }
  base::Status exchange(const std::string& path, std::string_view expected,
                        std::string_view text) override {
    REKEY_CHECK(need(path));
    if (content[path] != expected) return base::fail(Code::kConflict, path + " changed");
    content[path] = std::string(text);
    return {};
  }
  base::Status replace(const std::string& path, std::string_view text, mode_t) override {
    content[path] = std::string(text);
    return {};
  }
  base::Status remove(const std::string& path) override {
    content.erase(path);
    return {};
  }
  base::Status make_folder(const std::string&, mode_t) override { return {}; }

 private:
  base::Status need(const std::string& path) {
    if (content.count(path) == 0) return base::fail(Code::kNotFound, path + " is missing");
    return {};
  }
};

// A program that uses the secret.
struct Client {
  std::string name;
  std::string path;
  Caller caller;
  bool reads_per_call = true;
  bool is_declared = true;
  std::string held;  // what it read at start
  int accepted = 0;
  int refused = 0;
  bool is_running = true;
  bool dies_at_restart = false;
};

struct FakeSecret {
  IssuedSecret facts;
  std::string value;
};

class World final : public platform::Clock {
 public:
  explicit World(Descriptor rules) : descriptor(rules) {
    FakeSecret first;
    first.facts = {"sec_1",
                   "-",
                   "",
                   SecretState::kActive,
                   now_,
                   now_,
                   now_ + base::Days{180},
                   now_ + base::Days{180},
                   now_};
    first.value = "old-value-1";
    secrets.push_back(first);
    complete_since = now_;
  }

  Descriptor descriptor;
  std::string client_id = "client";
  std::vector<FakeSecret> secrets;
  std::vector<Client> clients;
  MemoryFiles files;
  // What clients read that is in no file, by Client::path: for sinks of a test's own.
  std::map<std::string, std::string> elsewhere;
  platform::Files* sink_files = &files;
  Instant complete_since{};
  bool tells_usage = true;
  Instant away_from = base::kFarFuture;  // until away_until nobody reaches the issuer
  Instant away_until{};
  Duration issuer_ahead{};         // of the engine's clock
  Duration token_life{};           // as a probe is told it; 0: it is not
  std::string log_path;            // of a file of `files` that gets a line for every token
  std::set<int> crash_at;          // numbers of places
  std::function<void()> on_probe;  // while a token request of the engine is on its way
  std::function<base::Status()> on_activate;  // what fails it before it takes effect
  int places = 0;                             // passed so far
  std::vector<std::string> broken;            // what must never be, and was

  Instant now() const noexcept override { return now_; }
  Instant issuer_now() const noexcept { return now_ + issuer_ahead; }
  Duration monotonic() const noexcept override { return now_.time_since_epoch(); }
  void sleep_for(Duration duration) override {
    now_ += std::max(duration, Duration{1});
    tick();
  }

  void add_client(const std::string& name, bool reads_per_call, bool is_declared = true) {
    const std::string path = "/apps/" + name + "/.env";
    files.content[path] = "# " + name + "\nCLIENT_SECRET=old-value-1\nOTHER=1\n";
    clients.push_back({name,
                       path,
                       {"10.0.0.1", name + "/1.0", "-", false},
                       reads_per_call,
                       is_declared,
                       "old-value-1",
                       0,
                       0});
  }

  // A place at which kill -9 may come.
  void place() {
    ++places;
    check_availability();
    if (crash_at.count(places) != 0) throw Crash{};
  }

  std::string value_in(const std::string& path) {
    if (const auto found = elsewhere.find(path); found != elsewhere.end()) return found->second;
    // Asked at every tick and every place, and seldom changed.
    const std::string& content = files.content[path];
    const auto [known, is_new] = last_read_.try_emplace(path);
    if (is_new || known->second.content != content) {
      const auto value =
          documents::read_value(*documents::find_format("dotenv"), content, "CLIENT_SECRET");
      known->second = {content, value ? std::string(value->reveal()) : std::string()};
    }
    return known->second.value;
  }

  FakeSecret* accepted(const std::string& value) {
    for (FakeSecret& secret : secrets) {
      if (secret.value == value && is_accepted(state_of(secret))) return &secret;
    }
    return nullptr;
  }

  SecretState state_of(const FakeSecret& secret) const {
    const IssuedSecret& facts = secret.facts;
    if (facts.state == SecretState::kStaged && issuer_now() < facts.usable_from) {
      return SecretState::kSettling;
    }
    if (issuer_now() >= facts.ends_at) return SecretState::kEnded;
    return facts.state;
  }

  [[nodiscard]] bool is_issuer_away() const { return now_ >= away_from && now_ < away_until; }
  [[nodiscard]] base::Status reach_issuer() const {
    if (!is_issuer_away()) return {};
    return base::fail(Code::kUnavailable, "cannot connect to auth: connection refused");
  }

  void tick() {
    for (Client& client : clients) {
      if (!client.is_running || is_issuer_away()) continue;
      const std::string value = client.reads_per_call ? value_in(client.path) : client.held;
      FakeSecret* secret = accepted(value);
      ++(secret == nullptr ? client.refused : client.accepted);
      if (secret == nullptr) continue;
      UsageRow& row = usage_[{secret->facts.id, client.name}];
      if (row.count == 0) {
        row = {secret->facts.id, client.caller, issuer_now(), issuer_now(), 0};
      }
      row.last_seen = issuer_now();
      ++row.count;
      if (log_path.empty()) continue;
      files.content[log_path] += base::format_instant(now_) + " " + secret->facts.id + " " +
                                 client.caller.user_agent + "\n";
    }
    check_availability();
  }

  // Invariant 1: what each declared consumer's file holds is accepted.
  void check_availability() {
    for (const Client& client : clients) {
      if (client.is_declared && accepted(value_in(client.path)) == nullptr) {
        broken.push_back(client.name + " holds a value that is not accepted");
      }
    }
  }

  UsageReport usage() const {
    if (!tells_usage) return untold_usage(now_);
    UsageReport report{{}, complete_since, issuer_now()};
    for (const auto& [key, row] : usage_) report.rows.push_back(row);
    return report;
  }

 private:
  struct Read {
    std::string content;
    std::string value;
  };
  std::map<std::string, Read> last_read_;  // by path
  Instant now_ = base::from_millis(1'800'000'000'000);
  std::map<std::pair<std::string, std::string>, UsageRow> usage_;
};

// Lives outside the crashing engine, as a database does.
class MemoryJournal final : public RunJournal {
 public:
  explicit MemoryJournal(World& world) : world_(world) {}

  base::Fingerprint fingerprint(const Secret& value) override {
    return {7, crypto::sha256(value.reveal())};
  }
  base::Result<std::optional<std::string>> find_open_run(const std::string&,
                                                         const std::string&) override {
    for (const auto& [id, events] : runs) {
      if (!is_closing(events.back().body)) return std::optional(id);
    }
    return std::optional<std::string>();
  }
  base::Result<std::vector<RunEvent>> load(const std::string& run_id) override {
    return runs[run_id];
  }
  base::Status append(const std::string& run_id, std::int64_t expected_version,
                      const std::vector<RunEvent>& events,
                      const std::vector<KeptValue>& values) override {
    world_.place();
    REKEY_CHECK(check_turn());
    std::vector<RunEvent>& stream = runs[run_id];
    if (static_cast<std::int64_t>(stream.size()) != expected_version) {
      return base::fail(Code::kConflict, "another writer");
    }
    for (const RunEvent& event : events) {
      // What is read back is what was written as JSON.
      auto copy = decode(name_of(event.body), encode(event.body));
      if (!copy) return tl::unexpected(copy.error());
      stream.push_back({event.at, *std::move(copy)});
      if (is_closing(event.body)) kept.clear();
    }
    for (const KeptValue& value : values) {
      kept[value.fingerprint] = std::string(value.value.reveal());
    }
    world_.place();
    return {};
  }
  base::Result<Secret> value(const std::string&, const base::Fingerprint& fingerprint) override {
    if (kept.count(fingerprint) == 0) return base::fail(Code::kNotFound, "not kept");
    return Secret(kept[fingerprint]);
  }
  base::Status check_turn() override {
    if (!is_taken_over) return {};
    return base::fail(Code::kConflict, "another engine took the runs over");
  }
  base::Result<bool> is_of_closed_run(const std::string&, const std::string&,
                                      const base::Fingerprint& fingerprint) override {
    for (const auto& [id, events] : runs) {
      if (!is_closing(events.back().body)) continue;
      for (const RunEvent& event : events) {
        const auto* staged = std::get_if<SecretStaged>(&event.body);
        if (staged != nullptr && staged->value == fingerprint) return true;
      }
    }
    return false;
  }

  std::map<std::string, std::vector<RunEvent>> runs;
  std::map<base::Fingerprint, std::string> kept;
  bool is_taken_over = false;  // another engine has opened it since

 private:
  World& world_;
};

class FakeIssuer final : public Issuer {
 public:
  FakeIssuer(World& world, MemoryJournal& journal) : world_(world), journal_(journal) {}

  base::Result<Descriptor> describe() override { return world_.descriptor; }
  base::Result<IntegrationFacts> integration() override {
    return IntegrationFacts{world_.client_id, "Order sync", "http://auth/", true, false};
  }
  base::Result<std::vector<IssuedSecret>> list_secrets() override {
    REKEY_CHECK(world_.reach_issuer());
    std::vector<IssuedSecret> all;
    for (const FakeSecret& secret : world_.secrets) {
      all.push_back(secret.facts);
      all.back().state = world_.state_of(secret);
    }
    return all;
  }
  base::Result<UsageReport> usage() override {
    REKEY_CHECK(world_.reach_issuer());
    return world_.usage();
  }
  base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers() override {
    return std::vector<std::pair<std::string, std::string>>{};
  }
  base::Result<StagedSecret> stage(const std::string& slot, const std::string& label,
                                   const std::optional<std::string>& replaces) override {
    world_.place();
    for (FakeSecret& secret : world_.secrets) {
      if (secret.facts.state != SecretState::kStaged) continue;
      if (secret.facts.id != replaces) return base::fail(Code::kRefused, "occupied");
      secret.facts.state = SecretState::kEnded;
    }
    const std::string number = std::to_string(world_.secrets.size() + 1);
    const Instant now = world_.issuer_now();
    FakeSecret secret;
    secret.facts = {"sec_" + number,
                    slot,
                    label,
                    SecretState::kStaged,
                    now,
                    now + world_.descriptor.settle,
                    now + base::Days{180},
                    now + base::Days{180},
                    std::nullopt};
    secret.value = "new-value-" + number;
    world_.secrets.push_back(secret);
    world_.place();
    return StagedSecret{secret.facts.id, Secret(secret.value), secret.facts.usable_from,
                        secret.facts.expires_at};
  }
  base::Result<Activation> activate(const std::string&, const std::string& secret_id, bool,
                                    const std::string&) override {
    world_.place();
    if (world_.on_activate) REKEY_CHECK(world_.on_activate());
    FakeSecret* ours = find(secret_id);
    if (ours == nullptr || world_.state_of(*ours) != SecretState::kStaged) {
      return base::fail(Code::kConflict, "not staged");
    }
    if (journal_.kept.count(journal_.fingerprint(Secret(ours->value))) == 0) {
      world_.broken.push_back("a secret whose value was lost is activated");
    }
    Activation activation{secret_id, std::nullopt, std::nullopt};
    for (FakeSecret& secret : world_.secrets) {
      if (secret.facts.slot != ours->facts.slot) continue;
      // A slot holds one superseded secret: the one before makes room.
      if (secret.facts.state == SecretState::kSuperseded) secret.facts.state = SecretState::kEnded;
      if (secret.facts.state != SecretState::kActive) continue;
      if (world_.descriptor.activation_ends_old) {
        secret.facts.state = SecretState::kEnded;
        continue;
      }
      secret.facts.state = SecretState::kSuperseded;
      secret.facts.ends_at =
          std::min(secret.facts.ends_at,
                   world_.issuer_now() + world_.descriptor.overlap.value_or(base::Days{400}));
      activation.superseded_id = secret.facts.id;
      activation.old_ends_at = secret.facts.ends_at;
    }
    ours->facts.state = SecretState::kActive;
    world_.place();
    return activation;
  }
  base::Status undo_activation(const std::string&, const std::string& secret_id,
                               const std::string&) override {
    world_.place();
    if (!world_.descriptor.can_undo_activation) return base::fail(Code::kUnsupported, "never");
    FakeSecret* ours = find(secret_id);
    for (const FakeSecret& other : world_.secrets) {
      const SecretState state = world_.state_of(other);
      const bool is_waiting = state == SecretState::kStaged || state == SecretState::kSettling;
      if (is_waiting) return base::fail(Code::kRefused, "occupied");
    }
    for (FakeSecret& old : world_.secrets) {
      if (world_.state_of(old) != SecretState::kSuperseded) continue;
      old.facts.state = SecretState::kActive;
      old.facts.ends_at = old.facts.expires_at;
      ours->facts.state = SecretState::kStaged;
      world_.place();
      return {};
    }
    return base::fail(Code::kRefused, "the overlap is over");
  }
  base::Status revoke(const std::string& secret_id, const std::string&) override {
    world_.place();
    find(secret_id)->facts.state = SecretState::kEnded;
    world_.place();
    return {};
  }

 private:
  FakeSecret* find(const std::string& id) {
    for (FakeSecret& secret : world_.secrets) {
      if (secret.facts.id == id) return &secret;
    }
    return nullptr;
  }
  World& world_;
  MemoryJournal& journal_;
};

class FakeProbe final : public Probe {
 public:
  explicit FakeProbe(World& world) : world_(world) {}
  base::Result<ProbeResult> present(const Secret& value) override {
    world_.place();
    if (world_.on_probe) world_.on_probe();
    const bool is_good = world_.accepted(std::string(value.reveal())) != nullptr;
    if (!is_good) return ProbeResult{ProbeAnswer::kRefused, "status 401 invalid_client"};
    return ProbeResult{ProbeAnswer::kAccepted, "status 200", {}, world_.token_life};
  }

 private:
  World& world_;
};

// A file sink with places to be killed at, before and after each write.
class KillableSink final : public Sink {
 public:
  KillableSink(World& world, std::unique_ptr<Sink> inner)
      : world_(world), inner_(std::move(inner)) {}
  std::string describe() const override { return inner_->describe(); }
  std::string address() const override { return inner_->address(); }
  base::Result<SinkContent> read() override { return inner_->read(); }
  base::Status check_writable(std::string_view sample) override {
    return inner_->check_writable(sample);
  }
  std::optional<Card> card(const HandOver& task) const override { return inner_->card(task); }
  base::Status write(const Secret& expected, const Secret& value) override {
    world_.place();
    const base::Status status = inner_->write(expected, value);
    world_.place();
    return status;
  }

 private:
  World& world_;
  std::unique_ptr<Sink> inner_;
};

// What workflows do in this world: each leaves something behind until it has cleaned up.
struct FakeWorkflows {
  // nullptr: each passes with a value that is accepted.
  std::function<WorkflowResult(const std::string& workflow, const std::string& value)> answer;
  std::vector<std::pair<std::string, std::string>> runs;  // name and value
  std::set<std::string> left_behind;
  bool is_silent = false;  // nobody answers a clean-up
};

class FakeWorkflowRunner final : public WorkflowRunner {
 public:
  FakeWorkflowRunner(World& world, FakeWorkflows& workflows)
      : world_(world), workflows_(workflows) {}
  WorkflowResult run(const Workflow& workflow, const Secret& value) override {
    world_.place();
    const std::string held(value.reveal());
    if (world_.accepted(held) == nullptr) {
      return {WorkflowOutcome::kFailed, std::string(kTokenStep), "the secret was refused", ""};
    }
    if (!workflows_.left_behind.insert(workflow.name).second) {
      world_.broken.push_back(workflow.name + " is run on what it left behind before");
    }
    workflows_.runs.emplace_back(workflow.name, held);
    world_.place();
    workflows_.left_behind.erase(workflow.name);
    world_.place();
    if (workflows_.answer) return workflows_.answer(workflow.name, held);
    return {WorkflowOutcome::kPassed, "", "", ""};
  }
  WorkflowResult clean_up(const Workflow& workflow, const Secret& value) override {
    world_.place();
    const bool is_good = world_.accepted(std::string(value.reveal())) != nullptr;
    if (!is_good) return {WorkflowOutcome::kFailed, std::string(kTokenStep), "refused", ""};
    if (workflows_.is_silent) return {WorkflowOutcome::kUnclear, "sweep", "nobody answers", ""};
    workflows_.left_behind.erase(workflow.name);
    return {WorkflowOutcome::kPassed, "", "", ""};
  }

 private:
  World& world_;
  FakeWorkflows& workflows_;
};

class FakeDrivers final : public Drivers {
 public:
  FakeDrivers(World& world, MemoryJournal& journal) : world_(world), journal_(journal) {}
  const DriverRegistry& registry() const noexcept override { return kinds; }
  base::Result<std::unique_ptr<IssuerReader>> issuer_reader(const Inventory&) override {
    return std::make_unique<FakeIssuer>(world_, journal_);
  }
  base::Result<std::unique_ptr<Issuer>> issuer(const Inventory&) override {
    return std::make_unique<FakeIssuer>(world_, journal_);
  }
  base::Result<std::unique_ptr<SinkReader>> sink_reader(const DriverSpec& spec) override {
    return make_sink(kinds, spec, {world_, *world_.sink_files});
  }
  base::Result<std::unique_ptr<Sink>> sink(const DriverSpec& spec) override {
    REKEY_TRY(auto inner, make_sink(kinds, spec, {world_, *world_.sink_files}));
    return std::make_unique<KillableSink>(world_, std::move(inner));
  }
  base::Result<std::unique_ptr<Probe>> probe(const DriverSpec&, const IntegrationFacts&,
                                             IssuerReader&) override {
    return std::make_unique<FakeProbe>(world_);
  }
  base::Result<std::unique_ptr<UsageReader>> usage_reader(const DriverSpec& spec,
                                                          const std::string& client_id) override {
    return make_usage_reader(kinds, spec, client_id, {world_, world_.files});
  }
  base::Status check_reload(const ReloadSpec& reload) override {
    if (reload.command.front() != missing_program) return {};
    return base::fail(Code::kNotFound, "cannot run " + missing_program + ": no such file");
  }
  base::Result<platform::ProcessResult> run_reload(const ReloadSpec& reload) override {
    world_.place();
    for (Client& client : world_.clients) {
      if (client.name != reload.command.front()) continue;
      client.held = world_.value_in(client.path);
      client.is_running = !client.dies_at_restart;
    }
    world_.place();
    return platform::ProcessResult{};
  }

  base::Result<std::unique_ptr<WorkflowRunner>> workflow_runner(const IntegrationFacts&,
                                                                IssuerReader&) override {
    return std::make_unique<FakeWorkflowRunner>(world_, workflows);
  }

  FakeWorkflows workflows;
  std::string missing_program;
  DriverRegistry kinds = builtin_drivers();

 private:
  World& world_;
  MemoryJournal& journal_;
};

struct RecordingReporter final : Reporter {
  std::vector<RunNotice> notices;
  std::vector<Progress> waits;
  std::function<void(const RunNotice&)> on_notice;
  void on_event(const RunNotice& notice) override {
    notices.push_back(notice);
    if (on_notice) on_notice(notice);
  }
  void on_progress(const Progress& progress) override { waits.push_back(progress); }
};

}  // namespace rekey::rotation::fakes
