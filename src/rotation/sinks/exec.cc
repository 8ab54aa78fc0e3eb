#include "rotation/sinks/exec.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "platform/canonical_path.h"
#include "rotation/drivers/program_words.h"
#include "rotation/drivers/secret_search.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;

constexpr base::Duration kUsualTimeout = std::chrono::seconds{30};
constexpr base::Duration kLongestTimeout = std::chrono::minutes{10};

std::vector<std::string> command_of(const DriverSpec& spec) {
  return spec.words("command").value_or(std::vector<std::string>());
}

std::string location_of(const DriverSpec& spec) {
  return fmt::format("{}", fmt::join(command_of(spec), " "));
}

class ExecSink final : public Sink {
 public:
  ExecSink(const DriverSpec& spec, AskProcess ask)
      : location_(location_of(spec)),
        file_(spec.text("file")),
        timeout_(spec.duration("timeout").value_or(kUsualTimeout)),
        ask_(std::move(ask)) {}

  [[nodiscard]] std::string describe() const override { return location_; }
  [[nodiscard]] std::string address() const override {
    // What the program says is better: two commands may lead to one place.
    const auto description = exchange(ask_, {kVerbDescribe, {}, {}}, timeout_);
    const bool is_told = description && !description->address.empty();
    return is_told ? "exec-address:" + description->address : "exec-command:" + location_;
  }

  // Where in its file the value stands only the program knows: the whole file is its place.
  [[nodiscard]] bool is_at(const FoundPlace& place) override {
    return !file_.empty() && place.is_file && place.path == platform::without_links(file_);
  }

  [[nodiscard]] base::Result<SinkContent> read() override {
    REKEY_TRY(const bool has_readback, lists(kVerbReadback));
    auto reply = say({has_readback ? kVerbReadback : kVerbRead, {}, {}});
    if (!reply && has_readback) return tl::unexpected(without_stored(std::move(reply).error()));
    if (!reply) return tl::unexpected(std::move(reply).error());
    return SinkContent{std::move(reply->value), std::move(reply->version)};
  }

  [[nodiscard]] base::Status check_writable(std::string_view sample) override {
    REKEY_TRY(const ExecReply store, say({kVerbRead, {}, {}}));
    REKEY_TRY(const SinkContent seen, read());
    if (!(seen.value == store.value)) {
      return base::fail(Code::kConflict,
                        fmt::format("{}: what is stored is not what its readers are given; bring "
                                    "the two together first",
                                    location_));
    }
    REKEY_TRY(const ExecReply writable, say({kVerbWrite, store.version, sample, true}));
    static_cast<void>(writable);
    return {};
  }

  [[nodiscard]] base::Status write(const Secret& expected, const Secret& value) override {
    for (int attempt = 0; attempt < kWriteAttempts; ++attempt) {
      REKEY_TRY(const bool is_written, write_once(expected, value));
      if (is_written) return bring_to_readers(value);
    }
    return base::fail(
        Code::kConflict,
        fmt::format("{}: its version changed between reading and writing, {} times in "
                    "a row: somebody else writes there; nothing was overwritten",
                    location_, kWriteAttempts));
  }

 private:
  static constexpr int kWriteAttempts = 3;

  // False where the version changed meanwhile. It covers what stands beside the value too: whether
  // the value itself is another one, the next try sees.
  [[nodiscard]] base::Result<bool> write_once(const Secret& expected, const Secret& value) {
    REKEY_TRY(const ExecReply present,
              say({kVerbRead, {}, {}}, {expected.reveal(), value.reveal()}));
    if (present.value == value) return true;
    if (!(present.value == expected)) {
      return base::fail(Code::kConflict,
                        fmt::format("{} holds a value that the engine did not write: somebody "
                                    "changed it since it was read; nothing was overwritten",
                                    location_));
    }
    const auto written = say({kVerbWrite, present.version, value.reveal()}, {expected.reveal()});
    if (written) return true;
    if (written.error().code == Code::kConflict) return false;
    return tl::unexpected(written.error());
  }
  // Also where the value stood there already: an earlier attempt may have ended in between.
  [[nodiscard]] base::Status bring_to_readers(const Secret& value) {
    REKEY_TRY(const bool has_reload, lists(kVerbReload));
    if (has_reload) {
      REKEY_TRY(const ExecReply reloaded, say({kVerbReload, {}, {}}, {value.reveal()}));
      static_cast<void>(reloaded);
    }
    REKEY_TRY(const bool has_readback, lists(kVerbReadback));
    if (!has_readback) return {};
    REKEY_TRY(const ExecReply seen, say({kVerbReadback, {}, {}}, {value.reveal()}));
    if (seen.value == value) return {};
    return base::fail(Code::kUnavailable,
                      fmt::format("{}: the new value is stored, but its readers are still given "
                                  "another one; run it again once they are",
                                  location_));
  }

  [[nodiscard]] base::Result<ExecReply> say(const ExecRequest& request,
                                            const std::vector<std::string_view>& values = {}) {
    std::vector<std::string_view> untold = values;
    for (const Secret& one : seen_) untold.push_back(one.reveal());
    auto reply = exchange(ask_, request, timeout_, untold);
    if (reply) remember(reply->value);
    if (reply) return reply;
    base::Error error = base::with_context(location_, std::move(reply).error());
    if (error.code == Code::kTimeout) {
      error.detail += "; run it by hand to see what it waits for, or allow it a longer timeout";
    }
    return tl::unexpected(std::move(error));
  }
  void remember(const Secret& value) {
    const bool is_known =
        std::any_of(seen_.begin(), seen_.end(), [&](const Secret& one) { return one == value; });
    if (!value.is_empty() && !is_known) seen_.push_back(value.clone());
  }
  // What is stored may stand in the words of a program that failed to show what its readers get.
  [[nodiscard]] base::Error without_stored(base::Error error) {
    const auto stored = say({kVerbRead, {}, {}});
    if (stored && holds_secret(error.detail, seen_)) {
      error.detail = without_values(std::move(error.detail), seen_);
      return base::with_context(location_, std::move(error));
    }
    return error;
  }
  [[nodiscard]] base::Result<bool> lists(std::string_view verb) {
    if (verbs_.empty()) {
      REKEY_TRY(ExecReply description, say({kVerbDescribe, {}, {}}));
      verbs_ = std::move(description.verbs);
    }
    return std::find(verbs_.begin(), verbs_.end(), verb) != verbs_.end();
  }

  std::string location_;
  std::string file_;  // that the program writes; empty: none is declared
  base::Duration timeout_;
  AskProcess ask_;
  std::vector<std::string> verbs_;  // empty until it was asked
  std::vector<Secret> seen_;        // what it has told of values: never to be shown
};

}  // namespace

std::unique_ptr<Sink> make_exec_sink(const DriverSpec& spec, AskProcess ask) {
  return std::make_unique<ExecSink>(spec, std::move(ask));
}

SinkKind exec_sink() {
  const KeySpec command{"command", KeyType::kWords, true, "the program and its arguments"};
  const KeySpec file{"file", KeyType::kPath, false,
                     "the file in which the program keeps the value: copies of it there are "
                     "covered"};
  const KeySpec timeout{"timeout", KeyType::kDuration, false, "how long one request may take", {},
                        0,         kLongestTimeout};
  return {{"exec", {command, file, timeout}, nullptr, location_of},
          [](const DriverSpec& spec, const DriverParts&) -> base::Result<std::unique_ptr<Sink>> {
            return make_exec_sink(spec, ask_command(command_of(spec)));
          }};
}

}  // namespace rekey::rotation
