#include "platform/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

#include "platform/clock.h"
#include "platform/descriptor.h"
#include "platform/spawn.h"

namespace rekey::platform {
namespace {

#if defined(__SANITIZE_ADDRESS__)
#define REKEY_LEAK_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REKEY_LEAK_CHECKED 1
#endif
#endif

constexpr std::size_t kTailSize = kOutputTailBytes;

tl::unexpected<base::Error> failure(std::string_view verb, std::string_view subject, int number) {
  return tl::unexpected<base::Error>(system_error(verb, subject, number));
}

// Keeps the last kTailSize bytes of what comes.
class OutputTail {
 public:
  explicit OutputTail(Descriptor source) : source_(std::move(source)) {}

  // The descriptor to poll; -1, which poll passes over, after the end.
  [[nodiscard]] int descriptor() const noexcept { return source_.get(); }

  // Reads once without waiting; false where there is nothing now.
  bool read_once() {
    std::array<char, kTailSize> chunk{};
    const ssize_t count = ::read(source_.get(), chunk.data(), chunk.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (count <= 0) {
      source_.close();
      return false;
    }
    text_.append(chunk.data(), static_cast<std::size_t>(count));
    if (text_.size() > kTailSize) text_.erase(0, text_.size() - kTailSize);
    return true;
  }

  // What is there after the program's end. Bounded: a program that it left behind may go on
  // writing.
  std::string finish() {
    constexpr int kMostReads = 64;  // a pipe holds 16 chunks
    for (int i = 0; i < kMostReads && source_.is_open() && read_once();) ++i;
    return std::move(text_);
  }

 private:
  Descriptor source_;
  std::string text_;
};

// True when the child ended, false when the time ran out. The child is not waited for.
bool follow_until_exit(const Descriptor& child, OutputTail& tail, base::Duration timeout) {
  const SystemClock clock;
  const base::Duration deadline = clock.monotonic() + timeout;
  for (;;) {
    const auto left =
        std::clamp((deadline - clock.monotonic()).count(), std::int64_t{0}, std::int64_t{60'000});
    std::array<pollfd, 2> watched{pollfd{child.get(), POLLIN, 0},
                                  pollfd{tail.descriptor(), POLLIN, 0}};
    ::poll(watched.data(), watched.size(), static_cast<int>(left));
    if (watched[1].revents != 0) tail.read_once();
    if (watched[0].revents != 0) return true;
    if (clock.monotonic() >= deadline) return false;
  }
}

// `input` is a descriptor to read from; -1: there is none.
base::Result<ProcessResult> run(const std::vector<std::string>& arguments, int input,
                                base::Duration timeout) {
  if (arguments.empty() || arguments.front().empty()) {
    return base::fail(base::Code::kInvalidArgument, "no program to run was named");
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure("make a pipe for", arguments[0], errno);
  OutputTail tail{Descriptor(ends[0])};
  Descriptor output(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);

  REKEY_TRY(const Child child,
            input < 0 ? spawn(arguments, {{1, output.get()}, {2, output.get()}})
                      : spawn(arguments, {{0, input}, {1, output.get()}, {2, output.get()}}));
  output.close();
  if (!follow_until_exit(child.handle, tail, timeout)) {
    kill_group(child.id);
    return base::fail(
        base::Code::kTimeout,
        fmt::format("{} did not end within {}; it was killed with all that it started",
                    arguments[0], base::format_duration(timeout)));
  }
  const int exit_code = wait_for_exit_code(child.id);
  return ProcessResult{exit_code, tail.finish()};
}

}  // namespace

base::Result<ProcessResult> run_process(const std::vector<std::string>& arguments,
                                        base::Duration timeout) {
  return run(arguments, -1, timeout);
}

base::Result<ProcessResult> run_process_with_input(const std::vector<std::string>& arguments,
                                                   std::string_view input, base::Duration timeout) {
  REKEY_TRY(const Descriptor file, file_in_memory(input));
  return run(arguments, file.get(), timeout);
}

base::Result<int> signal_number(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, int>, 6> kSignals{{{"HUP", SIGHUP},
                                                                      {"INT", SIGINT},
                                                                      {"TERM", SIGTERM},
                                                                      {"USR1", SIGUSR1},
                                                                      {"USR2", SIGUSR2},
                                                                      {"WINCH", SIGWINCH}}};
  for (const auto& [known, number] : kSignals) {
    if (known == name) return number;
  }
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("a signal is HUP, INT, TERM, USR1, USR2 or WINCH, not {}", name));
}

base::Status send_signal(pid_t process, int signal) {
  // Zero and negative numbers name whole groups.
  if (process <= 0) {
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("{} is not the number of a process", process));
  }
  if (::kill(process, signal) == 0) return {};
  if (errno == ESRCH) {
    return base::fail(base::Code::kNotFound, fmt::format("there is no process {}", process));
  }
  return failure("signal", fmt::format("process {}", process), errno);
}

std::size_t raise_open_files_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t raise_open_files_limit_to(std::size_t wanted) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlimit raised{std::min<rlim_t>(std::max<rlim_t>(limit.rlim_cur, wanted), limit.rlim_max),
                      limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return static_cast<std::size_t>(limit.rlim_cur);
}

void forbid_core_dumps() noexcept {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#ifndef REKEY_LEAK_CHECKED
  // The leak check at the end of an instrumented program must be able to trace it.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

namespace {

sigset_t stop_signals() noexcept {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void return_large_memory() noexcept {
  constexpr int kLargeBytes = 1 << 20;
  static_cast<void>(::mallopt(M_MMAP_THRESHOLD, kLargeBytes));  // else it rises with what is freed
}

void block_stop_signals() noexcept {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int wait_for_stop_signal() {
  const sigset_t signals = stop_signals();
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  return signal;
}

}  // namespace rekey::platform
