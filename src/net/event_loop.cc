#include "net/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/assert.h"

namespace rekey::net {
namespace {

constexpr std::size_t kEventsPerTurn = 256;

std::uint32_t bits_of(Interest interest) noexcept {
  switch (interest) {
    case Interest::kReading:
      return EPOLLIN;
    case Interest::kWriting:
      return EPOLLOUT;
    case Interest::kNothing:
      break;
  }
  return 0;
}

Readiness readiness_of(std::uint32_t bits) noexcept {
  return {(bits & EPOLLIN) != 0, (bits & EPOLLOUT) != 0, (bits & (EPOLLERR | EPOLLHUP)) != 0};
}

bool control(const Descriptor& epoll, int operation, const Descriptor& descriptor,
             Interest interest, EventLoop::Watcher* watcher) noexcept {
  epoll_event event{};
  event.events = bits_of(interest);
  event.data.ptr = watcher;
  return ::epoll_ctl(epoll.get(), operation, descriptor.get(), &event) == 0;
}

Descriptor made(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return Descriptor(descriptor);
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(made(::epoll_create1(EPOLL_CLOEXEC), "epoll")),
      wake_(made(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  // No watcher: how run() knows it from the others.
  if (!control(epoll_, EPOLL_CTL_ADD, wake_, Interest::kReading, nullptr)) {
    throw std::system_error(errno, std::generic_category(), "epoll");
  }
}

bool EventLoop::add(const Descriptor& descriptor, Interest interest, Watcher& watcher) {
  return control(epoll_, EPOLL_CTL_ADD, descriptor, interest, &watcher);
}

void EventLoop::change(const Descriptor& descriptor, Interest interest, Watcher& watcher) {
  REKEY_ASSERT(control(epoll_, EPOLL_CTL_MOD, descriptor, interest, &watcher));
}

// A closed descriptor would stay watched for as long as a child process holds a copy of it.
void EventLoop::remove(const Descriptor& descriptor) {
  REKEY_ASSERT(control(epoll_, EPOLL_CTL_DEL, descriptor, Interest::kNothing, nullptr));
}

void EventLoop::run(Ticker& ticker, base::Duration tick) {
  set_tick(tick);
  std::array<epoll_event, kEventsPerTurn> events;  // NOLINT: the system fills what is read of it
  while (!is_stopped_.load(std::memory_order_acquire)) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsPerTurn,
                                   milliseconds_to_tick(Clock::now()));
    REKEY_ASSERT(count >= 0 || errno == EINTR);
    bool is_woken = false;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == nullptr) {
        is_woken = true;
      } else {
        static_cast<Watcher*>(event.data.ptr)->on_ready(readiness_of(event.events));
      }
    }
    // After the events: what a call closes cannot be among the events of this turn.
    if (is_woken) run_posted();
    if (const auto now = Clock::now(); now >= next_tick_) {
      next_tick_ = now + tick_;
      ticker.on_tick();
    }
  }
}

void EventLoop::set_tick(base::Duration tick) noexcept {
  tick_ = tick;
  next_tick_ = Clock::now() + tick;
}

void EventLoop::stop() {
  is_stopped_.store(true, std::memory_order_release);
  wake();
}

void EventLoop::post_task(std::unique_ptr<Task> task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
    if (posted_.size() > 1) return;  // the loop is on its way already
  }
  wake();
}

void EventLoop::wake() noexcept {
  // Its one failure, a counter that is full, means that the loop is awake.
  ::eventfd_write(wake_.get(), 1);
}

void EventLoop::run_posted() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (const auto& task : running_) task->run();
  running_.clear();
}

int EventLoop::milliseconds_to_tick(Clock::time_point now) const noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - now).count();
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left, 0, 60'000));
}

}  // namespace rekey::net
