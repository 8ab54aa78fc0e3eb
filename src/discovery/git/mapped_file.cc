#include "discovery/git/mapped_file.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <system_error>

#include "discovery/git/file_bytes.h"

namespace rekey::discovery::git {

// One mapping, as the signal handler sees it. Ranges are never freed but used again, so that the
// handler may walk their list at any moment.
struct MappedRange {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};  // 0: free
  std::atomic<bool> has_shrunk{false};
  MappedRange* next = nullptr;  // set before the range is published
};

namespace {

// A signal handler takes no argument of its own: this list and the handler before are the one
// state of this file.
std::atomic<MappedRange*> first_range{nullptr};
std::mutex ranges_mutex;  // of those who add and free ranges; the handler takes no lock
struct sigaction action_before;
std::once_flag is_installed;
std::uintptr_t page_bytes = 4096;

// Async-signal-safe: atomics, mmap and sigaction.
void on_bus_error(int signal, siginfo_t* facts, void* /*context*/) {
  const auto at = reinterpret_cast<std::uintptr_t>(facts->si_addr);
  for (auto* range = first_range.load(); range != nullptr; range = range->next) {
    const auto end = range->end.load();
    if (at < range->begin.load() || at >= end) continue;
    const auto page = at & ~(page_bytes - 1);
    range->has_shrunk.store(true);
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    void* const start = reinterpret_cast<void*>(page);
    if (::mmap(start, end - page, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) ==
        start) {
      return;
    }
  }
  // Not ours: the instruction faults again and meets the handler before.
  ::sigaction(signal, &action_before, nullptr);
}

void install_handler() {
  page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, &action_before);
}

MappedRange* watch(std::uintptr_t begin, std::uintptr_t end) {
  const std::lock_guard lock(ranges_mutex);
  MappedRange* range = first_range.load();
  while (range != nullptr && range->end.load() != 0) range = range->next;
  const bool is_new = range == nullptr;
  if (is_new) {
    range = new MappedRange;
    range->next = first_range.load();
  }
  range->has_shrunk.store(false);
  range->begin.store(begin);
  range->end.store(end);
  if (is_new) first_range.store(range);
  return range;
}

}  // namespace

base::Result<MappedFile> MappedFile::open(const std::string& path) {
  std::call_once(is_installed, install_handler);
  REKEY_TRY(const auto file, OpenFile::open(path));
  MappedFile mapped;
  const auto size = static_cast<std::size_t>(file.size_bytes());
  if (size == 0) return mapped;
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (start == MAP_FAILED) {
    return base::fail(base::Code::kIo, fmt::format("cannot map {}: {}", path,
                                                   std::generic_category().message(errno)));
  }
  const auto begin = reinterpret_cast<std::uintptr_t>(start);
  mapped.bytes_ = {static_cast<const std::uint8_t*>(start), size};
  mapped.range_ = watch(begin, begin + size);
  return mapped;
}

MappedFile::~MappedFile() {
  if (range_ == nullptr) return;
  const std::lock_guard lock(ranges_mutex);
  range_->end.store(0);
  range_->begin.store(0);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

bool MappedFile::has_shrunk() const noexcept {
  return range_ != nullptr && range_->has_shrunk.load();
}

}  // namespace rekey::discovery::git
