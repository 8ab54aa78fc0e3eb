#include "cli/run_choice.h"

#include <fmt/format.h>

#include <cstdio>
#include <set>
#include <utility>

#include "cli/output.h"
#include "rotation/engine/waiting.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::Result;

Result<std::optional<ChosenRun>> read_run(Context& context, rotation::Inventory inventory,
                                          const std::string& run_id) {
  ChosenRun run{std::move(inventory), run_id, {}, {}, false};
  REKEY_TRY(run.events,
            rotation::peek_events(context.files, run.inventory.state_folder, run.run_id));
  if (run.events.empty()) {
    return base::fail(Code::kCorrupt, fmt::format("the journal of {} is empty", run_id));
  }
  run.state = rotation::fold(run.events);
  if (!run.is_closed()) {
    REKEY_TRY(run.is_worked_on, rotation::is_worked_on(context.files, run.inventory));
  }
  return std::optional(std::move(run));
}

Result<std::optional<ChosenRun>> find_run(Context& context, const std::string& path, Desk& desk,
                                          const std::string& run_id) {
  REKEY_TRY(auto file, rotation::load_inventories(path, desk.parts));
  std::set<std::string> folders;
  for (const auto& one : file.integrations) folders.insert(one.state_folder);
  for (const std::string& folder : folders) {
    REKEY_TRY(const auto records, rotation::peek_runs(context.files, folder));
    for (const auto& record : records) {
      if (record.run_id != run_id) continue;
      for (auto& one : file.integrations) {
        const bool is_its = one.state_folder == folder && one.client_id == record.whose.client_id &&
                            one.slot == record.whose.slot;
        if (!is_its) continue;
        if (file.integrations.size() > 1) context.target.integration = one.name;
        return read_run(context, std::move(one), run_id);
      }
      return base::fail(Code::kInvalidArgument,
                        fmt::format("{} is a run of {} slot {}, which is not in {}", run_id,
                                    record.whose.client_id, record.whose.slot, path));
    }
  }
  return base::fail(Code::kInvalidArgument,
                    fmt::format("no run of {} has the name {}; `rekey run list -f {}` tells them",
                                path, run_id, path));
}

}  // namespace

Result<std::optional<ChosenRun>> choose_run(Context& context, const Arguments& arguments,
                                            Desk& desk) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  const auto run_id = arguments.argument("RUN");
  if (!run_id.empty()) return find_run(context, path, desk, run_id);
  REKEY_TRY(auto inventory, rotation::load_inventory(path, desk.parts));
  REKEY_TRY(const auto open, rotation::peek_open_run(context.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  if (!open) return std::nullopt;
  return read_run(context, std::move(inventory), open->run_id);
}

base::Instant stands_since(const std::vector<rotation::RunEvent>& events) {
  if (const auto since = rotation::parked_since(events)) return *since;
  rotation::RunState state;
  auto phase = rotation::Phase::kPlanned;
  base::Instant since = events.front().at;
  for (const rotation::RunEvent& event : events) {
    state = rotation::apply(std::move(state), event);
    const auto now = rotation::shown_phase(state);
    if (std::exchange(phase, now) != now) since = event.at;
  }
  return since;
}

std::string phase_in_words(const rotation::RunState& state) {
  if (state.is_abandoned) return "GivenUp";
  return std::string(rotation::name_of(rotation::shown_phase(state)));
}

Result<std::vector<rotation::UnclaimedRun>> tell_unclaimed_runs(
    Context& context, const std::vector<rotation::Inventory>& integrations) {
  REKEY_TRY(auto found, rotation::find_unclaimed_runs(context.files, integrations));
  for (const auto& one : found) {
    std::fprintf(context.err, "rekey: %s\n", printable(rotation::describe(one)).c_str());
  }
  return found;
}

void print_no_open_run(const Context& context, const Arguments& arguments) {
  if (arguments.wants_json()) {
    print_json(context, R"({"run":null})");
    return;
  }
  print_line(context, "no run is open; `rekey run list` tells those that are over");
}

}  // namespace rekey::cli
