// rekey inventory coverage: does the inventory name every place in which its secrets stand?
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/coverage_compare.h"
#include "cli/coverage_text.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "cli/scan_progress.h"
#include "rotation/engine/engine.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using rotation::Inventory;

Result<std::vector<Inventory>> chosen(rotation::InventoryFile file, const std::string& wanted) {
  if (wanted.empty()) return std::move(file.integrations);
  std::vector<Inventory> one;
  REKEY_TRY(one.emplace_back(), rotation::choose_integration(std::move(file), wanted));
  return one;
}

Result<std::vector<std::string>> roots_of(const Arguments& arguments,
                                          const rotation::InventoryFile& file) {
  auto paths = arguments.arguments("PATH");
  if (paths.empty()) paths = file.discovery.roots;
  if (!paths.empty()) return paths;
  return fail(Code::kInvalidArgument,
              fmt::format("where to look is not known: name files or folders, or declare them in "
                          "{}, as discovery: {{roots: [..]}}",
                          file.path));
}

Result<std::vector<HeldBy>> read_all(Context& context, Desk& desk,
                                     std::vector<Inventory> inventories) {
  std::vector<HeldBy> all;
  for (Inventory& one : inventories) {
    HeldBy by;
    by.held = rotation::read_places(one, desk.drivers);
    if (!one.client_id.empty()) {
      REKEY_TRY(const auto open,
                rotation::peek_open_run(context.files, one.state_folder, one.client_id, one.slot));
      if (open) by.open_run = open->run_id;
    }
    by.inventory = std::move(one);
    all.push_back(std::move(by));
  }
  return all;
}

}  // namespace

Result<int> run_inventory_coverage(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(auto file, rotation::load_inventories(path, desk.parts));
  REKEY_TRY(const auto roots, roots_of(arguments, file));
  const rotation::DiscoveryRules rules = file.discovery;
  REKEY_TRY(auto inventories, chosen(std::move(file), desk.parts.integration));
  if (inventories.empty()) {
    return fail(Code::kInvalidArgument,
                fmt::format("{} names no integration, so there is no secret to look for; `rekey "
                            "scan` finds secrets without an inventory",
                            path));
  }
  REKEY_TRY(auto integrations, read_all(context, desk, std::move(inventories)));
  ScanProgress progress(context);
  REKEY_TRY(const auto report, CoverageReport::make(std::move(integrations), roots, progress));
  progress.end();
  arguments.wants_json() ? print_coverage_json(context, report) : print_coverage(context, report);
  std::fflush(context.out);  // before the warnings, where both go to one file
  const bool is_whole = arguments.arguments("PATH").empty() && desk.parts.integration.empty();
  for (const std::string& one : report.idle_entries(rules, is_whole)) {
    std::fputs(printable(fmt::format("warning: {}\n", one)).c_str(), context.err);
  }
  if (!report.is_complete()) return kExitFailed;
  const bool is_any = std::any_of(report.rows().begin(), report.rows().end(),
                                  [](const CoverageRow& row) { return needs_person(row.state); });
  return is_any ? kExitNeedsPerson : kExitOk;
}

}  // namespace rekey::cli
