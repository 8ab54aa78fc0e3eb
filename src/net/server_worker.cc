#include "net/server_worker.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace rekey::net {
namespace {

constexpr base::Duration kLongestTick = std::chrono::milliseconds{250};
constexpr base::Duration kShortestTick = std::chrono::milliseconds{5};
// Unused connections that keep their buffers for the next client.
constexpr std::size_t kWarmConnections = 64;
constexpr base::Duration kDrainTick = std::chrono::milliseconds{10};

base::Duration tick_for(const Limits& limits) {
  const base::Duration shortest = std::min(
      {limits.header_timeout, limits.body_timeout, limits.idle_timeout, limits.write_timeout});
  return std::clamp(shortest / 4, kShortestTick, kLongestTick);
}

}  // namespace

void ServerShared::count_opened() noexcept {
  connections.fetch_add(1);
  metrics.connections->add(1);
}

void ServerShared::count_closed() noexcept {
  metrics.connections->add(-1);
  if (connections.fetch_sub(1) != 1) return;
  const std::lock_guard lock(mutex);
  all_closed.notify_all();
}

bool ServerShared::wait_until_all_closed(base::Duration patience) {
  std::unique_lock lock(mutex);
  return all_closed.wait_for(lock, patience, [this] { return connections.load() == 0; });
}

void Mailbox::deliver(Connection& connection, std::uint64_t generation, Response response) {
  const std::lock_guard lock(mutex_);
  if (worker_ == nullptr) return;
  worker_->loop().post([&connection, generation, reply = std::move(response)]() mutable {
    connection.deliver(generation, std::move(reply));
  });
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  worker_ = nullptr;
}

Worker::Worker(ServerShared& shared, std::unique_ptr<Handler> handler)
    : shared_(shared),
      tick_(tick_for(shared.limits)),
      handler_(std::move(handler)),
      mailbox_(std::make_shared<Mailbox>(*this)) {}

Worker::~Worker() {
  stop();
}

void Worker::start() {
  thread_ = std::thread([this] { loop_.run(*this, tick_); });
  ::pthread_setname_np(thread_.native_handle(), "rekey-http");
}

void Worker::adopt(Descriptor socket, const PeerAddress& peer, Room room) {
  loop_.post([this, descriptor = std::move(socket), peer, room]() mutable {
    const bool is_refused = room == Room::kFull && !close_longest_idle();
    if (unused_.empty()) {
      connections_.push_back(std::make_unique<Connection>(*this));
      unused_.push_back(connections_.back().get());
    }
    Connection* connection = unused_.back();
    unused_.pop_back();
    connection->open(std::move(descriptor), peer,
                     is_refused ? std::optional(Rejection::kTooManyConnections) : std::nullopt);
  });
}

void Worker::begin_drain() {
  if (std::this_thread::get_id() == thread_.get_id()) return drain();
  loop_.post([this] { drain(); });
}

void Worker::drain() {
  is_draining_ = true;
  tick_ = kDrainTick;
  clock_.read();
  for (const auto& connection : connections_) connection->begin_drain();
  loop_.set_tick(tick_);
}

bool Worker::close_longest_idle() {
  Connection* longest = nullptr;
  for (const auto& connection : connections_) {
    if (longest == nullptr || connection->idle_for() > longest->idle_for()) {
      longest = connection.get();
    }
  }
  if (longest == nullptr || longest->idle_for() < shared_.limits.crowded_idle_timeout) return false;
  longest->close();
  return true;
}

void Worker::close_all() {
  loop_.post([this] {
    for (const auto& connection : connections_) connection->close();
  });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  mailbox_->close();
  loop_.stop();
  thread_.join();
  counters_.flush_to(shared_.metrics);
}

void Worker::release(Connection& connection) {
  if (unused_.size() >= kWarmConnections) connection.give_memory_back();
  unused_.push_back(&connection);
  shared_.count_closed();
}

void Worker::on_tick() {
  clock_.read();
  for (const auto& connection : connections_) connection->on_tick();
  counters_.flush_to(shared_.metrics);
  if (on_each_tick_) on_each_tick_();
}

}  // namespace rekey::net
