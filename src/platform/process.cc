#include "platform/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "platform/clock.h"
#include "platform/descriptor.h"

namespace rekey::platform {
namespace {

#if defined(__SANITIZE_ADDRESS__)
#define REKEY_LEAK_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REKEY_LEAK_CHECKED 1
#endif
#endif

constexpr std::size_t kTailSize = 4096;

tl::unexpected<base::Error> failure(std::string_view verb, std::string_view subject, int number) {
  return tl::unexpected<base::Error>(system_error(verb, subject, number));
}

// What a child starts with: nothing of ours but its standard files, in a group of its own,
// with signals as a fresh program expects them.
class SpawnPlan {
 public:
  SpawnPlan(int input, int output) {
    posix_spawn_file_actions_init(&actions_);
    if (input < 0) {
      posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    } else {
      posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    }
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> environment_for_child() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("REKEY_")) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

base::Result<pid_t> spawn(const std::vector<std::string>& arguments, int input,
                          const Descriptor& output) {
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  auto environment = environment_for_child();
  const SpawnPlan plan(input, output.get());
  pid_t child = 0;
  const int number = posix_spawnp(&child, words.front(), plan.actions(), plan.attributes(),
                                  words.data(), environment.data());
  if (number != 0) return failure("run", arguments.front(), number);
  return child;
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

int wait_for_exit_code(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void kill_group(pid_t leader) {
  ::kill(-leader, SIGKILL);
  wait_for_exit_code(leader);
}

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

// A file in memory that holds `text`, to be read from its start.
base::Result<Descriptor> file_in_memory(std::string_view text) {
  Descriptor file(::memfd_create("rekey-input", MFD_CLOEXEC));
  if (!file.is_open()) return failure("make", "a file in memory", errno);
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file.get(), text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return failure("write", "a file in memory", errno);
    written += static_cast<std::size_t>(count);
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return failure("rewind", "a file in memory", errno);
  return file;
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

  REKEY_TRY(const pid_t child, spawn(arguments, input, output));
  output.close();
  // The C library's pidfd_open has no C++ declaration before glibc 2.37.
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (!handle.is_open()) {
    const int number = errno;
    kill_group(child);
    return failure("watch", arguments[0], number);
  }
  if (!follow_until_exit(handle, tail, timeout)) {
    kill_group(child);
    return base::fail(
        base::Code::kTimeout,
        fmt::format("{} did not end within {}; it was killed with all that it started",
                    arguments[0], base::format_duration(timeout)));
  }
  const int exit_code = wait_for_exit_code(child);
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
