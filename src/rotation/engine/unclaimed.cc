#include "rotation/engine/unclaimed.h"

#include <fmt/format.h>

#include <set>
#include <tuple>

namespace rekey::rotation {

base::Result<std::vector<UnclaimedRun>> find_unclaimed_runs(
    platform::Files& files, const std::vector<Inventory>& integrations) {
  std::set<std::string> folders;
  std::set<std::tuple<std::string, std::string, std::string>> claimed;
  for (const Inventory& one : integrations) {
    folders.insert(one.state_folder);
    claimed.emplace(one.state_folder, one.client_id, one.slot);
  }
  std::vector<UnclaimedRun> found;
  for (const std::string& folder : folders) {
    REKEY_TRY(const auto runs, peek_runs(files, folder));
    for (const RunRecord& run : runs) {
      if (run.closed_at) continue;
      if (claimed.contains({folder, run.whose.client_id, run.whose.slot})) continue;
      found.push_back({folder, run});
    }
  }
  return found;
}

std::string describe(const UnclaimedRun& run) {
  return fmt::format(
      "{} is open in {} since {}, and no integration of the inventory has its client id {} and "
      "slot "
      "{}, so nobody goes on with it. Consumers may hold what it staged. Put its entry back (where "
      "another inventory of that folder has it, name that one with -f too), then go on with it "
      "(`rekey rotate`) or give it up (`rekey run abort --reason TEXT`)",
      run.record.run_id, run.folder, base::format_instant(run.record.opened_at),
      run.record.whose.client_id, run.record.whose.slot);
}

}  // namespace rekey::rotation
