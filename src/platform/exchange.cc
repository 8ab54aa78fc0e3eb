#include "platform/exchange.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/clock.h"
#include "platform/descriptor.h"
#include "platform/spawn.h"

namespace rekey::platform {
namespace {

using base::Code;

constexpr std::size_t kErrorsTail = 4096;

// What comes through a pipe, in a buffer that never moves: growing would leave copies behind.
class Inlet {
 public:
  // Beyond `limit` the beginning is dropped where `keeps_tail`, else is_over() tells it.
  Inlet(std::size_t limit, bool keeps_tail) : limit_(limit), keeps_tail_(keeps_tail) {
    buffer_.resize(limit + 1);
  }
  Inlet(const Inlet&) = delete;
  Inlet& operator=(const Inlet&) = delete;
  ~Inlet() { base::wipe(buffer_.data(), buffer_.size()); }

  // The end for the child to write to.
  base::Result<Descriptor> open(const std::string& program) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      return tl::unexpected(system_error("make a pipe for", program, errno));
    }
    source_ = Descriptor(ends[0]);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return Descriptor(ends[1]);
  }
  // The descriptor to poll; -1, which poll passes over, after the end.
  [[nodiscard]] int descriptor() const noexcept { return source_.get(); }
  [[nodiscard]] bool is_over() const noexcept { return size_ > limit_; }
  [[nodiscard]] std::string_view text() const noexcept { return {buffer_.data(), size_}; }

  // Reads once without waiting; false where there is nothing now, or no place.
  bool read_once() {
    if (size_ == buffer_.size()) {
      if (!keeps_tail_) return false;
      const std::size_t dropped = std::max<std::size_t>(1, size_ / 2);
      std::memmove(buffer_.data(), buffer_.data() + dropped, size_ - dropped);
      size_ -= dropped;
    }
    const ssize_t count = ::read(source_.get(), buffer_.data() + size_, buffer_.size() - size_);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (count <= 0) {
      source_.close();
      return false;
    }
    size_ += static_cast<std::size_t>(count);
    return true;
  }
  // What is there after the program's end. A program that it left behind may go on writing, so the
  // reads are counted.
  void finish() {
    constexpr int kMostReads = 64;
    for (int i = 0; i < kMostReads && source_.is_open() && read_once();) ++i;
  }

 private:
  std::size_t limit_;
  bool keeps_tail_;
  Descriptor source_;
  std::string buffer_;
  std::size_t size_ = 0;
};

struct Inlets {
  Inlet answer;
  Inlet value;
  Inlet errors;
};

enum class Course { kEnded, kTimeIsOver, kSaysTooMuch };

Course follow(const Child& child, Inlets& inlets, base::Duration timeout) {
  const SystemClock clock;
  const base::Duration deadline = clock.monotonic() + timeout;
  for (;;) {
    const auto left =
        std::clamp((deadline - clock.monotonic()).count(), std::int64_t{0}, std::int64_t{60'000});
    std::array<pollfd, 4> watched{pollfd{child.handle.get(), POLLIN, 0},
                                  pollfd{inlets.answer.descriptor(), POLLIN, 0},
                                  pollfd{inlets.value.descriptor(), POLLIN, 0},
                                  pollfd{inlets.errors.descriptor(), POLLIN, 0}};
    ::poll(watched.data(), watched.size(), static_cast<int>(left));
    if (watched[1].revents != 0) inlets.answer.read_once();
    if (watched[2].revents != 0) inlets.value.read_once();
    if (watched[3].revents != 0) inlets.errors.read_once();
    if (inlets.answer.is_over() || inlets.value.is_over()) return Course::kSaysTooMuch;
    if (watched[0].revents != 0) return Course::kEnded;
    if (clock.monotonic() >= deadline) return Course::kTimeIsOver;
  }
}

tl::unexpected<base::Error> too_much(const std::string& program, const Question& question) {
  return base::fail(
      Code::kLimitReached,
      fmt::format("{} wrote more than {} bytes to its standard output or more than {} "
                  "to descriptor {}; it was stopped",
                  program, question.answer_limit, question.value_limit, kValueOutNumber));
}

}  // namespace

base::Result<Answer> ask_process(const std::vector<std::string>& arguments,
                                 const Question& question, base::Duration timeout) {
  if (arguments.empty() || arguments.front().empty()) {
    return base::fail(Code::kInvalidArgument, "no program to run was named");
  }
  const std::string& program = arguments.front();
  Inlets inlets{Inlet(question.answer_limit, false), Inlet(question.value_limit, false),
                Inlet(kErrorsTail, true)};
  REKEY_TRY(const Descriptor text_in, file_in_memory(question.text));
  REKEY_TRY(const Descriptor value_in, file_in_memory(question.value));
  REKEY_TRY(Descriptor answer_out, inlets.answer.open(program));
  REKEY_TRY(Descriptor value_out, inlets.value.open(program));
  REKEY_TRY(Descriptor errors_out, inlets.errors.open(program));
  REKEY_TRY(const Child child, spawn(arguments, {{0, text_in.get()},
                                                 {1, answer_out.get()},
                                                 {2, errors_out.get()},
                                                 {kValueInNumber, value_in.get()},
                                                 {kValueOutNumber, value_out.get()}}));
  answer_out.close();
  value_out.close();
  errors_out.close();
  const Course course = follow(child, inlets, timeout);
  if (course != Course::kEnded) {
    kill_group(child.id);
    if (course == Course::kSaysTooMuch) return too_much(program, question);
    return base::fail(
        Code::kTimeout,
        fmt::format("{} did not end within {}; it was killed with all that it started", program,
                    base::format_duration(timeout)));
  }
  const int exit_code = wait_for_exit_code(child.id);
  for (Inlet* inlet : {&inlets.answer, &inlets.value, &inlets.errors}) inlet->finish();
  if (inlets.answer.is_over() || inlets.value.is_over()) return too_much(program, question);
  return Answer{exit_code, std::string(inlets.answer.text()), base::Secret(inlets.value.text()),
                base::Secret(inlets.errors.text())};
}

}  // namespace rekey::platform
