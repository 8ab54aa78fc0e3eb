#include "cli/rotate_due.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/run_choice.h"
#include "cli/run_reporter.h"
#include "cli/telling.h"
#include "cli/terminal.h"
#include "platform/process.h"
#include "rotation/engine/crew.h"
#include "rotation/engine/fleet.h"
#include "rotation/engine/schedule.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using rotation::DueList;
using rotation::DueOne;
using rotation::Reporter;

constexpr std::int64_t kMostParallel = 256;
constexpr std::size_t kNameColumns = 24;

// A line an event, with the integration's name before it: lines of many runs are mixed.
class NamedReporter final : public Reporter {
 public:
  NamedReporter(const Context& context, std::string name, std::mutex& turn)
      : context_(context), name_(std::move(name)), turn_(turn) {}
  void on_event(const rotation::RunNotice& notice) override {
    const std::lock_guard lock(turn_);
    print_line(context_,
               fmt::format("{}  {:<{}}  {}  {}",
                           in_tone(context_, base::format_instant(notice.at), Tone::kFaint), name_,
                           kNameColumns,
                           in_tone(context_, fmt::format("{:<12}", notice.phase), Tone::kGood),
                           complete_commands(notice.message, {context_.target.file, name_})));
    std::fflush(context_.out);
  }
  void on_progress(const rotation::Progress&) override {}

 private:
  const Context& context_;
  const std::string name_;
  std::mutex& turn_;
};

class LockedJson final : public Reporter {
 public:
  LockedJson(const Context& context, std::mutex& turn) : json_(context), turn_(turn) {}
  void on_event(const rotation::RunNotice& notice) override {
    const std::lock_guard lock(turn_);
    json_.on_event(notice);
  }
  void on_progress(const rotation::Progress& progress) override {
    const std::lock_guard lock(turn_);
    json_.on_progress(progress);
  }

 private:
  JsonReporter json_;
  std::mutex& turn_;
};

// What prints, and before it who tells owners and contacts.
class ToldReporter final : public Reporter {
 public:
  ToldReporter(std::unique_ptr<Reporter> printer, RunTeller teller)
      : printer_(std::move(printer)), teller_(std::move(teller)) {
    teller_.listen_beside(*printer_);
  }
  void on_event(const rotation::RunNotice& notice) override { teller_.on_event(notice); }
  void on_progress(const rotation::Progress& progress) override { teller_.on_progress(progress); }
  void on_lull() override { teller_.on_lull(); }
  // Ends the live line, too.
  void finish() {
    printer_.reset();
    teller_.tell();
  }

 private:
  std::unique_ptr<Reporter> printer_;
  RunTeller teller_;
};

void tell_not_now(Context& context, bool is_json, const rotation::NotNow& one) {
  if (is_json) print_json(context, rotation::to_json_line(one, context.clock.now()));
  const std::string until =
      one.at ? fmt::format(" (until {})", base::format_instant(*one.at)) : std::string();
  const std::string why = complete_commands(one.why, {context.target.file, one.name});
  std::fprintf(context.err, "rekey: %s %s: %s%s\n", printable(one.name).c_str(),
               one.is_stuck ? "is stuck" : "is not started", printable(why).c_str(), until.c_str());
}

class FleetTeller final : public rotation::FleetObserver {
 public:
  FleetTeller(Context& context, const Arguments& arguments, const std::vector<DueOne>& due,
              RunTeller teller)
      : context_(context), is_json_(arguments.wants_json()), due_(due), teller_(std::move(teller)) {
    teller_.take_turns(telling_);
  }

  std::unique_ptr<Reporter> begin(const DueOne& one, bool is_alone) override {
    if (is_alone && !is_json_) {
      print_line(context_, fmt::format("\n{} ({} of {})", one.inventory.name,
                                       &one - due_.data() + 1, due_.size()));
    }
    std::unique_ptr<Reporter> printer;
    if (is_json_) {
      printer = std::make_unique<LockedJson>(context_, printing_);
    } else if (is_alone) {
      printer = std::make_unique<TextReporter>(
          context_, CommandTarget{context_.target.file, one.inventory.name});
    } else {
      printer = std::make_unique<NamedReporter>(context_, one.inventory.name, printing_);
    }
    return std::make_unique<ToldReporter>(std::move(printer), teller_);
  }

  void end(const DueOne& one, Reporter& reporter, const Result<rotation::Outcome>& ended) override {
    static_cast<ToldReporter&>(reporter).finish();
    const bool is_closed = ended && ended->ending == rotation::Ending::kClosed;
    const std::string said = printable(complete_commands(
        ended ? ended->message : ended.error().detail, {context_.target.file, one.inventory.name}));
    const std::lock_guard lock(printing_);
    ++(is_closed ? closed_ : ended ? waiting_ : failed_);
    codes_.insert(is_closed ? kExitOk
                  : ended   ? kExitNeedsPerson
                            : exit_code_of(ended.error().code));
    if (ended && due_.size() == 1) {
      std::fprintf(is_closed && !is_json_ ? context_.out : context_.err, "%s\n", said.c_str());
    } else {
      std::fprintf(is_closed && !is_json_ ? context_.out : context_.err, "%s%s: %s\n",
                   ended ? "" : "rekey: ", printable(one.inventory.name).c_str(), said.c_str());
    }
  }

  void hold_back(const DueOne& one, const std::string& why) override {
    const std::lock_guard lock(printing_);
    ++held_back_;
    codes_.insert(kExitNeedsPerson);
    tell_not_now(context_, is_json_, {one.inventory.name, one.inventory.client_id, why});
  }

  void leave_out(const DueOne& one, const std::string& why, bool is_done) override {
    const std::lock_guard lock(printing_);
    ++(is_done ? done_elsewhere_ : held_back_);
    codes_.insert(is_done ? kExitOk : kExitNeedsPerson);
    tell_not_now(context_, is_json_, {one.inventory.name, one.inventory.client_id, why});
  }

  [[nodiscard]] const std::set<int>& codes() const noexcept { return codes_; }
  void tell_the_sum() const {
    if (due_.size() < 2 || is_json_) return;
    const std::string held =
        held_back_ == 0 ? std::string() : fmt::format(", {} not begun", held_back_);
    const std::string elsewhere =
        done_elsewhere_ == 0 ? std::string()
                             : fmt::format(", {} finished by somebody else", done_elsewhere_);
    print_line(context_, fmt::format("\n{} of {} rotated, {} wait for a person, {} failed{}{}",
                                     closed_, due_.size(), waiting_, failed_, held, elsewhere));
  }

 private:
  Context& context_;
  const bool is_json_;
  const std::vector<DueOne>& due_;
  std::mutex telling_;
  RunTeller teller_;  // copied for each run
  std::mutex printing_;
  int closed_ = 0;  // guarded by printing_, as those below
  int waiting_ = 0;
  int failed_ = 0;
  int held_back_ = 0;
  int done_elsewhere_ = 0;
  std::set<int> codes_;  // the exit code of each, had it been alone; guarded by printing_
};

// What is due and not started, and the exit code that each would have alone.
std::set<int> tell_what_is_left(Context& context, const Arguments& arguments,
                                const std::vector<rotation::NotNow>& left) {
  std::set<int> codes;
  for (const rotation::NotNow& one : left) {
    codes.insert(exit_code_of(one.code));
    tell_not_now(context, arguments.wants_json(), one);
  }
  return codes;
}

// Where all that is not done has one code, that one; else somebody has to look.
int sum_of(std::set<int> codes) {
  codes.erase(kExitOk);
  if (codes.empty()) return kExitOk;
  return codes.size() == 1 ? *codes.begin() : kExitNeedsPerson;
}

std::string quoted_names(const std::vector<std::string>& names) {
  return printable(fmt::format("\"{}\"", fmt::join(names, "\", \"")));
}

void tell_what_is_not_due(const Context& context, const DueList& list) {
  if (!list.unknown.empty()) {
    std::fprintf(context.err,
                 "rekey: client id or end date of these is unknown, so they are not begun: %s "
                 "(`rekey inventory check` says what is missing)\n",
                 quoted_names(list.unknown).c_str());
  }
  if (!list.without_client_id.empty()) {
    std::fprintf(context.err,
                 "rekey: DUE, and cannot begin before their client id is in the inventory: %s\n",
                 quoted_names(list.without_client_id).c_str());
  }
  if (list.due.empty() && list.without_client_id.empty()) {
    std::fprintf(context.err, "nothing is due%s\n",
                 list.next ? (" before " + base::format_instant(*list.next)).c_str() : "");
  }
}

// Each is named before anybody says yes.
Result<bool> is_wanted(const Context& context, const Arguments& arguments,
                       const std::vector<DueOne>& due, const rotation::FleetLimits& limits) {
  if (arguments.has("--yes")) return true;
  if (!can_ask(context)) {
    return fail(Code::kInvalidArgument,
                "rotations end old secrets, and nobody is there to ask; say --yes");
  }
  for (const DueOne& one : due) print_line(context, "  " + one.inventory.name);
  const std::string how = due.size() == 1 || limits.parallel == 1
                              ? std::string("one after the other")
                              : fmt::format("up to {} at once", limits.parallel);
  return ask(context,
             fmt::format("Rotate {}, {}, the steps without a way back included?", due.size(), how));
}

}  // namespace

Result<rotation::FleetLimits> limits_from(const Arguments& arguments) {
  rotation::FleetLimits limits;
  REKEY_TRY(const auto parallel,
            arguments.number_or("--parallel", limits.parallel, 1, kMostParallel));
  REKEY_TRY(const auto calls,
            arguments.number_or("--issuer-calls", limits.calls_per_issuer, 1, kMostParallel));
  limits.parallel = static_cast<int>(parallel);
  limits.calls_per_issuer = static_cast<int>(calls);
  return limits;
}

Result<base::Duration> lead_from(const Arguments& arguments) {
  if (!arguments.has("--lead")) return rotation::kUsualLead;
  const auto given = base::parse_duration(arguments.get_or("--lead", ""));
  if (!given) return fail(Code::kInvalidArgument, "--lead: " + given.error().detail);
  return *given;
}

Result<int> rotate_due(Context& context, const Arguments& arguments, const std::string& path,
                       rotation::EngineParts& parts) {
  REKEY_TRY(const auto limits, limits_from(arguments));
  REKEY_TRY(const auto lead, lead_from(arguments));
  REKEY_TRY(auto list, rotation::list_due(path, parts, lead));
  tell_what_is_not_due(context, list);
  REKEY_TRY(const auto file, rotation::load_inventories(path, parts));
  REKEY_TRY(const auto unclaimed, tell_unclaimed_runs(context, file.integrations));
  auto sorted = rotation::sort_out(std::move(list.due), parts, rotation::Attendance::kSomebody);
  std::set<int> codes = tell_what_is_left(context, arguments, sorted.later);
  if (!list.unknown.empty() || !list.without_client_id.empty() || !unclaimed.empty()) {
    codes.insert(kExitNeedsPerson);
  }
  if (sorted.now.empty()) return sum_of(std::move(codes));
  REKEY_TRY(const bool goes_on, is_wanted(context, arguments, sorted.now, limits));
  if (!goes_on) {
    std::fputs("rekey: nothing was changed\n", context.err);
    return kExitStopped;
  }
  end_on_signals_saying(kInterrupted);
  platform::raise_open_files_limit_to(rotation::kOpenFilesOfMany);
  REKEY_TRY(RunTeller teller, RunTeller::from(context, arguments, path));
  FleetTeller fleet(context, arguments, sorted.now, std::move(teller));
  rotation::rotate_fleet(sorted.now, parts, limits, fleet);
  fleet.tell_the_sum();
  codes.insert(fleet.codes().begin(), fleet.codes().end());
  return sum_of(std::move(codes));
}

}  // namespace rekey::cli
