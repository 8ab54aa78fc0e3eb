// The plan of an inventory file: of what would begin, or of what its open run has left to do.
#include "rotation/engine/engine.h"
#include "rotation/journal/journal.h"
#include "rotation/plan/plan.h"
#include "rotation/plan/reconcile.h"

namespace rekey::rotation {

using base::Instant;

base::Result<Plan> plan_from_file(const std::string& path, EngineParts& parts) {
  REKEY_TRY(const Inventory inventory, load_inventory(path, parts));
  REKEY_TRY(const auto open, peek_open_run(parts.files, inventory.state_folder, inventory.client_id,
                                           inventory.slot));
  REKEY_TRY(const auto issuer, parts.drivers.issuer_reader(inventory));
  if (open) {
    std::vector<IssuedSecret> secrets;
    if (check_issuer(open->state, inventory)) {
      REKEY_TRY(secrets, issuer->list_secrets());
    }
    return plan_of_open_run(inventory, open->state, secrets, parts.clock.now());
  }
  const Instant now = parts.clock.now();
  REKEY_TRY(Plan plan, make_plan({inventory, *issuer, parts.drivers, now, parts.search}));
  REKEY_TRY(std::string recent, describe_recent_rotation(inventory, parts));
  if (!recent.empty()) plan.warnings.push_back(std::move(recent));
  return plan;
}

}  // namespace rekey::rotation
