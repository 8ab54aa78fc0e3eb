#include "rotation/engine/crew.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>

#include "base/assert.h"

namespace rekey::rotation {
namespace {

// An exception on the thread of a crew would end the program: the next look asks again.
std::optional<LeftOut> why_left(const DueOne& one, EngineParts& parts, Attendance who) {
  try {
    return why_left_out(one, parts, who);
  } catch (const std::exception& exception) {
    return LeftOut{exception.what()};
  }
}

}  // namespace

// The place of one run, while it has one.
class Crew::Place {
 public:
  explicit Place(Crew& crew, bool is_kept) : crew_(crew), is_kept_(is_kept) {}

  [[nodiscard]] bool is_kept() const noexcept { return is_kept_; }
  // To the next one, for whom there is a thread of its own then.
  void give_away() {
    crew_.join_ended();
    const std::lock_guard lock(crew_.mutex_);
    if (!is_kept_ || crew_.is_over_ || crew_.live_threads() >= kMostUnderWay) return;
    is_kept_ = false;
    --crew_.acting_;
    crew_.start_thread([&crew = crew_] { crew.work(); });
  }

 private:
  Crew& crew_;
  bool is_kept_;  // of this run's thread alone
};

// Tells the observer what it would be told, and gives the place away where the run only waits.
class Crew::PlacedObserver final : public FleetObserver {
 public:
  PlacedObserver(FleetObserver& inner, platform::Clock& clock, Place& place)
      : inner_(inner), clock_(clock), place_(place) {}

  std::unique_ptr<Reporter> begin(const DueOne& one, bool is_alone) override {
    return std::make_unique<PlacedReporter>(inner_.begin(one, is_alone), clock_, place_);
  }
  void end(const DueOne& one, Reporter& reporter, const base::Result<Outcome>& ended) override {
    inner_.end(one, static_cast<PlacedReporter&>(reporter).inner(), ended);
  }
  void hold_back(const DueOne& one, const std::string& why) override { inner_.hold_back(one, why); }
  void leave_out(const DueOne& one, const std::string& why, bool is_done) override {
    inner_.leave_out(one, why, is_done);
  }

 private:
  class PlacedReporter final : public Reporter {
   public:
    PlacedReporter(std::unique_ptr<Reporter> inner, platform::Clock& clock, Place& place)
        : inner_(std::move(inner)), clock_(clock), place_(place), acted_at_(clock.now()) {}
    [[nodiscard]] Reporter& inner() noexcept { return *inner_; }
    void on_event(const RunNotice& notice) override {
      acted_at_ = clock_.now();
      inner_->on_event(notice);
    }
    void on_progress(const Progress& progress) override {
      inner_->on_progress(progress);
      if (place_.is_kept() && clock_.now() - acted_at_ >= kPlaceKept) place_.give_away();
    }
    void on_lull() override { inner_->on_lull(); }

   private:
    std::unique_ptr<Reporter> inner_;
    platform::Clock& clock_;
    Place& place_;
    base::Instant acted_at_;
  };

  FleetObserver& inner_;
  platform::Clock& clock_;
  Place& place_;
};

Crew::Crew(EngineParts& parts, const FleetLimits& limits, std::mutex& journal_turn,
           FleetObserver& observer, CrewRules rules)
    : parts_(parts),
      limits_(limits),
      journal_turn_(journal_turn),
      observer_(observer),
      rules_(std::move(rules)),
      drivers_(parts.drivers, limits.calls_per_issuer),
      budget_(rules_.budget == nullptr ? own_budget_ : *rules_.budget) {
  REKEY_ASSERT(limits.parallel > 0 && limits.calls_per_issuer > 0);
  const std::lock_guard lock(mutex_);
  for (int i = 0; i < limits.parallel; ++i) start_thread([this] { work(); });
}

Crew::~Crew() {
  std::list<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;  // nothing is added any more
    queue_.clear();
    threads.splice(threads.end(), threads_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

std::vector<DueOne> Crew::take(std::vector<DueOne> next) {
  budget_.allow_one();
  join_ended();
  std::vector<DueOne> waiting;
  {
    const std::lock_guard lock(mutex_);
    queue_.clear();
    for (DueOne& one : next) {
      if (under_way_.count(key_of(one)) > 0) continue;
      if (one.is_urgent && live_threads() < 2 * kMostUnderWay) {
        under_way_.insert(key_of(one));
        start_thread([this, one = std::move(one)] { work_on_urgent(one); });
      } else {
        queue_.push_back(std::move(one));
      }
    }
    const auto free = static_cast<std::size_t>(std::max(limits_.parallel - acting_, 0));
    if (queue_.size() > free) {
      waiting.assign(queue_.begin() + static_cast<std::ptrdiff_t>(free), queue_.end());
    }
  }
  changed_.notify_all();
  return waiting;
}

bool Crew::is_under_way(const Inventory& inventory) const {
  const std::lock_guard lock(mutex_);
  return under_way_.count({inventory.client_id, inventory.slot}) > 0;
}

void Crew::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_idle(); });
}

void Crew::start_thread(std::function<void()> work) {
  threads_.emplace_back(std::move(work));
}

void Crew::end_thread() {
  ended_.push_back(std::this_thread::get_id());
  changed_.notify_all();
}

void Crew::join_ended() {
  std::list<std::thread> ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto thread = threads_.begin(); thread != threads_.end();) {
      const auto next = std::next(thread);
      const bool is_ended =
          std::find(ended_.begin(), ended_.end(), thread->get_id()) != ended_.end();
      if (is_ended) ended.splice(ended.end(), threads_, thread);
      thread = next;
    }
    ended_.clear();
  }
  for (std::thread& thread : ended) thread.join();
}

void Crew::carry_out(const DueOne& one, Place& place) {
  if (rules_.is_for_others && rules_.is_for_others(one)) return;
  const auto left = why_left(one, parts_, rules_.who);
  // Somebody who is there is told by the run itself that the issuer is away.
  const bool is_told_by_run = rules_.who == Attendance::kSomebody && left && left->is_of_issuer;
  if (left && !is_told_by_run) return observer_.leave_out(one, left->why, left->is_done);
  PlacedObserver placed(observer_, parts_.clock, place);
  carry_out_beside_others(one, parts_, drivers_, journal_turn_, budget_, placed);
}

// The thread of a run that has given its place away ends with it: another has taken that.
void Crew::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || !queue_.empty(); });
    if (is_over_) return;
    const DueOne one = std::move(queue_.front());
    queue_.pop_front();
    // The same integration in two inventories: one of them at a time.
    if (!under_way_.insert(key_of(one)).second) continue;
    ++acting_;
    lock.unlock();
    Place place(*this, true);
    carry_out(one, place);
    lock.lock();
    under_way_.erase(key_of(one));
    changed_.notify_all();
    if (!place.is_kept()) return end_thread();
    --acting_;
  }
}

void Crew::work_on_urgent(const DueOne& one) {
  Place none(*this, false);
  carry_out(one, none);
  const std::lock_guard lock(mutex_);
  under_way_.erase(key_of(one));
  end_thread();
}

}  // namespace rekey::rotation
