#include "authority/usage_meter.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace rekey::authority {

namespace {

// A caller's clock may run behind another worker's by a request: never go back.
void raise_to(std::atomic<std::int64_t>& value, std::int64_t millis) noexcept {
  std::int64_t seen = value.load(std::memory_order_relaxed);
  while (seen < millis && !value.compare_exchange_weak(seen, millis, std::memory_order_relaxed)) {
  }
}

std::size_t hash_of(const CallerNetwork& network, std::string_view user_agent) noexcept {
  return hash_of(network) * 31 + std::hash<std::string_view>{}(user_agent);
}

}  // namespace

// What identifies a caller never changes once it is in the list.
struct UsageMeter::Caller {
  CallerNetwork network;
  std::string user_agent;
  std::size_t hash = 0;
  std::int64_t first_seen = 0;
  std::atomic<std::int64_t> last_seen{0};
  std::atomic<std::int64_t> count{0};
  std::int64_t flushed_count = 0;  // of take_changed's thread
  std::atomic<Caller*> next{nullptr};
};

class UsageMeter::SecretMeter {
 public:
  SecretMeter(credential::SecretId secret_id, std::string_view slot_tag)
      : id(secret_id), slot(slot_tag) {}
  SecretMeter(const SecretMeter&) = delete;
  SecretMeter& operator=(const SecretMeter&) = delete;
  ~SecretMeter() {
    for (Caller* caller = first.load(); caller != nullptr;) {
      delete std::exchange(caller, caller->next.load());
    }
    delete other.load();
  }

  [[nodiscard]] Caller* find(std::size_t hash, const CallerNetwork& network,
                             std::string_view user_agent) const noexcept {
    for (Caller* caller = first.load(std::memory_order_acquire); caller != nullptr;
         caller = caller->next.load(std::memory_order_acquire)) {
      if (caller->hash == hash && caller->network == network && caller->user_agent == user_agent) {
        return caller;
      }
    }
    return nullptr;
  }

  template <typename Visit>
  void for_each(Visit visit) const {
    for (Caller* caller = first.load(std::memory_order_acquire); caller != nullptr;
         caller = caller->next.load(std::memory_order_acquire)) {
      visit(*caller, false);
    }
    if (Caller* rest = other.load(std::memory_order_acquire)) visit(*rest, true);
  }

  [[nodiscard]] UsageRow row_of(const Caller& caller, bool is_other, std::int64_t count) const {
    UsageCaller who{.network = is_other ? std::string{} : to_text(caller.network),
                    .user_agent = caller.user_agent,
                    .slot = slot,
                    .is_other = is_other};
    return {id, std::move(who), base::from_millis(caller.first_seen),
            base::from_millis(caller.last_seen.load(std::memory_order_relaxed)), count};
  }

  const credential::SecretId id;
  const std::string slot;
  std::atomic<std::int64_t> last_used{0};
  std::atomic<Caller*> first{nullptr};
  std::atomic<Caller*> other{nullptr};  // once there, the list is full
  Caller* last = nullptr;               // under the mutex
  std::size_t callers = 0;              // under the mutex
  std::atomic<bool> is_changed{false};
  SecretMeter* next_changed = nullptr;  // of whoever set is_changed, then of take_changed
};

UsageMeter::UsageMeter() = default;
UsageMeter::~UsageMeter() = default;

UsageMeter::SecretMeter& UsageMeter::meter_of(credential::SecretId id, std::string_view slot) {
  const std::lock_guard lock(mutex_);
  auto& meter = meters_[id.value];
  if (meter == nullptr) meter = std::make_unique<SecretMeter>(id, slot);
  return *meter;
}

void UsageMeter::note(SecretMeter& meter, const net::PeerAddress& peer, std::string_view user_agent,
                      base::Instant now) noexcept {
  std::array<char, kMaxUserAgent> buffer;
  const std::string_view agent = clean_user_agent(user_agent, buffer);
  const CallerNetwork network = network_of(peer);
  Caller* caller = meter.find(hash_of(network, agent), network, agent);
  if (caller == nullptr) caller = meter.other.load(std::memory_order_acquire);
  if (caller == nullptr) caller = find_or_add(meter, network, agent, now);

  const std::int64_t millis = base::to_millis(now);
  raise_to(meter.last_used, millis);
  raise_to(caller->last_seen, millis);
  // Sequentially consistent, as in take_changed: either it sees this count, or this sees its
  // clearing.
  caller->count.fetch_add(1);
  mark(meter);
}

UsageMeter::Caller* UsageMeter::find_or_add(SecretMeter& meter, const CallerNetwork& network,
                                            std::string_view user_agent, base::Instant first_seen) {
  const std::size_t hash = hash_of(network, user_agent);
  const std::lock_guard lock(mutex_);
  if (Caller* found = meter.find(hash, network, user_agent)) return found;
  const bool is_full = meter.callers >= kMaxCallers;
  if (is_full && meter.other.load() != nullptr) return meter.other.load();

  auto caller = std::make_unique<Caller>();
  caller->first_seen = base::to_millis(first_seen);
  if (is_full) {
    meter.other.store(caller.get(), std::memory_order_release);
    return caller.release();
  }
  caller->network = network;
  caller->user_agent = user_agent;
  caller->hash = hash;
  auto& link = meter.last == nullptr ? meter.first : meter.last->next;
  link.store(caller.get(), std::memory_order_release);
  meter.last = caller.release();
  ++meter.callers;
  return meter.last;
}

void UsageMeter::mark(SecretMeter& meter) noexcept {
  if (meter.is_changed.load() || meter.is_changed.exchange(true)) return;
  meter.next_changed = changed_.load(std::memory_order_relaxed);
  while (!changed_.compare_exchange_weak(meter.next_changed, &meter)) {
  }
}

void UsageMeter::prefetch(const SecretMeter& meter) noexcept {
  __builtin_prefetch(meter.first.load(std::memory_order_acquire));
}

std::int64_t UsageMeter::last_used_millis(const SecretMeter& meter) noexcept {
  return meter.last_used.load(std::memory_order_relaxed);
}

std::optional<base::Instant> UsageMeter::last_used_at(credential::SecretId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = meters_.find(id.value);
  if (found == meters_.end()) return std::nullopt;
  const std::int64_t millis = last_used_millis(*found->second);
  if (millis == 0) return std::nullopt;
  return base::from_millis(millis);
}

std::vector<UsageRow> UsageMeter::rows(credential::SecretId id) const {
  const std::lock_guard lock(mutex_);
  std::vector<UsageRow> rows;
  const auto found = meters_.find(id.value);
  if (found == meters_.end()) return rows;
  const SecretMeter& meter = *found->second;
  meter.for_each([&](const Caller& caller, bool is_other) {
    const std::int64_t count = caller.count.load();
    if (count > 0) rows.push_back(meter.row_of(caller, is_other, count));
  });
  return rows;
}

std::vector<UsageRow> UsageMeter::take_changed() {
  std::vector<UsageRow> rows;
  for (SecretMeter* meter = changed_.exchange(nullptr); meter != nullptr;) {
    SecretMeter& current = *std::exchange(meter, meter->next_changed);
    current.is_changed.store(false);
    current.for_each([&](Caller& caller, bool is_other) {
      const std::int64_t count = caller.count.load();
      if (count == std::exchange(caller.flushed_count, count)) return;
      rows.push_back(current.row_of(caller, is_other, count));
    });
  }
  return rows;
}

void UsageMeter::mark_changed(credential::SecretId id) {
  const std::lock_guard lock(mutex_);
  const auto found = meters_.find(id.value);
  if (found == meters_.end()) return;
  found->second->for_each([](Caller& caller, bool) { caller.flushed_count = 0; });
  mark(*found->second);
}

void UsageMeter::restore(const UsageRow& row) {
  SecretMeter& meter = meter_of(row.secret_id, row.caller.slot);
  const auto network = parse_caller_network(row.caller.network);
  Caller* caller = nullptr;
  if (row.caller.is_other || !network) {
    const std::lock_guard lock(mutex_);
    if (meter.other.load() == nullptr) {
      auto rest = std::make_unique<Caller>();
      rest->first_seen = base::to_millis(row.first_seen);
      meter.other.store(rest.release(), std::memory_order_release);
    }
    caller = meter.other.load();
  } else {
    caller = find_or_add(meter, *network, row.caller.user_agent, row.first_seen);
  }
  const std::int64_t millis = base::to_millis(row.last_seen);
  raise_to(meter.last_used, millis);
  raise_to(caller->last_seen, millis);
  caller->count.fetch_add(row.count);
  caller->flushed_count += row.count;
}

void UsageMeter::set_complete_since(base::Instant at) noexcept {
  complete_since_.store(base::to_millis(at), std::memory_order_relaxed);
}

base::Instant UsageMeter::complete_since() const noexcept {
  return base::from_millis(complete_since_.load(std::memory_order_relaxed));
}

}  // namespace rekey::authority
