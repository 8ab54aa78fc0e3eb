// rekey rehearse: the rotation of an inventory as it would go, before anything real is touched.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "net/json.h"
#include "rotation/inventory/due.h"
#include "rotation/rehearsal/rehearsal.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

std::string in_seconds(base::Duration duration) {
  return base::format_duration(std::chrono::floor<std::chrono::seconds>(duration));
}

struct Played {
  std::string name;
  rotation::Rehearsal rehearsal;
};

bool is_alive(const rotation::IssuedSecret& secret) {
  return rotation::is_accepted(secret.state);
}

Result<Played> play(Context& context, const Arguments& arguments, Desk& desk,
                    rotation::FactReader& reader, rotation::Inventory inventory) {
  const auto now = context.clock.now();
  REKEY_TRY(auto facts, reader.read(inventory));
  rotation::fill_in_end(inventory, facts);
  if (!inventory.expires_at && !arguments.has("--now")) {
    facts.assumed.emplace_back(
        "nobody knows when the present secret ends, so the run begins now; put generated_at or "
        "expires_at into the inventory");
  }
  REKEY_TRY(const auto open, rotation::peek_open_run(context.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  if (open) rotation::leave_out_open_run(facts, open->run_id);
  const auto due = inventory.expires_at ? rotation::due_of(inventory, *inventory.expires_at) : now;
  auto begin_at = arguments.has("--now") ? now : std::max(due, now);
  // As `rekey rotate --due` would: after the freeze, and at once where everybody is cut off.
  const bool is_any_accepted =
      !facts.secrets || std::any_of(facts.secrets->begin(), facts.secrets->end(), is_alive);
  const auto* freeze = rotation::find_freeze(inventory.freezes, begin_at);
  if (freeze != nullptr && is_any_accepted) begin_at = freeze->to;
  rotation::RehearsalRequest request{inventory, desk.drivers.registry(), std::move(facts),
                                     begin_at};
  if (arguments.has("--person-takes")) {
    const auto takes = base::parse_duration(arguments.get_or("--person-takes", ""));
    if (!takes) return fail(Code::kInvalidArgument, "--person-takes: " + takes.error().detail);
    request.person_takes = *takes;
  }
  return Played{inventory.name, rotation::rehearse(request)};
}

void print_fleet(const Context& context, const std::vector<Played>& all) {
  Table table({"NAME", "BEGINS", "TAKES", "LONGEST WAIT", "PEOPLE", "SECRETS", "ENDS"});
  for (const Played& one : all) {
    const auto& rehearsal = one.rehearsal;
    table.add({{printable(one.name)},
               {base::format_instant(rehearsal.begun_at)},
               {in_seconds(rehearsal.ended_at - rehearsal.begun_at)},
               {in_seconds(rehearsal.longest_wait)},
               {std::to_string(rehearsal.people_needed)},
               {rehearsal.has_read_secrets ? "read" : "assumed"},
               {rehearsal.is_closed ? "closed" : "not closed",
                rehearsal.is_good() ? Tone::kGood : Tone::kBad}});
  }
  table.print(context);
  const bool is_any_assumed = std::any_of(
      all.begin(), all.end(), [](const Played& one) { return !one.rehearsal.has_read_secrets; });
  if (is_any_assumed) {
    print_line(context,
               "assumed: the issuer tells nothing of its secrets, or did not answer; `rekey "
               "rehearse -i NAME` says what was taken to be so");
  }
  for (const Played& one : all) {
    for (const auto& finding : one.rehearsal.findings) {
      print_line(context, fmt::format("{} {}{}{}: {}\n    {}", finding.is_harm ? "✗" : "!",
                                      one.name, finding.consumer.empty() ? "" : ", ",
                                      finding.consumer, finding.what, finding.mend));
    }
  }
}

void print_fleet_json(const Context& context, const std::vector<Played>& all) {
  std::string out = "[";
  for (const Played& one : all) {
    std::string name;
    net::append_json_string(name, one.name);
    const std::string rehearsal = rotation::render_json(one.rehearsal);
    out += fmt::format("{}{{\"name\":{},{}", out.size() > 1 ? "," : "", name,
                       std::string_view(rehearsal).substr(1));
  }
  print_json(context, out + "]");
}

}  // namespace

Result<int> run_rehearse(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(auto file, rotation::load_inventories(path, desk.parts));
  const bool is_one = arguments.has("--integration") || file.integrations.size() == 1;
  if (is_one) {
    REKEY_TRY(auto chosen, rotation::load_inventory(path, desk.parts));
    file.integrations.clear();
    file.integrations.push_back(std::move(chosen));
  }
  rotation::FactReader reader(desk.drivers, rotation::WithUsage::kYes);
  std::vector<Played> all;
  bool is_good = true;
  for (const auto& inventory : file.integrations) {
    if (inventory.client_id.empty() || inventory.consumers.empty()) {
      std::fprintf(context.err,
                   "rekey: %s is left out: its client id or its consumers are missing\n",
                   printable(inventory.name).c_str());
      is_good = false;
      continue;
    }
    REKEY_TRY(auto played, play(context, arguments, desk, reader, inventory));
    is_good = is_good && played.rehearsal.is_good();
    all.push_back(std::move(played));
  }
  if (arguments.wants_json()) {
    print_fleet_json(context, all);
  } else if (is_one && !all.empty()) {
    print_line(context, rotation::render_text(all.front().rehearsal));
  } else {
    print_fleet(context, all);
  }
  return is_good ? kExitOk : kExitNeedsPerson;
}

}  // namespace rekey::cli
