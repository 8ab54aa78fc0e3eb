#include "cli/watch_begin.h"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "cli/rotate_due.h"
#include "cli/telling.h"
#include "net/json.h"
#include "platform/process.h"
#include "rotation/engine/crew.h"
#include "rotation/engine/fleet_search.h"
#include "rotation/engine/schedule.h"

namespace rekey::cli {
namespace {

using base::Result;
using rotation::DueOne;
using rotation::Outcome;
using rotation::Reporter;

// JSON lines of many threads, each whole; what was said of an integration is not said twice.
class Lines {
 public:
  explicit Lines(Context& context) : context_(context) {}
  void print(const std::string& line) {
    const std::lock_guard lock(mutex_);
    print_now(line);
  }
  // `about` and `words` are what makes it another one: not the time.
  void print_news(const std::string& about, const std::string& words, const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(said_[about], words) != words) print_now(line);
  }
  void forget(const std::string& about) {
    const std::lock_guard lock(mutex_);
    said_.erase(about);
  }

 private:
  void print_now(const std::string& line) {
    print_json(context_, line);
    std::fflush(context_.out);
  }

  Context& context_;
  std::mutex mutex_;
  std::map<std::string, std::string> said_;  // guarded by mutex_
};

std::string event_line(const std::string& name, const rotation::RunNotice& notice) {
  net::JsonWriter json;
  json.begin_object()
      .member("at", base::format_instant(notice.at))
      .member("integration", name)
      .member("run", notice.run_id)
      .member("event", notice.event)
      .member("phase", notice.phase)
      .member("consumer", notice.consumer)
      .member("message", notice.message)
      .end_object();
  return json.release();
}

// An event a line; what a run waits for in between would be a line a second.
class EventPrinter final : public Reporter {
 public:
  EventPrinter(Lines& lines, std::string name) : lines_(lines), name_(std::move(name)) {}
  void on_event(const rotation::RunNotice& notice) override {
    lines_.print(event_line(name_, notice));
  }
  void on_progress(const rotation::Progress&) override {}

 private:
  Lines& lines_;
  std::string name_;
};

class ToldEvents final : public Reporter {
 public:
  ToldEvents(Lines& lines, const std::string& name, RunTeller teller)
      : printer_(lines, name), teller_(std::move(teller)) {
    teller_.listen_beside(printer_);
  }
  void on_event(const rotation::RunNotice& notice) override { teller_.on_event(notice); }
  void on_progress(const rotation::Progress& progress) override { teller_.on_progress(progress); }
  void on_lull() override { teller_.on_lull(); }
  void tell() { teller_.tell(); }

 private:
  EventPrinter printer_;
  RunTeller teller_;
};

void tell_not_started(const Context& context, Lines& lines, const rotation::NotNow& one) {
  lines.print_news("start of " + one.name, one.why,
                   rotation::to_json_line(one, context.clock.now()));
}

class CrewTeller final : public rotation::FleetObserver {
 public:
  CrewTeller(Context& context, Lines& lines, const NoticeConfig& config)
      : context_(context), lines_(lines), config_(config) {}

  std::unique_ptr<Reporter> begin(const DueOne& one, bool) override {
    RunTeller teller(context_, config_, one.inventory.path);
    teller.take_turns(telling_);
    return std::make_unique<ToldEvents>(lines_, one.inventory.name, std::move(teller));
  }

  void end(const DueOne& one, Reporter& reporter, const Result<Outcome>& ended) override {
    static_cast<ToldEvents&>(reporter).tell();
    const std::string_view ending = !ended                                          ? "failed"
                                    : ended->ending == rotation::Ending::kClosed    ? "closed"
                                    : ended->ending == rotation::Ending::kAbandoned ? "given_up"
                                                                                    : "parked";
    const std::string message = ended ? ended->message : ended.error().detail;
    net::JsonWriter json;
    json.begin_object()
        .member("at", base::format_instant(context_.clock.now()))
        .member("integration", one.inventory.name)
        .member("run", ended ? ended->run_id : std::string())
        .member("event", "run_ended")
        .member("ending", ending)
        .member("message", message)
        .end_object();
    lines_.print_news("end of " + one.inventory.client_id, message, json.release());
  }

  void hold_back(const DueOne& one, const std::string& why) override {
    tell_not_started(context_, lines_, {one.inventory.name, one.inventory.client_id, why});
  }
  // The next look finds how it stands, and says it.
  void leave_out(const DueOne&, const std::string&, bool) override {}

 private:
  Context& context_;
  Lines& lines_;
  const NoticeConfig& config_;
  std::mutex telling_;
};

}  // namespace

class RunBeginner::Parts {
 public:
  Parts(Context& context, const Arguments& arguments, const NoticeConfig& config,
        const rotation::FleetLimits& limits, base::Duration lead)
      : context_(context),
        paths_(arguments.all("--file")),
        lead_(lead),
        desk_(context, arguments),
        lines_(context),
        teller_(context, lines_, config),
        why_later_(fmt::format(
            "{} others go on (--parallel): it starts when one of them has ended, or has only "
            "waited for {}",
            limits.parallel, base::format_duration(rotation::kPlaceKept))),
        search_(desk_.parts),
        parts_(search_.in_place_of_search(desk_.parts)),
        crew_(parts_, limits, journal_turn_, teller_) {}

  void look(rotation::AwayIssuers& away) {
    std::vector<DueOne> due;
    for (const std::string& path : paths_) {
      auto list = rotation::list_due(path, desk_.parts, lead_, &away);
      if (!list) {
        std::fprintf(context_.err, "rekey: nothing of %s is begun: %s\n", printable(path).c_str(),
                     printable(list.error().detail).c_str());
        continue;
      }
      for (DueOne& one : list->due) {
        if (!crew_.is_under_way(one.inventory)) due.push_back(std::move(one));
      }
      for (const std::string& name : list->without_client_id) {
        tell_not_started(context_, lines_,
                         {name, {}, "due, and its client id is not in the inventory"});
      }
    }
    rotation::Sorted sorted =
        rotation::sort_out(std::move(due), desk_.parts, rotation::Attendance::kNobody, &away);
    for (const rotation::NotNow& one : sorted.later) tell_not_started(context_, lines_, one);
    search_.expect(sorted.now);
    std::set<std::string> waiting;
    for (const DueOne& one : crew_.take(sorted.now)) {
      waiting.insert(one.inventory.name);
      tell_not_started(context_, lines_, {one.inventory.name, one.inventory.client_id, why_later_});
    }
    for (const DueOne& one : sorted.now) {
      if (!waiting.contains(one.inventory.name)) lines_.forget("start of " + one.inventory.name);
    }
  }
  void wait() { crew_.wait(); }
  [[nodiscard]] std::mutex& journal_turn() noexcept { return journal_turn_; }

 private:
  Context& context_;
  const std::vector<std::string> paths_;
  const base::Duration lead_;
  Desk desk_;
  Lines lines_;
  CrewTeller teller_;
  std::mutex journal_turn_;
  const std::string why_later_;
  rotation::FleetSearch search_;
  rotation::EngineParts parts_;
  rotation::Crew crew_;
};

RunBeginner::RunBeginner(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RunBeginner::~RunBeginner() = default;

Result<std::unique_ptr<RunBeginner>> RunBeginner::make(Context& context, const Arguments& arguments,
                                                       const NoticeConfig& config) {
  if (!arguments.has("--file")) {
    return base::fail(base::Code::kInvalidArgument,
                      "--begin begins rotations of an inventory: name it with -f FILE");
  }
  REKEY_TRY(const auto limits, limits_from(arguments));
  REKEY_TRY(const auto lead, lead_from(arguments));
  platform::raise_open_files_limit_to(rotation::kOpenFilesOfMany);
  return std::unique_ptr<RunBeginner>(
      new RunBeginner(std::make_unique<Parts>(context, arguments, config, limits, lead)));
}

void RunBeginner::look(rotation::AwayIssuers& away) {
  parts_->look(away);
}
void RunBeginner::wait() {
  parts_->wait();
}
std::mutex& RunBeginner::journal_turn() noexcept {
  return parts_->journal_turn();
}

}  // namespace rekey::cli
