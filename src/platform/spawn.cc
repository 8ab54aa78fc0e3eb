#include "platform/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace rekey::platform {
namespace {

tl::unexpected<base::Error> failure(std::string_view verb, std::string_view subject, int number) {
  return tl::unexpected<base::Error>(system_error(verb, subject, number));
}

// Above every number that a child gets, so that putting one in its place overwrites no other.
constexpr int kLeastOwnNumber = 64;

// What a child starts with: nothing of ours but what it is handed, with signals as a fresh program
// expects them.
class SpawnPlan {
 public:
  explicit SpawnPlan(const HandedOver& descriptors) {
    posix_spawn_file_actions_init(&actions_);
    int highest = STDERR_FILENO;
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
      const int mode = number == STDIN_FILENO ? O_RDONLY : O_WRONLY;
      posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", mode, 0);
    }
    for (const auto& [number, ours] : descriptors) {
      posix_spawn_file_actions_adddup2(&actions_, ours, number);
      highest = std::max(highest, number);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions_, highest + 1);
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

}  // namespace

base::Result<Child> spawn(const std::vector<std::string>& arguments,
                          const HandedOver& descriptors) {
  std::vector<Descriptor> copies;
  HandedOver handed_over;
  for (const auto& [number, ours] : descriptors) {
    copies.emplace_back(::fcntl(ours, F_DUPFD_CLOEXEC, kLeastOwnNumber));
    if (!copies.back().is_open()) return failure("hand a file to", arguments.front(), errno);
    handed_over.emplace_back(number, copies.back().get());
  }
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  auto environment = environment_for_child();
  const SpawnPlan plan(handed_over);
  Child child;
  const int number = posix_spawnp(&child.id, words.front(), plan.actions(), plan.attributes(),
                                  words.data(), environment.data());
  if (number != 0) return failure("run", arguments.front(), number);
  // The C library's pidfd_open has no C++ declaration before glibc 2.37.
  child.handle = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child.id, 0)));
  if (!child.handle.is_open()) {
    const int reason = errno;
    kill_group(child.id);
    return failure("watch", arguments.front(), reason);
  }
  return child;
}

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

}  // namespace rekey::platform
