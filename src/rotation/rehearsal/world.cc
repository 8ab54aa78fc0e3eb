#include "rotation/rehearsal/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/stable_hash.h"

namespace rekey::rotation::rehearsal {
namespace {

using base::Duration;
using base::Instant;

constexpr Duration kTick = Duration{1};

// Two sinks of one kind and location are one place.
std::string place_of(const DriverSpec& sink) {
  return sink.kind + ' ' + sink.location;
}

// Somebody whom `seen` describes: instances differ by their address, where one is not given.
Caller caller_of(const SeenAs& seen, int instance) {
  Caller caller;
  caller.network = fmt::format("198.18.{}.{}", instance / 256, instance % 256);
  if (seen.network) {
    const auto slash = seen.network->find('/');
    caller.network = seen.network->substr(0, slash);
    const auto dot = caller.network.rfind('.');
    if (slash != std::string::npos && dot != std::string::npos) {
      caller.network = fmt::format("{}.{}", caller.network.substr(0, dot), 1 + instance % 254);
    }
  }
  caller.user_agent = seen.user_agent.value_or("rehearsed");
  if (caller.user_agent.ends_with('*')) caller.user_agent.back() = '1';
  caller.slot = seen.slot.value_or("-");
  return caller;
}

// What consumers hold where no secret of theirs is known any more.
constexpr std::string_view kForgotten = "value-forgotten";

IssuedSecret supposed_secret(const Inventory& inventory, Instant start, Instant seen_since) {
  const Instant end = std::max(inventory.expires_at.value_or(start + kSupposedLife), start + kTick);
  const Instant generated_at =
      std::min(inventory.generated_at.value_or(seen_since), seen_since) - base::Days{1};
  return {"present", inventory.slot, "", SecretState::kActive, generated_at, generated_at, end,
          end,       generated_at,   {}};
}

}  // namespace

Duration World::interval_of(const Consumer& consumer) const {
  if (consumer.interval > Duration{0}) return consumer.interval;
  return token_life() + consumer.reload.every;
}

// How long usage was told before the run: enough to know everybody's rhythm by it.
Duration World::history_of(const Inventory& inventory) const {
  Duration longest = base::Days{1};
  for (const Consumer& consumer : inventory.consumers) {
    longest = std::max({longest, interval_of(consumer), consumer.reload.every});
  }
  return 8 * longest;
}

World::World(const Inventory& inventory, const WorldRules& rules)
    : rules_(rules), seen_since_(rules.start - history_of(inventory)), now_(seen_since_) {
  take_in_secrets(inventory);
  take_in_usage(inventory);
  const auto active = std::find_if(secrets_.begin(), secrets_.end(), [](const Secret& one) {
    return one.facts.state == SecretState::kActive;
  });
  const auto superseded = std::find_if(secrets_.begin(), secrets_.end(), [](const Secret& one) {
    return one.facts.state == SecretState::kSuperseded;
  });
  const auto held = active != secrets_.end() ? active : superseded;
  std::string value(kForgotten);
  if (held != secrets_.end()) {
    // However young it is: what it was used for is its consumers' rhythm.
    held->facts.usable_from = std::min(held->facts.usable_from, seen_since_ - base::Days{1});
    value = held->value;
  }
  for (const Consumer& consumer : inventory.consumers) {
    for (const DriverSpec& sink : consumer.sinks) sinks_[place_of(sink)] = value;
    for (int i = 0; i < consumer.instances; ++i) {
      const DriverSpec& sink = consumer.sinks[static_cast<std::size_t>(i) % consumer.sinks.size()];
      const auto phase =
          base::stable_hash(fmt::format("{} {} {}", inventory.client_id, consumer.name, i));
      instances_.push_back(
          {&consumer, &sink, caller_of(consumer.seen_as, i),
           ConsumerModel(consumer.reload, interval_of(consumer), value, now_, phase)});
    }
  }
  move_to(rules.start);
  is_cut_off_already_ = !is_accepted(value, now_);
}

// Somebody asks for a token before it falls dormant, and each use puts that off by as much.
bool World::is_kept_awake(const Inventory& inventory, const IssuedSecret& secret) const {
  const auto& usage = rules_.facts.usage;
  const Instant told_at = usage ? usage->as_of : rules_.start;
  return std::any_of(
      inventory.consumers.begin(), inventory.consumers.end(), [&](const Consumer& one) {
        return *secret.dormant_at <= told_at || told_at + interval_of(one) < *secret.dormant_at;
      });
}

// As the issuer told them, with values that are made up.
void World::take_in_secrets(const Inventory& inventory) {
  auto known = rules_.facts.secrets.value_or(
      std::vector<IssuedSecret>{supposed_secret(inventory, rules_.start, seen_since_)});
  for (IssuedSecret& facts : known) {
    if (facts.state == SecretState::kSettling) facts.state = SecretState::kStaged;
    if (facts.dormant_at && is_kept_awake(inventory, facts)) facts.dormant_at.reset();
    secrets_.push_back({std::move(facts), fmt::format("value-{}", secrets_.size())});
  }
}

// As the issuer told it, as if that had been when the run begins. Who is in no inventory is not
// played, and told apart.
void World::take_in_usage(const Inventory& inventory) {
  complete_since_ = seen_since_;
  if (!rules_.facts.usage) return;
  const UsageReport& told = *rules_.facts.usage;
  const Duration later = rules_.start - told.as_of;
  complete_since_ = told.complete_since + later;
  for (const UsageRow& row : told.rows) {
    const bool is_claimed =
        std::any_of(inventory.consumers.begin(), inventory.consumers.end(),
                    [&](const Consumer& one) { return matches(one.seen_as, row.caller); });
    if (!is_claimed) continue;
    UsageRow& ours = usage_[fmt::format("told {}", usage_.size())];
    ours = row;
    ours.source = 0;
    ours.first_seen += later;
    ours.last_seen += later;
  }
}

IntegrationFacts World::integration(const Inventory& inventory) const {
  return {inventory.client_id, inventory.name, "", rules_.facts.is_enabled,
          rules_.facts.is_engines_own};
}

void World::sleep_for(Duration duration) {
  const Instant to = std::max(now_ + std::max(duration, kTick), skip_to_);
  skip_to_ = {};
  move_to(to);
}

void World::let_a_person_act(const std::string& what) {
  ++acts_;
  if (rules_.on_person) rules_.on_person(what);
  move_to(now_ + rules_.person_takes);
}

Instant World::next_request() const {
  Instant next = base::kFarFuture;
  for (const Instance& one : instances_) next = std::min(next, one.model.next_request());
  return next;
}

// In steps, so that within each a value is accepted or refused all the time.
void World::move_to(Instant to) {
  while (now_ < to) {
    Instant step = to;
    for (const Secret& secret : secrets_) {
      for (const Instant at : {secret.facts.usable_from, secret.facts.ends_at}) {
        if (at - kTick > now_) step = std::min(step, at - kTick);
      }
    }
    if (step == now_) step = now_ + kTick;
    advance_all(step);
  }
}

void World::advance_all(Instant to) {
  now_ = to;
  for (Instance& one : instances_) {
    one.model.advance(to, value_in(*one.sink), [&](const Use& use) { note(one, use); });
  }
}

void World::note(const Instance& instance, const Use& use) {
  if (!is_accepted(use.value, use.last)) {
    if (use.last < rules_.start) return;
    CutOff& cut = cut_off_[instance.consumer->name];
    if (cut.count == 0) cut.first = use.first;
    cut.last = use.last;
    cut.count += use.count;
    return;
  }
  // The true ones are known.
  if (rules_.facts.usage && use.last <= rules_.start) return;
  const std::string& id = find_value(use.value)->facts.id;
  UsageRow& row = usage_[fmt::format("{} {} {} {}", id, instance.caller.network,
                                     instance.caller.user_agent, instance.caller.slot)];
  if (row.count == 0) row = {id, instance.caller, use.first, use.last, 0};
  row.last_seen = std::max(row.last_seen, use.last);
  row.count += use.count;
}

std::string World::value_in(const DriverSpec& sink) const {
  const auto found = sinks_.find(place_of(sink));
  return found == sinks_.end() ? std::string() : found->second;
}

void World::put(const DriverSpec& sink, std::string value) {
  sinks_[place_of(sink)] = std::move(value);
}

void World::reload(const std::string& consumer) {
  for (Instance& one : instances_) {
    if (one.consumer->name == consumer) one.model.read_again(value_in(*one.sink));
  }
}

bool World::is_using(const std::string& consumer, const std::string& value) const {
  return std::all_of(instances_.begin(), instances_.end(), [&](const Instance& one) {
    return one.consumer->name != consumer || one.model.held() == value;
  });
}

bool World::is_accepted(const std::string& value, Instant at) const {
  const Secret* secret = find_value(value);
  return secret != nullptr && secret->facts.state != SecretState::kEnded &&
         at >= secret->facts.usable_from && at < secret->facts.ends_at;
}

std::vector<IssuedSecret> World::list_secrets() const {
  std::vector<IssuedSecret> all;
  for (const Secret& secret : secrets_) {
    all.push_back(secret.facts);
    IssuedSecret& facts = all.back();
    if (now_ >= facts.ends_at) facts.state = SecretState::kEnded;
    if (facts.state == SecretState::kStaged && now_ < facts.usable_from) {
      facts.state = SecretState::kSettling;
    }
  }
  return all;
}

UsageReport World::usage() const {
  if (issuer().is_by_hand) return untold_usage(now_);
  UsageReport report{{}, complete_since_, now_};
  for (const auto& [key, row] : usage_) report.rows.push_back(row);
  return report;
}

StagedSecret World::stage(const std::string& slot, const std::string& label) {
  if (issuer().is_by_hand) let_a_person_act("a person to generate a new secret");
  for (Secret& secret : secrets_) {
    if (secret.facts.state == SecretState::kStaged) secret.facts.state = SecretState::kEnded;
  }
  Secret staged;
  const auto life = base::Days{180};
  staged.facts = {fmt::format("staged-{}", secrets_.size()),
                  slot,
                  label,
                  SecretState::kStaged,
                  now_,
                  now_ + issuer().settle,
                  now_ + life,
                  now_ + life,
                  std::nullopt};
  staged.value = fmt::format("value-{}", secrets_.size());
  secrets_.push_back(std::move(staged));
  const IssuedSecret& facts = secrets_.back().facts;
  return {facts.id, base::Secret(secrets_.back().value), facts.usable_from, facts.expires_at};
}

base::Result<Activation> World::activate(const std::string& secret_id) {
  if (issuer().is_by_hand) let_a_person_act("a person to activate the new secret");
  Secret* ours = find(secret_id);
  if (ours == nullptr || ours->facts.state != SecretState::kStaged) {
    return base::fail(base::Code::kConflict, secret_id + " is not staged");
  }
  Activation activation{secret_id, std::nullopt, std::nullopt};
  for (Secret& secret : secrets_) {
    // A slot has one place for what is in its overlap.
    if (secret.facts.state == SecretState::kSuperseded) secret.facts.state = SecretState::kEnded;
  }
  for (Secret& secret : secrets_) {
    if (secret.facts.state != SecretState::kActive) continue;
    if (issuer().activation_ends_old) {
      secret.facts.state = SecretState::kEnded;
      continue;
    }
    secret.facts.state = SecretState::kSuperseded;
    if (issuer().overlap) {
      secret.facts.ends_at = std::min(secret.facts.ends_at, now_ + *issuer().overlap);
    }
    activation.superseded_id = secret.facts.id;
    activation.old_ends_at = secret.facts.ends_at;
  }
  ours->facts.state = SecretState::kActive;
  ours->facts.activated_at = now_;
  return activation;
}

void World::end(const std::string& secret_id) {
  if (Secret* secret = find(secret_id)) secret->facts.state = SecretState::kEnded;
}

World::Secret* World::find(const std::string& secret_id) {
  for (Secret& secret : secrets_) {
    if (secret.facts.id == secret_id) return &secret;
  }
  return nullptr;
}

const World::Secret* World::find_value(const std::string& value) const {
  for (const Secret& secret : secrets_) {
    if (secret.value == value) return &secret;
  }
  return nullptr;
}

}  // namespace rekey::rotation::rehearsal
