#include "simulation/world.h"

#include "simulation/hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace rekey::simulation {
namespace {

using base::Code;
using rotation::SecretState;
using std::chrono::seconds;

constexpr std::string_view kValuePrefix = "value-";
constexpr std::size_t kDigits = 16;
constexpr std::size_t kCutDigits = 6;
constexpr Duration kLife = base::Days{180};

}  // namespace

// No two of them are alike.
std::string text_of_value(int value) {
  const bool is_cut = value >= kCutValue;
  const int whole = is_cut ? value - kCutValue : value;
  std::string text =
      fmt::format("{}{}-{:016x}", kValuePrefix, whole, mix(static_cast<std::uint64_t>(whole) + 1));
  if (is_cut) text.resize(text.size() - kCutDigits);
  return text;
}

int value_of_text(std::string_view text) {
  int value = 0;
  const bool is_whole_text = text.starts_with(kValuePrefix);
  if (is_whole_text) text.remove_prefix(kValuePrefix.size());
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value).ptr;
  const auto rest = static_cast<std::size_t>(text.data() + text.size() - end);
  return is_whole_text && rest < kDigits + 1 ? kCutValue + value : value;
}

base::Fingerprint fingerprint_of(int value) noexcept {
  base::Fingerprint fingerprint{7, {}};
  fingerprint.digest[0] = static_cast<std::uint8_t>(value);
  fingerprint.digest[1] = static_cast<std::uint8_t>(value >> 8);
  return fingerprint;
}

int value_of(const base::Fingerprint& fingerprint) noexcept {
  return fingerprint.digest[0] + 256 * fingerprint.digest[1];
}

std::string_view name_of(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::kNone:
      return "none";
    case FaultKind::kUnavailable:
      return "unavailable";
    case FaultKind::kLostReply:
      return "lost-reply";
    case FaultKind::kLate:
      return "late";
    case FaultKind::kTwice:
      return "twice";
    case FaultKind::kForgets:
      return "forgets";
    case FaultKind::kCutsOff:
      return "cuts-off";
    case FaultKind::kBreaks:
      return "breaks";
    case FaultKind::kSlow:
      return "slow";
    case FaultKind::kForeignWrite:
      return "foreign-write";
    case FaultKind::kOldPutBack:
      return "old-put-back";
    case FaultKind::kOldRevoked:
      return "old-revoked";
    case FaultKind::kNewRevoked:
      return "new-revoked";
    case FaultKind::kStagedRevoked:
      return "staged-revoked";
    case FaultKind::kForeignStaged:
      return "foreign-staged";
    case FaultKind::kForeignActivates:
      return "foreign-activates";
    case FaultKind::kUsageLost:
      return "usage-lost";
    case FaultKind::kPolicyChanges:
      return "policy-changes";
    case FaultKind::kIssuerDown:
      return "issuer-down";
    case FaultKind::kSinksDown:
      return "sinks-down";
    case FaultKind::kStale:
      return "stale";
    case FaultKind::kUnknownCaller:
      return "unknown-caller";
    case FaultKind::kOldImage:
      return "old-image";
    case FaultKind::kWorkflowBreaks:
      return "workflow-breaks";
    case FaultKind::kHiccup:
      return "hiccup";
    case FaultKind::kClockJumps:
      return "clock-jumps";
    case FaultKind::kClockAhead:
      return "clock-ahead";
    case FaultKind::kIssuerMoves:
      return "issuer-moves";
    case FaultKind::kAbandon:
      return "abandon";
    case FaultKind::kRestart:
      return "restart";
  }
  return "";
}

std::string describe(const Fault& fault) {
  std::string text = fmt::format("{} at {} {}", name_of(fault.kind),
                                 is_of_a_call(fault.kind) ? "call" : "place", fault.at);
  if (fault.subject != 0) text += fmt::format(" of {}", fault.subject);
  if (fault.delay != Duration{0}) text += " for " + std::to_string(fault.delay.count()) + "ms";
  return text;
}

World::World(IssuerNature how)
    : nature(std::move(how)),
      first_rules(nature.rules),
      time(base::from_millis(1'800'000'000'000)),
      usage_since(time - base::Days{1}),
      last_outside_at(time - base::Days{1}),
      broken_since(time),
      first_proof_at(time),
      last_proof_at(time),
      last_place_at(time),
      last_fail_at(time - base::Days{1}),
      last_observed_at(time - base::Days{1}) {}

// ---- building -----------------------------------------------------------------------------------

void World::add_secret_in_use() {
  const Instant long_ago = time - base::Days{100};
  secrets.push_back({static_cast<int>(secrets.size()) + 1,
                     "",
                     SecretState::kActive,
                     long_ago,
                     long_ago,
                     long_ago,
                     {},
                     time + base::Days{80},
                     long_ago});
}

int World::add_consumer(int place_count, bool is_form) {
  const int number = static_cast<int>(consumers.size());
  for (int i = 0; i < place_count; ++i) {
    places.push_back({number, 1, {}, 0});
    places.back().is_form = is_form;
  }
  consumers.push_back({});
  consumers.back().is_form = is_form;
  return number;
}

void World::add_instance(int consumer, int place, Reads reads, Duration every, Duration keeps) {
  instances.push_back(
      {consumer, place, reads, every, keeps, time + every, 1, time, {}, true, false});
}

// ---- time ---------------------------------------------------------------------------------------

void World::advance(Duration duration) {
  const Instant end = time + duration;
  while (time < end) {
    Instant next = end;
    for (const LateEffect& one : late) next = std::min(next, one.due);
    for (const Instance& one : instances) {
      if (!one.is_dead) next = std::min(next, one.next_at);
      if (one.restarts_at) next = std::min(next, *one.restarts_at);
    }
    if (clock_right_at) next = std::min(next, *clock_right_at);
    time = std::max(next, time);
    set_clock_right();
    for (std::size_t i = 0; i < late.size();) {
      if (late[i].due > time) {
        ++i;
        continue;
      }
      const Effect effect = late[i].effect;
      late.erase(late.begin() + static_cast<std::ptrdiff_t>(i));
      static_cast<void>(perform(effect));
      last_outside_at = time;
      excuse_outage();
    }
    for (std::size_t i = 0; i < instances.size(); ++i) {
      Instance& one = instances[i];
      if (one.restarts_at && *one.restarts_at <= time) restart(one);
      if (one.next_at <= time && !one.is_dead) tick(one, static_cast<int>(i));
    }
  }
}

void World::set_clock_right() {
  if (!clock_right_at || time < *clock_right_at) return;
  clock_right_at.reset();
  skew = Duration{0};
}

void World::pause(Duration duration) {
  advance(duration);
  last_place_at += duration;
  if (cut_at) *cut_at += duration;
}

void World::restart(Instance& instance) {
  instance.restarts_at.reset();
  instance.is_dead = instance.dies_at_restart;
  if (!instance.is_written_off && !instance.is_dead) reread(instance);
}

void World::reread(Instance& instance) {
  instance.has_old_image = false;
  instance.held = places[static_cast<std::size_t>(instance.place)].value;
  instance.read_at = time;
}

int World::would_present(const Instance& instance) const noexcept {
  const int in_place = places[static_cast<std::size_t>(instance.place)].value;
  switch (instance.reads) {
    case Reads::kPerCall:
      return in_place;
    case Reads::kCached:
      return time - instance.read_at < instance.keeps ? instance.held : in_place;
    case Reads::kAtStart:
      return instance.held;
  }
  return in_place;
}

void World::tick(Instance& instance, int index) {
  instance.next_at = time + instance.every;
  const int value = would_present(instance);
  const bool is_read_now =
      instance.reads == Reads::kCached && time - instance.read_at >= instance.keeps;
  if (is_read_now) reread(instance);
  if (!is_accepted(value)) return;  // judged at the next place
  for (UsageCell& cell : usage) {
    if (cell.secret != value || cell.instance != index) continue;
    if (cell.count == 0) cell.first = time;
    cell.last = time;
    ++cell.count;
    return;
  }
  usage.push_back({value, index, time, time, 1});
}

// ---- the issuer ---------------------------------------------------------------------------------

SecretState World::state_of(const TrueSecret& secret) const noexcept {
  if (time >= secret.ends_at) return SecretState::kEnded;
  if (secret.state != SecretState::kStaged) return secret.state;
  const bool is_lagging = nature.is_lag_told && time < secret.works_from;
  return time < secret.usable_from || is_lagging ? SecretState::kSettling : SecretState::kStaged;
}

bool World::is_accepted(int value) const noexcept {
  if (value < 1 || value > static_cast<int>(secrets.size())) return false;
  const TrueSecret& secret = secrets[static_cast<std::size_t>(value) - 1];
  return rotation::is_accepted(state_of(secret)) && time >= secret.works_from &&
         time >= secret.stale_until;
}

TrueSecret* World::find(int number) noexcept {
  if (number < 1 || number > static_cast<int>(secrets.size())) return nullptr;
  return &secrets[static_cast<std::size_t>(number) - 1];
}

Fault World::on_call(CallKind kind, Instant down_until) {
  ++calls;
  const auto met = std::find_if(faults.begin(), faults.end(), [&](const Fault& fault) {
    return is_of_a_call(fault.kind) && fault.at <= calls;
  });
  if (met != faults.end()) {
    const Fault fault = *met;
    faults.erase(met);
    is_calm = false;
    met_at = places_passed;
    if (fault.kind == FaultKind::kBreaks) {
      broken_call = kind;
      broken_since = time;
    } else if (fault.kind == FaultKind::kUsageLost) {
      for (UsageCell& cell : usage) cell.count = 0;
      usage_since = time;
      return {};
    } else {
      return fault;
    }
  }
  if (broken_call == kind) {
    judge_broken_call(kind);
    return {FaultKind::kUnavailable, calls, 0, {}};
  }
  if (time < down_until) return {FaultKind::kUnavailable, calls, 0, {}};
  return {};
}

void World::mend_call() noexcept {
  broken_call.reset();
  failed_asks = 0;
}

void World::cut_off(int place) {
  TruePlace& where = places[static_cast<std::size_t>(place)];
  if (where.value < kForeignValue) where.value += kCutValue;
  last_outside_at = time;
  excuse_outage();
}

base::Result<int> World::perform(const Effect& effect) {
  switch (effect.kind) {
    case EffectKind::kStage:
      return stage(effect);
    case EffectKind::kActivate:
      return activate(effect);
    case EffectKind::kRevoke:
      if (TrueSecret* secret = find(effect.subject)) secret->state = SecretState::kEnded;
      return effect.subject;
    case EffectKind::kWrite:
      return write(effect);
    case EffectKind::kReload: {
      if (effect.subject == deaf_consumer) return effect.subject;
      Duration delay{};
      for (Instance& one : instances) {
        if (one.consumer != effect.subject || !one.is_declared) continue;
        if (delay == Duration{0}) {
          restart(one);
        } else {
          one.restarts_at = time + delay;
        }
        delay += between_restarts;
      }
      return effect.subject;
    }
    case EffectKind::kUndo:
      return undo(effect);
  }
  return effect.subject;
}

base::Result<int> World::undo(const Effect& effect) {
  TrueSecret* ours = find(effect.subject);
  if (ours == nullptr || ours->state != SecretState::kActive) {
    return base::fail(Code::kConflict, "not active");
  }
  for (const TrueSecret& secret : secrets) {
    if (state_of(secret) == SecretState::kStaged || state_of(secret) == SecretState::kSettling) {
      return base::fail(Code::kRefused, "another secret is staged");
    }
  }
  for (TrueSecret& secret : secrets) {
    if (state_of(secret) != SecretState::kSuperseded) continue;
    secret.state = SecretState::kActive;
    secret.ends_at = secret.generated_at + kLife;
    ours->state = SecretState::kStaged;
    return effect.subject;
  }
  return base::fail(Code::kRefused, "the overlap is over");
}

base::Result<int> World::stage(const Effect& effect) {
  int live = 0;
  for (TrueSecret& secret : secrets) {
    if (secret.generated_at + nature.rules.generation_interval > time) {
      return base::fail(Code::kTooEarly, "another secret was generated a moment ago");
    }
    if (state_of(secret) == SecretState::kEnded) continue;
    if (secret.state != SecretState::kStaged) {
      ++live;
      continue;
    }
    if (!nature.staging_replaces && secret.number != effect.replaces) {
      return base::fail(Code::kRefused, "another secret is staged already");
    }
    secret.state = SecretState::kEnded;
  }
  if (live >= nature.rules.live_limit) {
    return base::fail(Code::kLimitReached, "no secret more may live");
  }
  const int number = static_cast<int>(secrets.size()) + 1;
  const Instant usable = time + nature.rules.settle;
  secrets.push_back({number,
                     effect.label,
                     SecretState::kStaged,
                     time,
                     usable,
                     usable + nature.works_later,
                     {},
                     time + base::Days{180},
                     {}});
  if (is_staged_ended) secrets.back().ends_at = time + std::chrono::milliseconds{100};
  return number;
}

base::Result<int> World::activate(const Effect& effect) {
  TrueSecret* ours = find(effect.subject);
  if (ours == nullptr) return base::fail(Code::kNotFound, "there is no such secret");
  if (ours->state == SecretState::kActive) return effect.subject;
  if (state_of(*ours) != SecretState::kStaged) return base::fail(Code::kConflict, "not staged");
  for (TrueSecret& secret : secrets) {
    if (secret.activated_at && *secret.activated_at + nature.rules.activation_interval > time) {
      return base::fail(Code::kTooEarly, "another secret was activated a moment ago");
    }
    if (secret.state == SecretState::kSuperseded) secret.state = SecretState::kEnded;
    if (secret.state != SecretState::kActive) continue;
    secret.state =
        nature.rules.activation_ends_old ? SecretState::kEnded : SecretState::kSuperseded;
    if (nature.rules.overlap) {
      secret.ends_at = std::min(secret.ends_at, time + *nature.rules.overlap);
    }
  }
  ours->state = SecretState::kActive;
  ours->activated_at = time;
  return effect.subject;
}

base::Result<int> World::write(const Effect& effect) {
  TruePlace& place = places[static_cast<std::size_t>(effect.subject)];
  if (place.value == effect.value) return effect.value;
  if (place.value != effect.expected) {
    return base::fail(Code::kConflict, "the place holds another value; nothing was written");
  }
  place.value = effect.value;
  place.foreign_since.reset();
  place.is_put_back = false;
  return effect.value;
}

// ---- what goes wrong ----------------------------------------------------------------------------

void World::put_foreign(const Fault& fault) {
  TruePlace& place = places[static_cast<std::size_t>(fault.subject)];
  if (fault.kind == FaultKind::kOldPutBack) {
    place.is_put_back = place.value != 1;
    place.value = 1;
    place.foreign_since.reset();
    return;
  }
  place.before_foreign = place.value;
  place.value = kForeignValue + fault.subject;
  place.foreign_since = time;
}

void World::meet(const Fault& fault) {
  const bool was_calm = std::exchange(is_calm, false);
  met_at = places_passed;
  if (fault.kind != FaultKind::kPolicyChanges) last_outside_at = time;
  TrueSecret& newest = secrets.back();
  const bool is_staged = newest.state == SecretState::kStaged;
  switch (fault.kind) {
    case FaultKind::kForeignWrite:
    case FaultKind::kOldPutBack:
      put_foreign(fault);
      break;
    case FaultKind::kOldRevoked:
      secrets.front().state = SecretState::kEnded;
      is_beyond_help = true;
      is_only_cut = was_calm && faults.empty() && !nature.rules.is_by_hand;
      cut_at = time;
      break;
    case FaultKind::kNewRevoked:
      if (newest.number == 1 || newest.state != SecretState::kActive) break;
      newest.state = SecretState::kEnded;
      new_revoked_at_call = calls;
      // Where people act nobody tells of it; else giving the run up leads out, with or without a
      // way back.
      is_beyond_help = is_beyond_help || nature.rules.is_by_hand;
      break;
    case FaultKind::kStagedRevoked:
      if (is_staged) newest.state = SecretState::kEnded;
      break;
    case FaultKind::kForeignStaged:
      static_cast<void>(stage({EffectKind::kStage, 0, 0, 0, kSomebody, 0}));
      break;
    case FaultKind::kForeignActivates:
      if (is_staged) static_cast<void>(activate({EffectKind::kActivate, newest.number, 0, 0}));
      break;
    case FaultKind::kPolicyChanges:
      nature.rules.activation_ends_old = fault.subject == 0 || nature.rules.activation_ends_old;
      nature.rules.overlap = nature.rules.activation_ends_old ? Duration{0} : Duration{seconds{1}};
      break;
    case FaultKind::kIssuerDown:
      issuer_down_until = time + fault.delay;
      break;
    case FaultKind::kSinksDown:
      sinks_down_until = time + fault.delay;
      break;
    case FaultKind::kStale:
      newest.stale_until = time + fault.delay;
      if (proofs >= state.plan.proof.requests) is_outage_from_outside = true;
      break;
    case FaultKind::kUnknownCaller:
      places.push_back({-1, 1, {}, 0});
      add_instance(-1, static_cast<int>(places.size()) - 1, Reads::kPerCall, seconds{2}, {});
      instances.back().is_declared = false;
      instances.back().next_at = time;
      break;
    case FaultKind::kOldImage:
      instances[static_cast<std::size_t>(fault.subject)].has_old_image = true;
      instances[static_cast<std::size_t>(fault.subject)].held = 1;
      instances[static_cast<std::size_t>(fault.subject)].restarts_at.reset();
      break;
    case FaultKind::kWorkflowBreaks:
      if (!workflows.empty()) workflows.front().is_broken = true;
      break;
    case FaultKind::kHiccup:
      if (!workflows.empty()) workflows.front().fails_once = true;
      break;
    case FaultKind::kClockJumps:
      skew += fault.delay;
      break;
    case FaultKind::kClockAhead:
      skew += fault.delay;
      clock_right_at = time + seconds{fault.subject};
      break;
    case FaultKind::kIssuerMoves:
      is_issuer_moved = !events.empty() && !is_over;
      throw Killed{};
    case FaultKind::kAbandon:
      is_abandon_wanted = true;
      throw Killed{};
    case FaultKind::kRestart:
      advance(fault.delay);
      last_place_at = time;
      throw Killed{};
    default:
      break;
  }
  excuse_outage();
}

void World::place(Place where) {
  ++places_passed;
  judge_standstill();
  judge_availability();
  if (observer != nullptr) observer->on_place(*this, where);
  const auto met = std::find_if(faults.begin(), faults.end(), [&](const Fault& fault) {
    return !is_of_a_call(fault.kind) && fault.at <= places_passed;
  });
  if (met == faults.end()) return;
  const Fault fault = *met;
  faults.erase(met);
  meet(fault);
}

// ---- the journal --------------------------------------------------------------------------------

base::Status World::append(const std::string& run, std::int64_t version,
                           const std::vector<rotation::RunEvent>& more,
                           const std::vector<int>& values) {
  place(Place::kBeforeEvent);
  if (static_cast<std::int64_t>(events.size()) != version) {
    return base::fail(Code::kConflict, "another writer");
  }
  run_id = run;
  for (const rotation::RunEvent& event : more) {
    judge_event(event);
    rotation::RunEvent stored = event;
    if (is_written_as_json) {
      REKEY_TRY(stored.body,
                rotation::decode(rotation::name_of(event.body), rotation::encode(event.body)));
    }
    state = rotation::apply(std::move(state), stored);
    is_over = rotation::is_closing(stored.body);
    events.push_back(std::make_shared<const rotation::RunEvent>(std::move(stored)));
  }
  kept.insert(kept.end(), values.begin(), values.end());
  if (is_over) judge_end();
  if (is_over) kept.clear();
  place(Place::kAfterEvent);
  return {};
}

std::string World::tail(std::size_t count) const {
  std::string text;
  const std::size_t first = events.size() > count ? events.size() - count : 0;
  for (std::size_t i = first; i < events.size(); ++i) {
    text += fmt::format("  {} {}\n", base::format_instant(events[i]->at),
                        rotation::describe(events[i]->body));
  }
  return text;
}

}  // namespace rekey::simulation
