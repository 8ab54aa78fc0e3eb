#include "rotation/rehearsal/rehearsal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "rotation/engine/by_hand.h"
#include "rotation/engine/task.h"
#include "rotation/machine/unknown_use.h"
#include "rotation/plan/plan_usage.h"
#include "rotation/rehearsal/memory_journal.h"
#include "rotation/rehearsal/world.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;

constexpr int kMostStops = 200;

const char* issuers_least_time(const RunState& state) {
  return state.phase <= Phase::kStaging ? "the issuer's least time between two secrets"
                                        : "the issuer's least time between two activations";
}

class NoFiles final : public platform::Files {
 public:
  base::Result<base::Secret> read(const std::string& path, std::int64_t) override {
    return none(path);
  }
  base::Result<platform::FileFacts> facts(const std::string& path) override { return none(path); }
  base::Status create(const std::string& path, std::string_view, mode_t) override {
    return none(path);
  }
  base::Status exchange(const std::string& path, std::string_view, std::string_view) override {
    return none(path);
  }
  base::Status replace(const std::string& path, std::string_view, mode_t) override {
    return none(path);
  }
  base::Status remove(const std::string& path) override { return none(path); }
  base::Status make_folder(const std::string& path, mode_t) override { return none(path); }

 private:
  static tl::unexpected<base::Error> none(const std::string& path) {
    return base::fail(base::Code::kUnsupported, "a rehearsal touches no file: " + path);
  }
};

// Plays the run, and the people whom it waits for.
class Director final : public Reporter {
 public:
  explicit Director(const RehearsalRequest& request)
      : request_(request),
        world_(request.inventory, {request.facts, request.begin_at, request.person_takes,
                                   [this](const std::string& what) { begin_to_wait(what); }}),
        drivers_(world_, request.inventory, request.registry),
        last_at_(request.begin_at),
        waits_since_(request.begin_at) {
    result_.begun_at = request.begin_at;
    result_.has_read_secrets = request.facts.secrets.has_value();
    result_.read = request.facts.read;
    result_.assumed = request.facts.assumed;
    result_.assumed.emplace_back(
        request.facts.usage
            ? "consumers ask for tokens and read their secret as the inventory declares, and "
              "workflows pass"
            : "consumers ask for tokens and read their secret as the inventory declares, usage "
              "before the run confirms their intervals, nobody else uses it, and workflows pass");
    if (!request.facts.token_life) {
      result_.assumed.push_back(
          fmt::format("tokens live {}", base::format_duration(rehearsal::kTokenLife)));
    }
  }

  Rehearsal play() {
    EngineParts parts{world_, files_, drivers_, "rehearsal"};
    for (int stop = 0; stop < kMostStops; ++stop) {
      const auto outcome = rotate_in(request_.inventory, journal_, parts, *this);
      result_.message = without_digest(outcome ? outcome->message : outcome.error().detail);
      result_.is_closed = outcome && outcome->ending == Ending::kClosed;
      if (result_.is_closed || !outcome || !is_helped()) break;
    }
    result_.ended_at = world_.now();
    result_.people_needed = world_.times_that_people_acted();
    note_outcome();
    note_issuer();
    note_strangers();
    note_cut_off();
    note_habits();
    return std::move(result_);
  }

  void on_event(const RunNotice& notice) override {
    note_wait(notice.at);
    const bool is_digest = notice.event == "plan_accepted";
    result_.moments.push_back(
        {notice.at, notice.phase, notice.consumer,
         is_digest ? "the plan is accepted; `rekey plan` has the digest that is to be approved"
                   : without_digest(notice.message)});
  }

  // The clock goes on to where the wait ends, or to where a consumer does something.
  void on_progress(const Progress& progress) override {
    begin_to_wait(progress.what, progress.consumers);
    const bool is_end_known = progress.total > Duration{0};
    world_.skip_to(is_end_known ? world_.now() + (progress.total - progress.waited)
                                : world_.next_request());
  }

 private:
  // That of the real plan is another one: it names what is found in the sinks.
  static std::string without_digest(std::string text) {
    constexpr std::string_view kOption = "--plan ";
    const auto option = text.find(kOption);
    if (option == std::string::npos) return text;
    const auto begin = option + kOption.size();
    return text.replace(begin, text.find(' ', begin) - begin, "DIGEST");
  }

  // From now on, until something else is waited for or something happens. `consumers`: for the
  // evidence of these.
  void begin_to_wait(const std::string& what, const std::vector<std::string>& consumers = {}) {
    add_to_waits(world_.now());
    waits_for_ = what;
    waits_for_consumers_ = consumers;
  }

  void add_to_waits(Instant at) {
    const Duration time = at - waits_since_;
    waits_since_ = std::max(at, waits_since_);
    if (time <= Duration{0}) return;
    if (waits_for_consumers_.empty()) waits_[waits_for_.empty() ? "a step" : waits_for_] += time;
    for (const std::string& name : waits_for_consumers_) waits_of_consumers_[name] += time;
  }

  void note_wait(Instant at) {
    add_to_waits(at);
    if (at - last_at_ > result_.longest_wait) {
      result_.longest_wait = at - last_at_;
      result_.longest_wait_for = most_of_wait();
    }
    last_at_ = std::max(at, last_at_);
    waits_for_.clear();
    waits_for_consumers_.clear();
    waits_.clear();
    waits_of_consumers_.clear();
  }

  // Of several that went on side by side, those that went on longest.
  [[nodiscard]] std::string most_of_wait() const {
    const auto is_shorter = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto what = std::max_element(waits_.begin(), waits_.end(), is_shorter);
    const auto whose =
        std::max_element(waits_of_consumers_.begin(), waits_of_consumers_.end(), is_shorter);
    if (whose == waits_of_consumers_.end()) return what == waits_.end() ? "a step" : what->first;
    if (what != waits_.end() && what->second > whose->second) return what->first;
    std::vector<std::string> names;
    for (const Consumer& consumer : request_.inventory.consumers) {
      const auto found = waits_of_consumers_.find(consumer.name);
      if (found == waits_of_consumers_.end() || found->second < whose->second) continue;
      names.push_back(fmt::format("{} ({})", consumer.name, describe(consumer.reload)));
    }
    return fmt::format("evidence that {} uses the new secret alone", fmt::join(names, ", "));
  }

  // A person does what the run waits for; false where nobody can.
  bool is_helped() {
    const RunState state = fold(journal_.events());
    const Task task = next_task(state, world_.now());
    switch (task.kind) {
      case TaskKind::kFillIn:
        return act(task, [&](const RunConsumer& consumer) { fill_in(state, consumer); });
      case TaskKind::kRestart:
        return act(task, [&](const RunConsumer& consumer) { world_.reload(consumer.facts.name); });
      case TaskKind::kAttest:
        return is_attested(state, task);
      case TaskKind::kApprove:
        return is_approved(state);
      case TaskKind::kNone:
      case TaskKind::kGenerate:
      case TaskKind::kWait:
      case TaskKind::kActivate:
        break;
    }
    return is_waited_out(state);
  }

  template <typename Deed>
  bool act(const Task& task, Deed deed) {
    world_.let_a_person_act(fmt::format("a person: {}", task.why));
    const RunState state = fold(journal_.events());
    for (const std::string& name : task.consumers) {
      const RunConsumer* consumer = find_consumer(state, name);
      deed(*consumer);
      if (!check_word(state, name)) return false;
      say(ConsumerAttested{name, "its owner", "rehearsed", is_way_back(state)},
          fmt::format("a person: {}", task.why), name);
    }
    return true;
  }

  void fill_in(const RunState& state, const RunConsumer& consumer) {
    const auto value = journal_.value({}, state.new_value);
    if (value) world_.put(consumer.facts.sinks.front(), std::string(value->reveal()));
  }

  // Nobody says that it uses the new one before it does.
  bool is_attested(const RunState& state, const Task& task) {
    const auto value = journal_.value({}, state.new_value);
    if (!value) return false;
    const std::string wanted(value->reveal());
    const Instant patience = world_.now() + patience_of(state);
    for (const std::string& name : task.consumers) {
      begin_to_wait({}, {name});
      while (!world_.is_using(name, wanted) && world_.now() < patience) {
        world_.skip_to(world_.next_request());
        world_.sleep_for(Duration{1});
      }
      if (world_.is_using(name, wanted)) continue;
      result_.findings.push_back(
          {name, "it never came to use the new secret, so its owner cannot say that it does",
           "declare how it comes to read its secret again (reload), or restart it by hand then",
           true});
      return false;
    }
    return act(task, [](const RunConsumer&) {});
  }

  bool is_approved(const RunState& state) {
    world_.let_a_person_act("a person: the activation is to be approved");
    const auto& may = state.plan.rules.approvers;
    const int given = count_approvals(state);
    for (int i = given; i < state.plan.rules.approvals; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const std::string who = at < may.size() ? may[at] : fmt::format("approver {}", i + 1);
      say(RunApproved{who, "rehearsed", digest_of(state)},
          fmt::format("a person: {} approves the activation", who), {});
    }
    return count_approvals(fold(journal_.events())) >= state.plan.rules.approvals;
  }

  // A window or a freeze that was too far away to be waited for.
  bool is_waited_out(const RunState& state) {
    const Instant now = world_.now();
    const Freeze* freeze = find_freeze(state.plan.rules.freezes, now);
    Instant until = freeze == nullptr ? now : freeze->to;
    if (state.plan.rules.window) until = next_opening(*state.plan.rules.window, until);
    const auto issuer = issuer_waits_until(state, now);
    until = std::max(until, issuer.value_or(until));
    if (until <= now || !state.parked || !state.parked->is_waiting) return false;
    begin_to_wait(issuer && *issuer == until ? issuers_least_time(state)
                  : freeze == nullptr        ? "the window"
                                             : "the end of the freeze");
    world_.skip_to(until);
    world_.sleep_for(Duration{1});
    return true;
  }

  void say(EventBody word, const std::string& what, const std::string& consumer) {
    const auto version = static_cast<std::int64_t>(journal_.events().size());
    const auto run = fold(journal_.events()).plan.run_id;
    static_cast<void>(journal_.append(run, version, {{world_.now(), std::move(word)}}, {}));
    note_wait(world_.now());
    result_.moments.push_back({world_.now(), {}, consumer, what});
  }

  void note_outcome() {
    if (result_.is_closed) return;
    result_.findings.push_back({{}, result_.message, "mend that, then rehearse again", true});
  }

  // What it told that stands in the way of a real run, or is not as the inventory has it.
  void note_issuer() {
    const KnownFacts& facts = request_.facts;
    if (!facts.refusal.empty()) {
      result_.findings.push_back({{},
                                  "the issuer does not tell its secrets: " + facts.refusal,
                                  "see what `rekey plan` says of it",
                                  true});
    }
    const auto& known_end = request_.inventory.expires_at;
    if (!facts.secrets || !known_end) return;
    for (const IssuedSecret& secret : *facts.secrets) {
      const bool is_sooner = secret.ends_at + base::Days{1} < *known_end;
      if (secret.state != SecretState::kActive || !is_sooner) continue;
      result_.findings.push_back(
          {{},
           fmt::format("{} ends {}, and the inventory says {}, by which `--due` would begin",
                       secret.id, base::format_instant(secret.ends_at),
                       base::format_instant(*known_end)),
           "put that end into the inventory (expires_at)",
           false});
    }
  }

  // The gate of a real run stays shut while they are there.
  void note_strangers() {
    const KnownFacts& facts = request_.facts;
    if (!facts.usage || !facts.secrets) return;
    std::vector<std::string> outgoing;
    for (const IssuedSecret& secret : *facts.secrets) {
      const bool is_old =
          secret.state == SecretState::kActive || secret.state == SecretState::kSuperseded;
      if (is_old) outgoing.push_back(secret.id);
    }
    for (const UnknownUse& use : unclaimed_use(request_.inventory, outgoing, *facts.usage)) {
      result_.findings.push_back(
          {{},
           fmt::format("nobody here claims {}: a real run would stop before anything ends",
                       describe(use)),
           fmt::format("declare who that is as a consumer, or let it pass under waivers: {}",
                       waiver_for(use)),
           false});
    }
  }

  static std::string how_to_keep(const Consumer& consumer) {
    if (consumer.is_by_hand || consumer.reload.form() == ReloadForm::kPerson) {
      return "begin earlier (begin), or have somebody there: it moves when a person has acted";
    }
    if (consumer.reload.every > consumer.interval) {
      return fmt::format(
          "declare an interval of {} or more: only then has it read its secret again",
          base::format_duration(consumer.reload.every));
    }
    return "begin earlier (begin): the old secret ends before the run has moved it";
  }

  void note_cut_off() {
    if (world_.is_cut_off_already()) {
      result_.findings.push_back({{},
                                  "its consumers are cut off already: no secret that they can hold "
                                  "is accepted when the run begins",
                                  "begin at once: `rekey rotate`",
                                  true});
      return;
    }
    for (const Consumer& consumer : request_.inventory.consumers) {
      const auto found = world_.cut_off().find(consumer.name);
      if (found == world_.cut_off().end()) continue;
      const auto& cut = found->second;
      result_.findings.push_back(
          {consumer.name,
           fmt::format("{} of its token requests would be refused, the first at {}: it {}",
                       cut.count, base::format_instant(cut.first), describe(consumer.reload)),
           how_to_keep(consumer), true});
    }
  }

  void note_habits() {
    for (const Consumer& consumer : request_.inventory.consumers) {
      if (consumer.reload.form() == ReloadForm::kPerson) {
        result_.findings.push_back(
            {consumer.name,
             "it reads its secret only at its start, and has no reload command: the run waits "
             "until a person has restarted it",
             "give it a command (reload: {command: […], reads: at_start}), or have somebody there",
             false});
      }
      const bool is_told_apart = consumer.instances == 1 || !consumer.seen_as.network ||
                                 consumer.seen_as.network->find('/') != std::string::npos;
      if (!is_told_apart) {
        result_.findings.push_back(
            {consumer.name,
             "its instances come from one address, so usage cannot tell that each has moved",
             "give seen_as a network that holds them all, or declare one instance", false});
      }
    }
  }

  const RehearsalRequest& request_;
  rehearsal::World world_;
  rehearsal::WorldDrivers drivers_;
  rehearsal::MemoryJournal journal_;
  NoFiles files_;
  Instant last_at_;
  Instant waits_since_;
  std::string waits_for_;
  std::vector<std::string> waits_for_consumers_;
  std::map<std::string, Duration> waits_;  // since something happened
  std::map<std::string, Duration> waits_of_consumers_;
  Rehearsal result_;
};

}  // namespace

bool Rehearsal::is_good() const noexcept {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.is_harm; });
}

Rehearsal rehearse(const RehearsalRequest& request) {
  return Director(request).play();
}

}  // namespace rekey::rotation
