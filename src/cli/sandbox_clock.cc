#include "cli/sandbox_clock.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace rekey::cli {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::int64_t kLongestFile = 64;
constexpr base::Duration kFarthest = base::Days{36'500};

Result<base::Duration> parse_ahead(std::string_view text, const std::string& path) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::int64_t millis = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), millis);
  const bool is_number = problem == std::errc{} && end == text.data() + text.size();
  if (is_number && millis >= 0 && base::Duration{millis} <= kFarthest) {
    return base::Duration{millis};
  }
  return fail(
      Code::kCorrupt,
      fmt::format("{} does not say how many milliseconds the sandbox's clock is ahead", path));
}

}  // namespace

Result<std::unique_ptr<SandboxClock>> SandboxClock::open(platform::Clock& clock,
                                                         platform::Files& files, std::string path) {
  std::unique_ptr<SandboxClock> made(new SandboxClock(clock, files, std::move(path)));
  const auto kept = files.read(made->path_, kLongestFile);
  if (!kept && kept.error().code == Code::kNotFound) return made;
  if (!kept) return tl::unexpected<base::Error>(kept.error());
  REKEY_TRY(const base::Duration ahead, parse_ahead(kept->reveal(), made->path_));
  made->ahead_millis_ = ahead.count();
  return made;
}

Result<base::Instant> SandboxClock::advance(base::Duration by) {
  const std::lock_guard lock(mutex_);
  const base::Duration ahead = base::Duration{ahead_millis_} + by;
  if (by < base::Duration::zero() || ahead > kFarthest) {
    return fail(Code::kInvalidArgument, "a sandbox's clock goes ahead, by a hundred years at most");
  }
  constexpr mode_t kOwnerOnly = 0600;
  REKEY_CHECK(files_.replace(path_, fmt::format("{}\n", ahead.count()), kOwnerOnly));
  ahead_millis_ = ahead.count();
  return now();
}

}  // namespace rekey::cli
