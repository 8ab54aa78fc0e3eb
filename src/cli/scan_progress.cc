#include "cli/scan_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "cli/output.h"
#include "cli/terminal.h"

namespace rekey::cli {
namespace {

using base::Duration;

constexpr Duration kBetweenDraws = std::chrono::milliseconds{100};
constexpr Duration kFirstGuess = std::chrono::seconds{1};  // of the time left: not before
constexpr double kLeastShare = 0.01;
constexpr std::size_t kBarColumns = 10;
constexpr double kPercent = 100;

std::string amount(double bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  constexpr double kStep = 1000;
  std::size_t unit = 0;
  for (; bytes >= kStep && unit + 1 < kUnits.size(); ++unit) bytes /= kStep;
  return fmt::format("{:.{}f} {}", bytes, unit == 0 || bytes >= 100 ? 0 : 1, kUnits[unit]);
}

std::string bar(double share) {
  const auto done = static_cast<std::size_t>(share * static_cast<double>(kBarColumns));
  return fmt::format("[{}{}]", std::string(done, '#'), std::string(kBarColumns - done, '.'));
}

}  // namespace

std::string progress_line(const ScanPace& pace) {
  const double share = std::clamp(pace.share, 0.0, 1.0);
  const auto bytes = static_cast<double>(pace.bytes);
  const double elapsed = std::chrono::duration<double>(pace.elapsed).count();
  const bool is_guess_due = pace.elapsed >= kFirstGuess;
  std::vector<std::string> parts;
  if (share > 0) parts.push_back(fmt::format("{}  {:.0f} %", bar(share), share * kPercent));
  if (pace.bytes > 0) parts.push_back(amount(bytes));
  if (pace.bytes > 0 && is_guess_due) parts.push_back(amount(bytes / elapsed) + "/s");
  if (share >= kLeastShare && is_guess_due) {
    const auto left = static_cast<std::int64_t>(elapsed * (1 - share) / share + 1);
    parts.push_back(
        fmt::format("about {} left", base::format_duration(std::chrono::seconds{left})));
  }
  return parts.empty() ? pace.step : fmt::format("{}  {}", pace.step, fmt::join(parts, ", "));
}

ScanProgress::ScanProgress(const Context& context)
    : context_(context),
      is_shown_(is_terminal(context.err) && context.environment("TERM") != "dumb"),
      begun_(context.clock.monotonic()) {}

void ScanProgress::begin(const std::string& step) {
  {
    const std::lock_guard lock(mutex_);
    step_ = step;
    begun_ = context_.clock.monotonic();
    bytes_ = 0;
    share_ = 0;
  }
  draw_if_due();
}

void ScanProgress::advance(std::uint64_t bytes) {
  bytes_ += bytes;
  draw_if_due();
}

void ScanProgress::reach(double share) {
  share_ = share;
  draw_if_due();
}

void ScanProgress::draw_if_due() {
  if (!is_shown_) return;
  const Duration now = context_.clock.monotonic();
  std::int64_t due = due_millis_;
  if (now.count() < due) return;
  if (!due_millis_.compare_exchange_strong(due, (now + kBetweenDraws).count())) return;
  const std::lock_guard lock(mutex_);
  if (!is_shown_) return;
  // The last column stays free: some terminals go to the next line when it is written.
  const std::string line =
      cut_to_columns(printable(progress_line({step_, bytes_, now - begun_, share_})),
                     terminal_columns(context_.err) - 1);
  std::fprintf(context_.err, "\r\033[K%s", line.c_str());
  std::fflush(context_.err);
  has_line_ = true;
}

void ScanProgress::end() {
  const std::lock_guard lock(mutex_);
  is_shown_ = false;
  if (!std::exchange(has_line_, false)) return;
  std::fputs("\r\033[K", context_.err);
  std::fflush(context_.err);
}

}  // namespace rekey::cli
