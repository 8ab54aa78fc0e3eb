#include "rotation/rehearsal/consumer_model.h"

#include <algorithm>
#include <utility>

namespace rekey::rotation::rehearsal {
namespace {

using base::Duration;
using base::Instant;

constexpr Duration kTick = Duration{1};

Duration part_of(Duration whole, std::uint64_t phase) {
  return Duration{static_cast<std::int64_t>(phase % static_cast<std::uint64_t>(whole.count()))};
}

}  // namespace

ConsumerModel::ConsumerModel(const ReloadSpec& reload, Duration interval, std::string value,
                             Instant start, std::uint64_t phase)
    : form_(reload.form()),
      every_(std::max(reload.every, kTick)),
      interval_(std::max(interval, kTick)),
      held_(std::move(value)),
      next_request_(start + kTick + part_of(interval_, phase)),
      next_read_(start + kTick + part_of(every_, phase / 7)) {}

void ConsumerModel::request_until(Instant to, const std::function<void(const Use&)>& tell) {
  if (next_request_ > to) return;
  const auto more = (to - next_request_) / interval_;
  const Instant last = next_request_ + more * interval_;
  tell({held_, next_request_, last, more + 1});
  next_request_ = last + interval_;
}

void ConsumerModel::advance(Instant to, const std::string& in_sink,
                            const std::function<void(const Use&)>& tell) {
  if (form_ == ReloadForm::kPerCall) held_ = in_sink;
  const bool reads_by_itself = form_ == ReloadForm::kCached || form_ == ReloadForm::kSchedule;
  if (reads_by_itself && next_read_ <= to) {
    request_until(next_read_ - kTick, tell);
    held_ = in_sink;
    next_read_ += ((to - next_read_) / every_ + 1) * every_;
  }
  request_until(to, tell);
}

}  // namespace rekey::rotation::rehearsal
