// rekey run list: every run of an inventory's integrations.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "cli/run_choice.h"
#include "net/json.h"
#include "rotation/engine/task.h"
#include "rotation/engine/waiting.h"

namespace rekey::cli {
namespace {

using base::Result;

struct ListedRun {
  rotation::RunRecord record;
  std::string name;  // of its integration; empty where no inventory has that any more
  std::string phase;
  base::Instant since{};
  std::string waits_for;  // in a word or two; empty where nobody is waited for
};

bool is_chosen(const rotation::Inventory& one, const Arguments& arguments) {
  const auto wanted = arguments.get_or("--integration", "");
  return !one.client_id.empty() &&
         (wanted.empty() || one.name == wanted || one.client_id == wanted);
}

// How far it has come, and since when it stands there.
Result<rotation::RunState> read_progress(Context& context, const std::string& folder,
                                         ListedRun& run) {
  REKEY_TRY(const auto events, rotation::peek_events(context.files, folder, run.record.run_id));
  auto state = rotation::fold(events);
  run.phase = phase_in_words(state);
  if (!events.empty()) run.since = stands_since(events);
  return state;
}

Result<ListedRun> read_one(Context& context, const rotation::RunRecord& record,
                           const rotation::Inventory& inventory) {
  ListedRun run{record, inventory.name, {}, record.opened_at, {}};
  REKEY_TRY(const auto state, read_progress(context, inventory.state_folder, run));
  if (record.closed_at) return run;
  run.waits_for = rotation::waits_for(state, context.clock.now());
  if (!state.parked) {
    REKEY_TRY(const bool is_at_work, rotation::is_worked_on(context.files, inventory));
    if (!is_at_work) run.waits_for = "a start";
  }
  return run;
}

// Whose integration is not in the inventory; each is told in a sentence beside the table.
Result<std::vector<ListedRun>> read_unclaimed(Context& context,
                                              const rotation::InventoryFile& file) {
  std::vector<ListedRun> runs;
  REKEY_TRY(const auto found, tell_unclaimed_runs(context, file.integrations));
  for (const auto& one : found) {
    ListedRun run{one.record, {}, {}, one.record.opened_at, "its entry in the inventory"};
    REKEY_TRY(const auto state, read_progress(context, one.folder, run));
    static_cast<void>(state);
    runs.push_back(std::move(run));
  }
  return runs;
}

Result<std::vector<ListedRun>> read_runs(Context& context, const Arguments& arguments,
                                         const rotation::InventoryFile& file) {
  std::map<std::tuple<std::string, std::string, std::string>, const rotation::Inventory*> known;
  std::set<std::string> folders;
  for (const auto& one : file.integrations) {
    if (!is_chosen(one, arguments)) continue;
    known.emplace(std::tuple(one.state_folder, one.client_id, one.slot), &one);
    folders.insert(one.state_folder);
  }
  if (known.empty() && arguments.has("--integration")) {
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("{} has no integration {} with a client id", file.path,
                                  arguments.get_or("--integration", "")));
  }
  std::vector<ListedRun> runs;
  for (const std::string& folder : folders) {
    REKEY_TRY(const auto records, rotation::peek_runs(context.files, folder));
    for (const auto& record : records) {
      const auto whose = known.find({folder, record.whose.client_id, record.whose.slot});
      if (whose == known.end() || (record.closed_at && arguments.has("--open"))) continue;
      REKEY_TRY(ListedRun run, read_one(context, record, *whose->second));
      runs.push_back(std::move(run));
    }
  }
  if (!arguments.has("--integration")) {
    REKEY_TRY(const auto unclaimed, read_unclaimed(context, file));
    runs.insert(runs.end(), unclaimed.begin(), unclaimed.end());
  }
  std::stable_sort(runs.begin(), runs.end(), [](const ListedRun& a, const ListedRun& b) {
    return a.record.opened_at > b.record.opened_at;
  });
  return runs;
}

Tone tone_of(const ListedRun& run) {
  if (run.record.closed_at) return Tone::kFaint;
  return run.waits_for.empty() ? Tone::kGood : Tone::kWarning;
}

void print_runs(const Context& context, const std::vector<ListedRun>& runs) {
  Table table({"RUN", "INTEGRATION", "PHASE", "SINCE", "WAITS FOR"});
  for (const ListedRun& run : runs) {
    table.add({{run.record.run_id},
               {run.name.empty() ? "- (" + run.record.whose.client_id + ")" : run.name},
               {run.phase, tone_of(run)},
               {base::format_instant(run.since)},
               {run.waits_for.empty() ? "-" : run.waits_for}});
  }
  table.print(context);
}

void print_runs_as_json(const Context& context, const std::vector<ListedRun>& runs) {
  net::JsonWriter json;
  json.begin_object().key("runs").begin_array();
  for (const ListedRun& run : runs) {
    std::optional<std::string> closed_at;
    if (run.record.closed_at) closed_at = base::format_instant(*run.record.closed_at);
    std::optional<std::string> waits_for;
    if (!run.waits_for.empty()) waits_for = run.waits_for;
    std::optional<std::string> name;
    if (!run.name.empty()) name = run.name;
    json.begin_object()
        .member("run", run.record.run_id)
        .member("integration", name)
        .member("client_id", run.record.whose.client_id)
        .member("slot", run.record.whose.slot)
        .member("phase", run.phase)
        .member("opened_at", base::format_instant(run.record.opened_at))
        .member("closed_at", closed_at)
        .member("since", base::format_instant(run.since))
        .member("waits_for", waits_for)
        .end_object();
  }
  json.end_array().end_object();
  print_json(context, json.release());
}

}  // namespace

Result<int> run_run_list(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto file, rotation::load_inventories(path, desk.parts));
  REKEY_TRY(const auto runs, read_runs(context, arguments, file));
  if (arguments.wants_json()) {
    print_runs_as_json(context, runs);
  } else if (runs.empty()) {
    print_line(context, arguments.has("--open") ? "no run is open" : "no run was ever begun");
  } else {
    print_runs(context, runs);
  }
  const bool needs_somebody = std::any_of(
      runs.begin(), runs.end(), [](const ListedRun& run) { return !run.waits_for.empty(); });
  return needs_somebody ? kExitNeedsPerson : kExitOk;
}

}  // namespace rekey::cli
